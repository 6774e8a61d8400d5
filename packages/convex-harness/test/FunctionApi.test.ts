import { ConvexClient, ConvexHttpClient } from "convex/browser"
import type { ConvexError } from "convex/values"
import { afterAll, assert, beforeAll, beforeEach, it, vi } from "vitest"
import { WebSocket } from "ws"
import type { Harness } from "../src/index.ts"
import { action, mutation, patient, post, query, start, tokenOf } from "./fixture.ts"

vi.setConfig(patient)

let harness: Harness
let client: ConvexHttpClient

beforeAll(async () => {
  harness = await start()
})
beforeEach(() => {
  harness.reset()
  client = new ConvexHttpClient(harness.url, { logger: false })
})
afterAll(() => harness.stop())

const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error as Error
  )

/** Resolves with the first value of a live query that `accept` takes. */
const awaited = (live: ConvexClient, name: string, accept: (value: unknown) => boolean): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const stop = live.onUpdate(
      query(name),
      {},
      (value: unknown) => {
        if (!accept(value)) return
        stop()
        resolve(value)
      },
      reject
    )
  })

const liveClient = (): ConvexClient =>
  new ConvexClient(harness.url, {
    webSocketConstructor: WebSocket as never,
    logger: false,
    skipConvexDeploymentUrlCheck: true
  })

it("a real HTTP client mutates, queries, and runs actions in both runtimes", async () => {
  assert.strictEqual(await client.mutation(mutation("notes:add"), { text: "one" }), 1)
  assert.deepStrictEqual(await client.query(query("notes:list"), {}), ["one"])
  assert.deepStrictEqual(await client.action(action("jobs:addTwice"), {}), [2, 3])
  assert.match(String(await client.action(action("native:sha256"), { text: "a" })), /^ca978112/)
  assert.deepStrictEqual(await client.consistentQuery(query("notes:list"), {}), ["one", "a", "b"])
})

it("a mutation that throws ConvexError is rolled back, and its data reaches the client", async () => {
  const error = await failure(client.mutation(mutation("notes:addThenFail"), { text: "one" }))
  assert.deepStrictEqual((error as ConvexError<never>).data, { kind: "Refused", text: "one" })
  assert.deepStrictEqual(await client.query(query("notes:list"), {}), [])
})

it("a failed function is answered with 560, and one that clients may not call looks as if it were not there", async () => {
  const internal = await post(`${harness.url}/api/mutation`, { path: "notes:log", args: { text: "x" } })
  assert.strictEqual(internal.status, 560)
  const { errorMessage } = (await internal.json()) as { errorMessage: string }
  assert.include(errorMessage, "Could not find public function for 'notes:log'")
  const missing = await post(`${harness.url}/api/mutation`, { path: "notes:nothing", args: {} })
  assert.strictEqual(missing.status, 560)
  assert.include(await missing.text(), "Could not find public function")
  const wrongKind = await post(`${harness.url}/api/query`, { path: "notes:add", args: { text: "x" } })
  assert.strictEqual(wrongKind.status, 560)
  assert.include(await wrongKind.text(), "as Query, but it is defined as Mutation")
  assert.deepStrictEqual(await client.query(query("notes:list"), {}), [])
})

it("requests that are no calls get 400, 401, 404 and 405", async () => {
  assert.strictEqual((await post(`${harness.url}/api/query`, "{")).status, 400)
  assert.strictEqual((await post(`${harness.url}/api/query`, { args: {} })).status, 400)
  const opaque = { authorization: "Bearer not-a-jwt" }
  assert.strictEqual((await post(`${harness.url}/api/query`, { path: "notes:list" }, opaque)).status, 401)
  assert.strictEqual((await post(`${harness.url}/api/nothing`, {})).status, 404)
  assert.strictEqual((await fetch(`${harness.url}/notes`)).status, 404)
  assert.strictEqual((await fetch(`${harness.url}/api/query`)).status, 405)
  assert.strictEqual((await fetch(`${harness.url}/version`)).status, 200)
})

