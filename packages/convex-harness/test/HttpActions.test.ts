import { afterAll, assert, beforeAll, beforeEach, it, vi } from "vitest"
import type { Harness } from "../src/index.ts"
import { Limits } from "../src/index.ts"
import { patient, start, tokenOf } from "./fixture.ts"

vi.setConfig(patient)

let harness: Harness

beforeAll(async () => {
  harness = await start()
})
beforeEach(() => harness.reset())
afterAll(() => harness.stop())

const notes = () => harness.deployment.run("notes:list")

it("an HTTP action gets the real URL, headers and body, and answers with all of its own", async () => {
  const response = await fetch(`${harness.siteUrl}/echo?a=1`, {
    method: "POST",
    body: "hello",
    headers: { "x-sent": "seen" }
  })
  assert.strictEqual(response.status, 201)
  assert.strictEqual(response.headers.get("x-url"), `${harness.siteUrl}/echo?a=1`)
  assert.strictEqual(response.headers.get("x-seen"), "seen")
  assert.deepStrictEqual(response.headers.getSetCookie(), ["a=1", "b=2"])
  assert.strictEqual(await response.text(), "hello")
})

it("a route that does not exist is 404, and a handler that throws is 500", async () => {
  const missing = await fetch(`${harness.siteUrl}/nothing`)
  assert.strictEqual(missing.status, 404)
  assert.include(await missing.text(), "No matching routes found")
  assert.strictEqual((await fetch(`${harness.siteUrl}/echo`)).status, 404)
  const failed = await fetch(`${harness.siteUrl}/fails`)
  assert.strictEqual(failed.status, 500)
  assert.include(await failed.text(), "the handler's own words")
})

it("chunks arrive while the response is still being written, and the action hears that the client has gone", async () => {
  const gone = new AbortController()
  const response = await fetch(`${harness.siteUrl}/follow/notes`, { signal: gone.signal })
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
  const line = async () => new TextDecoder().decode((await reader.read()).value)
  await harness.deployment.run("notes:log", { text: "first" })
  assert.strictEqual(await line(), "first\n")
  await harness.deployment.run("notes:log", { text: "second" })
  assert.strictEqual(await line(), "second\n")
  gone.abort()
  await vi.waitFor(async () => assert.deepStrictEqual(await notes(), ["first", "second", "gone: true"]), {
    timeout: 30_000
  })
})

it("a request over 20 MiB is refused before the action runs", async () => {
  const limit = await fetch(`${harness.siteUrl}/echo`, { method: "POST", body: new Uint8Array(Limits.httpBody) })
  assert.strictEqual(limit.status, 201)
  await limit.body?.cancel()
  const over = await fetch(`${harness.siteUrl}/echo`, { method: "POST", body: new Uint8Array(Limits.httpBody + 1) })
  assert.strictEqual(over.status, 413)
})

it("a response over 20 MiB is cut off, also when it streams", async () => {
  const whole = await fetch(`${harness.siteUrl}/much?mib=20`)
  assert.strictEqual((await whole.arrayBuffer()).byteLength, Limits.httpBody)
  const cut = await fetch(`${harness.siteUrl}/much?mib=21`)
    .then((response) => response.arrayBuffer())
    .then(
      () => "complete",
      () => "cut"
    )
  assert.strictEqual(cut, "cut")
})

it("a token that only looks like a JWT is passed on as an opaque one", async () => {
  const response = await fetch(`${harness.siteUrl}/who`, { headers: { authorization: "Bearer exec.abc.def" } })
  assert.strictEqual(response.status, 500)
  assert.include(await response.text(), "is not a JWT")
})

it("a JWT is an identity; with an opaque token asking for one is an error", async () => {
  const who = (authorization?: string) =>
    fetch(`${harness.siteUrl}/who`, { headers: authorization === undefined ? {} : { authorization } })
  assert.deepStrictEqual(await (await who()).json(), { subject: null })
  assert.deepStrictEqual(await (await who(`Bearer ${tokenOf("ada")}`)).json(), { subject: "ada" })
  const opaque = await who("Bearer exec_abc123")
  assert.strictEqual(opaque.status, 500)
  assert.include(await opaque.text(), "is not a JWT")
})
