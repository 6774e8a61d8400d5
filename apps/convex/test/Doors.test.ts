// Who may come in, by which door, and what everybody else is told.
import { loadFunctions } from "@executor-v2/convex-harness/FunctionModules"
import { Clock } from "@executor-v2/convex-harness/Clock"
import { kindOf } from "@executor-v2/convex-harness/Guards"
import { ConvexHttpClient } from "convex/browser"
import { makeFunctionReference } from "convex/server"
import { request as httpRequest } from "node:http"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { execute, functions, register, rejection, TestDeployment, type House } from "./TestDeployment.ts"
import { Upstream } from "./Upstream.ts"

let upstream: Upstream
let deployment: TestDeployment
let house: House

const json = { "content-type": "application/json", accept: "application/json, text/event-stream" }
const rpc = (tag: string, payload: unknown = null) =>
  `${JSON.stringify({ _tag: "Request", id: "1", tag, payload, headers: [] })}\n`
const list = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" })
/** One good request for each door. */
const good = {
  "/mcp": { method: "POST", headers: json, body: list },
  "/rpc": { method: "POST", headers: json, body: rpc("Sources.List") },
  "/rpc/": { method: "POST", headers: json, body: rpc("Sources.List") }
} as const
const doors = Object.keys(good) as ReadonlyArray<keyof typeof good>