it("CORS is open on /api and absent on the site port", async () => {
  const origin = { origin: "http://page.test" }
  const preflight = await fetch(`${harness.url}/api/query`, { method: "OPTIONS", headers: origin })
  assert.strictEqual(preflight.status, 204)
  assert.strictEqual(preflight.headers.get("access-control-allow-origin"), "http://page.test")
  const site = await fetch(`${harness.siteUrl}/notes`, { headers: origin })
  assert.isNull(site.headers.get("access-control-allow-origin"))
})

it("the claims of a JWT are the caller's identity", async () => {
  client.setAuth(tokenOf("ada"))
  assert.strictEqual(await client.query(query("notes:whoAmI"), {}), "ada")
  client.clearAuth()
  assert.isNull(await client.query(query("notes:whoAmI"), {}))
})

it("a stored file is read at its URL, and an upload URL works once", async () => {
  const url = String(await client.action(action("jobs:store"), { text: "content" }))
  const file = await fetch(url)
  assert.strictEqual(file.headers.get("content-type"), "text/plain")
  assert.strictEqual(await file.text(), "content")
  const upload = String(await client.mutation(mutation("jobs:uploadUrl"), {}))
  const { storageId } = (await (await post(upload, "sent")).json()) as { storageId: string }
  assert.strictEqual(await (await fetch(`${harness.url}/api/storage/${storageId}`)).text(), "sent")
  assert.strictEqual((await post(upload, "again")).status, 403)
})

it("a live client sees commits of others, also those of scheduled functions", async () => {
  const live = liveClient()
  try {
    const seen = awaited(live, "notes:list", (value) => (value as Array<string>).length === 2)
    await client.mutation(mutation("notes:add"), { text: "http" })
    await client.mutation(mutation("notes:addLater"), { text: "scheduled" })
    assert.deepStrictEqual(await seen, ["http", "scheduled"])
  } finally {
    await live.close()
  }
})

it("a live client mutates, runs actions, and gets the data of a ConvexError", async () => {
  const live = liveClient()
  try {
    assert.strictEqual(await live.mutation(mutation("notes:add"), { text: "live" }), 1)
    assert.deepStrictEqual(await live.action(action("jobs:addTwice"), {}), [2, 3])
    const error = await failure(live.mutation(mutation("notes:addThenFail"), { text: "x" }))
    assert.deepStrictEqual((error as ConvexError<never>).data, { kind: "Refused", text: "x" })
    const hidden = await failure(live.mutation(mutation("notes:log"), { text: "x" }))
    assert.include(hidden.message, "Could not find public function")
    const timer = await failure(live.query(query("notes:sleeps"), {}))
    assert.include(timer.message, "Can't use setTimeout")
  } finally {
    await live.close()
  }
})

it("a live client's queries are run again when it signs in", async () => {
  const live = liveClient()
  try {
    const signedIn = awaited(live, "notes:whoAmI", (value) => value === "grace")
    live.setAuth(() => Promise.resolve(tokenOf("grace")))
    assert.strictEqual(await signedIn, "grace")
  } finally {
    await live.close()
  }
})

it("a message outside the protocol ends the socket with FatalError", async () => {
  const socket = new WebSocket(`${harness.url.replace("http", "ws")}/api/1.48.0/sync`)
  const messages: Array<string> = []
  socket.on("message", (data) => messages.push((data as Buffer).toString()))
  socket.on("open", () => socket.send('{"type":"Rubbish"}'))
  await new Promise((resolve) => socket.on("close", resolve))
  assert.include(messages.join(), "FatalError")
  const elsewhere = new WebSocket(`${harness.url.replace("http", "ws")}/api/sync`)
  const refused = await new Promise((resolve) => elsewhere.on("error", resolve))
  assert.include(String(refused), "404")
})