/** A request whose headers are sent as they stand, twice when they stand there twice. */
const raw = (path: keyof typeof good, headers: ReadonlyArray<string>) =>
  new Promise<number>((resolve, reject) => {
    const given = ["host", new URL(deployment.harness.siteUrl).host, ...Object.entries(good[path].headers).flat()]
    const sent = httpRequest(deployment.harness.siteUrl + path, {
      method: "POST",
      headers: [...given, "content-length", String(Buffer.byteLength(good[path].body)), ...headers]
    })
    sent.on("response", (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on("error", reject)
    sent.end(good[path].body)
  })

beforeAll(async () => {
  upstream = await Upstream.start()
  deployment = await TestDeployment.start([upstream.url])
  house = await deployment.house("default")
  await register(house.owner, { name: "up" as never, location: { _tag: "Url", url: `${upstream.url}/openapi.json` } })
}, 60_000)
afterAll(async () => {
  await upstream.stop()
  await deployment.stop()
})

describe("keys", () => {
  it.each(doors)("%s opens for an owner's key", async (path) => {
    const response = await deployment.request(path, house.token, good[path])
    assert.strictEqual(response.status, 200)
    assert.match(await response.text(), path === "/mcp" ? /execute/ : /"_tag":"Exit".*"Success"/)
  })

  it.each(doors)("%s does not open without a key, and says how one is made", async (path) => {
    const response = await deployment.request(path, undefined, good[path])
    assert.strictEqual(response.status, 401)
    assert.strictEqual(response.headers.get("www-authenticate"), "Bearer")
    assert.match(await response.text(), /convex run tokens:create/)
  })

  it.each([
    ["wrong", "Bearer executor_owner_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
    ["empty", "Bearer "],
    ["of another scheme", "Basic ZXhlY3V0b3I6eA=="],
    ["a web token", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."],
    ["endless", `Bearer ${"a".repeat(8_000)}`],
    ["more than a key", "Bearer a b"]
  ])("no door opens for a key that is %s", async (_, authorization) => {
    for (const path of doors) {
      const given = { ...good[path], headers: { ...good[path].headers, authorization } }
      const response = await deployment.request(path, undefined, given)
      assert.strictEqual(response.status, 401, path)
      const text = await response.text()
      assert.notInclude(text, authorization.slice(7, 30) || "Bearer")
      assert.match(text, /wrong, or it was revoked/)
    }
  })

  it("no door opens for a right key with something before or behind it", async () => {
    for (const path of doors) {
      for (const authorization of [`Bearer ${house.token}x`, `Bearer x${house.token}`, `Bearer ${house.token},`]) {
        const given = { ...good[path], headers: { ...good[path].headers, authorization } }
        assert.strictEqual((await deployment.request(path, undefined, given)).status, 401, path)
      }
    }
  })

  it("two Authorization headers open nothing, even when one of them is right or both are", async () => {
    const right = `Bearer ${house.token}`
    for (const path of doors) {
      assert.strictEqual(await raw(path, ["authorization", right]), 200, path)
      for (const [first, second] of [
        [right, "Bearer wrong"],
        ["Bearer wrong", right],
        [right, right]
      ] as const) {
        assert.strictEqual(await raw(path, ["authorization", first, "authorization", second]), 401, path)
      }
    }
  })

  it("a key in the query, in a cookie or in the message itself is not looked at", async () => {
    for (const path of doors) {
      for (const name of ["token", "key", "access_token", "authorization"]) {
        const response = await deployment.request(`${path}?${name}=${house.token}`, undefined, good[path])
        assert.strictEqual(response.status, 401, `${path} ${name}`)
        assert.notInclude(await response.text(), house.token)
      }
      const cookie = { ...good[path], headers: { ...good[path].headers, cookie: `token=${house.token}` } }
      assert.strictEqual((await deployment.request(path, undefined, cookie)).status, 401)
    }
    const said = { _tag: "Request", id: "1", tag: "Sources.List", payload: null }
    const body = `${JSON.stringify({ ...said, headers: [["authorization", `Bearer ${house.token}`]] })}\n`
    assert.strictEqual((await deployment.request("/rpc", house.agentToken, { ...good["/rpc"], body })).status, 403)
  })

  it("an agent's key opens /mcp and nothing else", async () => {
    assert.strictEqual((await deployment.request("/mcp", house.agentToken, good["/mcp"])).status, 200)
    for (const path of ["/rpc", "/rpc/"] as const) {
      const response = await deployment.request(path, house.agentToken, good[path])
      assert.strictEqual(response.status, 403)
      assert.match(await response.text(), /agent's key/)
    }
    const refused = await rejection(
      deployment
        .owner(house.agentToken)
        .then((asOwner) => asOwner.policies.set({ pattern: "**" as never, effect: "allow" }))
    )
    assert.match(refused.message, /owner/)
  })

  it("what is kept of a key is not the key", async () => {
    const rows = await deployment.harness.deployment.test.run((ctx) => ctx.db.query("tokens" as never).collect())
    assert.isAbove(rows.length, 1)
    assert.notInclude(JSON.stringify(rows), house.token.slice(15))
    assert.notInclude(JSON.stringify(await deployment.events("default")), house.token.slice(15))
    assert.notInclude(JSON.stringify(await house.owner.tokens.list()), house.token.slice(15))
  })
})

describe("a revoked key", () => {
  it.each(["owner", "agent"] as const)("opens nothing from then on (%s)", async (kind) => {
    const { id, token } = await house.owner.tokens.create({ kind, name: "to be revoked" })
    assert.strictEqual((await deployment.request("/mcp", token, good["/mcp"])).status, 200)
    await house.owner.tokens.revoke({ id })
    for (const path of doors) {
      const response = await deployment.request(path, token, good[path])
      assert.strictEqual(response.status, 401)
      assert.match(await response.text(), /revoked/)
    }
    const listed = (await house.owner.tokens.list()).find((one) => one.id === id)
    assert.isNumber(listed?.revokedAt)
  })

  it("ends a stream that it had opened; the run that was watched goes on", async () => {
    const { id, token } = await house.owner.tokens.create({ kind: "owner", name: "watcher" })
    const asked = house.owner.runs.execute({ code: "return await tools.up.doSlowly({ body: {} })" })
    await upstream.held()
    const [run] = await house.owner.runs.list({ status: "running" })
    const body = rpc("Runs.Watch", { run: run!.id })
    const response = await deployment.request("/rpc", token, { ...good["/rpc"], body })
    const reader = response.body!.getReader()
    assert.isFalse((await reader.read()).done)
    await house.owner.tokens.revoke({ id })
    for (let next = await reader.read().catch(() => ({ done: true })); !next.done;) {
      next = await reader.read().catch(() => ({ done: true }))
    }
    assert.strictEqual((await house.owner.runs.get({ run: run!.id })).run.status, "running")
    upstream.release()
    assert.strictEqual((await asked).status, "completed")
  }, 20_000)

  it("gets no answer to what an agent had asked with it; the run goes to its end", async () => {
    const { id, token } = await house.owner.tokens.create({ kind: "agent", name: "asking" })
    const call = { name: "execute", arguments: { code: "return await tools.up.doSlowly({ body: { secret: 1 } })" } }
    const body = JSON.stringify({ jsonrpc: "2.0", id: 7, method: "tools/call", params: call })
    const asked = deployment.request("/mcp", token, { ...good["/mcp"], body }).then((response) => response.text())
    await upstream.held()
    const [run] = await house.owner.runs.list({ status: "running" })
    await house.owner.tokens.revoke({ id })
    const told = await asked.catch(() => "")
    assert.notInclude(told, "completed")
    upstream.release()
    const ended = await house.owner.runs.resume({ run: run!.id })
    assert.strictEqual(ended.status, "completed")
  }, 20_000)
})

describe("pages of other origins", () => {
  it.each(["https://evil.example", "null", "http://127.0.0.1:1", "file://"])(
    "%s is refused, with a right key too",
    async (origin) => {
      for (const path of doors) {
        for (const token of [undefined, house.token]) {
          const given = { ...good[path], headers: { ...good[path].headers, origin } }
          const response = await deployment.request(path, token, given)
          assert.strictEqual(response.status, 403, path)
          assert.isNull(response.headers.get("access-control-allow-origin"))
          assert.match(await response.text(), /other origins/)
        }
      }
    }
  )

  it("no preflight is answered", async () => {
    for (const path of doors) {
      const headers = { origin: "https://evil.example", "access-control-request-method": "POST" }
      const response = await deployment.request(path, undefined, { method: "OPTIONS", headers })
      assert.strictEqual(response.status, 404)
      assert.isNull(response.headers.get("access-control-allow-origin"))
    }
  })
})

describe("what is no request", () => {
  it.each([
    ["GET", "/"],
    ["GET", "/nothing"],
    ["POST", "/mcp/"],
    ["POST", "/mcp/more"],
    ["POST", "/rpc/more"],
    ["POST", "/rpc//"],
    ["POST", "//rpc"],
    ["POST", "/MCP"],
    ["POST", "/mcp%2f"],
    ["POST", "/health"],
    ["GET", "/health/"],
    ["GET", "/rpc"],
    ["PUT", "/rpc"],
    ["DELETE", "/rpc"],
    ["PUT", "/mcp"],
    ["PATCH", "/mcp"],
    ["GET", "/api/query"],
    ["POST", "/version"]
  ])("%s %s is not there, for an owner neither", async (method, path) => {
    const body = method === "GET" || method === "DELETE" ? {} : { body: list }
    const response = await deployment.request(path, house.token, { method, headers: json, ...body })
    assert.strictEqual(response.status, 404)
  })

  it.each(["GET", "DELETE"])("%s /mcp says that this host keeps no sessions", async (method) => {
    const response = await deployment.request("/mcp", house.token, { method, headers: json })
    assert.strictEqual(response.status, 405)
    assert.strictEqual(response.headers.get("allow"), "POST")
    assert.strictEqual((await deployment.request("/mcp", undefined, { method, headers: json })).status, 401)
  })

  it.each([
    ["another content type", 415, { ...json, "content-type": "text/plain" }, list],
    ["a form", 415, { ...json, "content-type": "application/x-www-form-urlencoded" }, "a=b"],
    ["a broken document", 400, json, '{"jsonrpc":"2.0",'],
    ["nothing", 400, json, ""],
    ["bytes that are no text", 400, json, "\u{ff}\u{fe}\u{0}"],
    ["no message", 400, json, "42"],
    ["a list without an end", 400, json, "[".repeat(100_000)]
  ])("/mcp refuses %s", async (_, status, headers, body) => {
    const response = await deployment.request("/mcp", house.token, { method: "POST", headers, body })
    assert.strictEqual(response.status, status)
    assert.isString(((await response.json()) as { error: { message: string } }).error.message)
  })

  it.each([
    ["a broken document", '{"_tag":"Request",\n'],
    ["no message", "42\n"],
    ["a list", "[]\n"],
    ["an unknown method", rpc("Nothing.There")],
    ["a payload of another form", rpc("Runs.Execute", { code: 42 })],
    ["text that is no document", `${"a".repeat(100_000)}\n`],
    ["brackets without an end", `${"[".repeat(100_000)}\n`]
  ])("/rpc answers %s with an error, and goes on", async (_, body) => {
    const response = await deployment.request("/rpc", house.token, { method: "POST", headers: json, body })
    const text = await response.text()
    assert.isTrue(response.status >= 400 || /"_tag":"(Defect|Die|Fail)"/.test(text), `${response.status} ${text}`)
    assert.notMatch(text, /node_modules|\/work\/|at .*\.(js|ts):\d+/)
    assert.strictEqual((await deployment.request("/rpc", house.token, good["/rpc"])).status, 200)
  })

  it("a body over 4 MiB is refused by /mcp, with how to do better", async () => {
    const code = "x".repeat(4 * 1024 * 1024)
    const body = JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "execute", arguments: { code } }
    })
    const response = await deployment.request("/mcp", house.token, { method: "POST", headers: json, body })
    assert.strictEqual(response.status, 413)
    assert.match(await response.text(), /send less code/)
  })

  it("a body over 20 MiB is refused before any function runs", async () => {
    const body = "x".repeat(20 * 1024 * 1024 + 1)
    for (const path of doors) {
      const response = await deployment.request(path, house.token, { method: "POST", headers: json, body })
      assert.strictEqual(response.status, 413)
    }
    const run = await execute(house.agent, { code: "return 1" })
    assert.strictEqual(run.result.value, 1)
  })
})

describe("/health", () => {
  it("tells that it is alive and what it speaks, and nothing else, whoever asks", async () => {
    const own = new Set<string>()
    for (const [token, headers] of [
      [undefined, {}],
      [house.token, {}],
      [undefined, { origin: "https://evil.example" }]
    ] as const) {
      const response = await deployment.request("/health", token, { headers })
      assert.strictEqual(response.status, 200)
      own.add(await response.text())
      for (const [name] of response.headers)
        assert.include(
          ["content-type", "content-length", "date", "connection", "keep-alive", "transfer-encoding"],
          name
        )
    }
    assert.strictEqual(own.size, 1)
    assert.hasAllKeys(JSON.parse([...own][0]!), ["ok", "version", "apiVersion", "host"])
  })
})

describe("the functions API", () => {
  it("has nothing to call: every function of the deployment is internal", async () => {
    const { dispose, modules } = await loadFunctions(functions, {}, new Clock())
    const client = new ConvexHttpClient(deployment.harness.url)
    let called = 0
    for (const [path, load] of modules) {
      for (const [name, value] of Object.entries(await load())) {
        const kind = kindOf(value)
        if (kind === undefined) continue
        called++
        const registered = value as { readonly isPublic?: boolean; readonly isInternal?: boolean }
        assert.isUndefined(registered.isPublic, `${path}:${name}`)
        assert.isTrue(registered.isInternal, `${path}:${name}`)
        const call = client[kind].bind(client) as (of: unknown) => Promise<unknown>
        const failed = await rejection(call(makeFunctionReference(`${path}:${name}`)))
        assert.match(failed.message, /Could not find public function/)
        for (const other of ["query", "mutation", "action"]) {
          for (const authorization of [`Bearer ${house.token}`, `Convex ${house.token}`]) {
            const response = await fetch(`${deployment.harness.url}/api/${other}`, {
              method: "POST",
              headers: { ...json, authorization },
              body: JSON.stringify({ path: `${path}:${name}`, args: {}, format: "json" })
            })
            assert.notStrictEqual(((await response.json()) as { status?: string }).status, "success")
          }
        }
      }
    }
    await dispose()
    assert.isAbove(called, 20)
  }, 30_000)
})
