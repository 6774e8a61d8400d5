import { WorkspaceId } from "@executor-v2/schema"
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { Effect } from "effect"
import { request as nodeRequest } from "node:http"
import { assert, describe, it } from "vitest"
import { answerOf, connect, startGateway, type TestGateway } from "./support/TestGateway.ts"

const accept = "application/json, text/event-stream"
const json = { "content-type": "application/json", accept }

const post = (test: TestGateway, body: string, headers: Record<string, string> = {}, key = "a") =>
  fetch(test.host.url, { method: "POST", body, headers: { ...json, authorization: `Bearer ${key}`, ...headers } })

const rpc = (method: string, params: unknown = {}, id = 1) => JSON.stringify({ jsonrpc: "2.0", id, method, params })

const hello = rpc("initialize", {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "raw", version: "1" }
})

const openSession = async (test: TestGateway, key = "a"): Promise<string> => {
  const response = await post(test, hello, {}, key)
  await response.text()
  const id = response.headers.get("mcp-session-id")
  assert.isNotNull(id)
  return id
}

const listIn = async (test: TestGateway, session: string, key = "a"): Promise<number> => {
  const response = await post(test, rpc("tools/list"), { "mcp-session-id": session }, key)
  await response.text()
  return response.status
}

/** A modern request: everything it needs is in it. */
const modern = (method: string, params: Record<string, unknown> = {}) => {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {}
  }
  const headers: Record<string, string> = { "mcp-protocol-version": "2026-07-28", "mcp-method": method }
  if (typeof params["name"] === "string") headers["mcp-name"] = params["name"]
  return { body: rpc(method, { ...params, _meta }), headers }
}

describe("a legacy session", () => {
  it("does not exist for another principal's key", async () => {
    await using test = await startGateway()
    const session = await openSession(test, "a")
    assert.strictEqual(await listIn(test, session, "b"), 404)
    assert.strictEqual(await listIn(test, session, "a"), 200)
  })

  it("does not exist for the same key in another workspace", async () => {
    await using test = await startGateway()
    const session = await openSession(test, "a")
    test.host.principals.set("a", { ...test.host.principals.get("a")!, workspace: WorkspaceId.make("other") })
    assert.strictEqual(await listIn(test, session, "a"), 404)
  })

  it("is not opened for a client that says more of itself than a session should keep", async () => {
    await using test = await startGateway()
    const greeting = (name: string) =>
      rpc("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name, version: "1" } })
    const long = await post(test, greeting("n".repeat(100_000)))
    assert.strictEqual(long.status, 413)
    assert.isNull(long.headers.get("mcp-session-id"))
    await long.text()
    const ordinary = await post(test, greeting("n".repeat(1_000)))
    assert.strictEqual(ordinary.status, 200)
    await ordinary.text()
  })

  it("is gone after DELETE, which only its owner may send", async () => {
    await using test = await startGateway()
    const session = await openSession(test)
    const remove = async (key: string) =>
      (
        await fetch(test.host.url, {
          method: "DELETE",
          headers: { authorization: `Bearer ${key}`, "mcp-session-id": session }
        })
      ).status
    assert.strictEqual(await remove("b"), 404)
    assert.strictEqual(await listIn(test, session), 200)
    assert.strictEqual(await remove("a"), 200)
    assert.strictEqual(await listIn(test, session), 404)
  })

  it("ends when nothing was said in it for too long", async () => {
    let now = 1_000
    await using test = await startGateway({ sessions: { idleMs: 60_000, now: () => now } })
    const session = await openSession(test)
    now += 60_000
    assert.strictEqual(await listIn(test, session), 200)
    now += 60_001
    assert.strictEqual(await listIn(test, session), 404)
  })

  it("gives way to newer ones of its principal when it was used least, and to nobody else's", async () => {
    await using test = await startGateway({ sessions: { perPrincipal: 2 } })
    const other = await openSession(test, "b")
    const first = await openSession(test)
    const second = await openSession(test)
    assert.strictEqual(await listIn(test, first), 200)
    const third = await openSession(test)
    const alive = await Promise.all(
      [other, first, second, third].map((id) => listIn(test, id, id === other ? "b" : "a"))
    )
    assert.deepStrictEqual(alive, [200, 200, 404, 200])
  })

  it("answers a request whose id is still open with an error, and the first one with its result", async () => {
    await using test = await startGateway()
    const session = { "mcp-session-id": await openSession(test) }
    const call = (code: string, id: number | string) =>
      post(test, rpc("tools/call", { name: "execute", arguments: { code } }, id as number), session)
    const first = await call("return await gate('a')", 7)
    await test.engine.reached("a")
    const second = await call("return 'second'", 7)
    assert.strictEqual(second.status, 400)
    const refused = (await second.json()) as { id: unknown; error: { code: number; message: string } }
    assert.deepInclude(refused, { id: 7 })
    assert.strictEqual(refused.error.code, -32600)
    assert.include(refused.error.message, "request id 7 is still open in this session")
    // The text "7" is another id, and a whole batch is refused for one bad id.
    assert.include(await (await call("return 'text'", "7")).text(), "text")
    const batch = `[${rpc("tools/list", {}, 8)},${rpc("tools/list", {}, 8)}]`
    assert.strictEqual((await post(test, batch, session)).status, 400)
    test.engine.open("a", "first")
    const answer = await first.text()
    assert.include(answer, "first")
    assert.include(answer, `"id":7`)
    // Answered ids are free again, as are those of requests that were never taken: strictness would help nobody.
    assert.include(await (await call("return 'again'", 7)).text(), "again")
    assert.strictEqual(test.engine.asked.length, 3)
  })

  it("frees the id of a request that was cancelled, or that it refused", async () => {
    await using test = await startGateway()
    const session = { "mcp-session-id": await openSession(test) }
    const call = (code: string, headers: Record<string, string> = {}) =>
      post(test, rpc("tools/call", { name: "execute", arguments: { code } }, 9), { ...session, ...headers })
    assert.strictEqual((await call("return 1", { "mcp-protocol-version": "1999-01-01" })).status, 400)
    const cancelled = await call("return await gate('a')")
    await test.engine.reached("a")
    const cancel = JSON.stringify({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: 9 }
    })
    assert.strictEqual((await post(test, cancel, session)).status, 202)
    assert.include(await (await call("return 'after'")).text(), "after")
    await cancelled.body?.cancel()
  })

  it("is asked for, when a request comes without one", async () => {
    await using test = await startGateway()
    const response = await post(test, rpc("tools/list"))
    assert.strictEqual(response.status, 400)
    assert.match(await response.text(), /send initialize first/)
  })
})

describe("the endpoint", () => {
  it("answers what is no JSON, no JSON type, no known method and no request with what is wrong", async () => {
    await using test = await startGateway()
    const authorization = "Bearer a"
    const statuses = [
      await post(test, "{ not json"),
      await post(test, ""),
      await post(test, hello, { "content-type": "text/plain" }),
      await post(test, "[]"),
      await post(test, "7"),
      await fetch(test.host.url, { headers: { accept: "text/event-stream", authorization } }),
      await fetch(test.host.url, { method: "DELETE", headers: { authorization } }),
      await fetch(test.host.url, { method: "PUT", body: "{}", headers: { authorization } })
    ].map((response) => response.status)
    assert.deepStrictEqual(statuses, [400, 400, 415, 400, 400, 405, 405, 405])
  })

  it("refuses bodies that are slow to look into before anything looks into them, in both eras and as batches", async () => {
    await using test = await startGateway()
    const session = await openSession(test)
    const nested = `${"[".repeat(200_000)}${"]".repeat(200_000)}`
    const keys = JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 1])))
    const { body, headers } = modern("tools/call", { name: "execute", arguments: { code: "return 1", x: "HERE" } })
    const bodies: ReadonlyArray<readonly [string, Record<string, string>]> = [
      [nested, {}],
      [keys, {}],
      [`[${"{},".repeat(20_000)}{}]`, { "mcp-session-id": session }],
      [hello.replace('"capabilities":{}', `"capabilities":{"x":${nested}}`), {}],
      [body.replace('"HERE"', nested), headers],
      [body.replace('"HERE"', keys), headers],
      [body.replace('"id":1', `"id":${nested}`), headers]
    ]
    for (const [sent, more] of bodies) {
      const response = await post(test, sent, more)
      assert.strictEqual(response.status, 400, sent.slice(0, 40))
      assert.match(await response.text(), /-32600.*10000 values or 64 levels; send them as text/)
    }
    assert.strictEqual(await listIn(test, session), 200)
  })

  it("refuses a body over 4 MiB and goes on answering", async () => {
    await using test = await startGateway()
    const code = "x".repeat(4 * 1024 * 1024)
    const large = await post(test, rpc("tools/call", { name: "execute", arguments: { code } }))
    assert.strictEqual(large.status, 413)
    await using client = await connect("v2 modern", test.host)
    assert.strictEqual(answerOf(await client.call({ code: "return 1" }))["value"], 1)
  })

  it("refuses a body over the limit whose length was not announced", async () => {
    await using test = await startGateway()
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = nodeRequest(
        test.host.url,
        { method: "POST", headers: { ...json, authorization: "Bearer a" } },
        (response) => {
          resolve(response.statusCode)
          response.resume()
        }
      )
      request.on("error", reject)
      for (let megabytes = 0; megabytes < 8; megabytes++) request.write("x".repeat(1024 * 1024))
      request.end()
    })
    assert.strictEqual(status, 413)
  })

  it("reads a body whose characters are split between chunks", async () => {
    await using test = await startGateway()
    const { body, headers } = modern("tools/call", {
      name: "execute",
      arguments: { code: `return "${"é".repeat(5_000)}".length` }
    })
    const bytes = Buffer.from(body)
    const text = await new Promise<string>((resolve, reject) => {
      const all = { ...json, ...headers, authorization: "Bearer a" }
      const request = nodeRequest(test.host.url, { method: "POST", headers: all }, (response) => {
        response.setEncoding("utf8").on("data", resolve)
      })
      request.on("error", reject)
      // An odd place inside the run of two-byte characters.
      request.write(bytes.subarray(0, bytes.length - 1_001), () => request.end(bytes.subarray(bytes.length - 1_001)))
    })
    assert.match(text, /\\"value\\":5000/)
  })

  it("names the only tool when another is called, in both eras", async () => {
    await using test = await startGateway()
    const session = await openSession(test)
    const legacy = await post(test, rpc("tools/call", { name: "run", arguments: {} }), { "mcp-session-id": session })
    const { body, headers } = modern("tools/call", { name: "run", arguments: {} })
    const texts = [await legacy.text(), await (await post(test, body, headers)).text()]
    for (const text of texts) assert.match(text, /-32602.*there is no tool \\"run\\"; the only one is \\"execute\\"/)
  })

  it("answers server/discover and gives cache hints in the modern era", async () => {
    await using test = await startGateway()
    const discover = modern("server/discover")
    const found = (await (await post(test, discover.body, discover.headers)).json()) as {
      result: Record<string, unknown>
    }
    assert.deepStrictEqual(found.result["supportedVersions"], ["2026-07-28"])
    assert.strictEqual(found.result["ttlMs"], 3_600_000)
    const list = modern("tools/list")
    const listed = (await (await post(test, list.body, list.headers)).json()) as { result: Record<string, unknown> }
    assert.deepInclude(listed.result, { ttlMs: 60_000, cacheScope: "private" })
  })

  it("opens a stream for a modern call that takes long, although the client asked for no progress", async () => {
    await using test = await startGateway()
    const { body, headers } = modern("tools/call", {
      name: "execute",
      arguments: { code: "return await gate('late')" }
    })
    const response = await post(test, body, headers)
    assert.strictEqual(response.headers.get("content-type"), "text/event-stream")
    test.engine.open("late", "at last")
    assert.match(await response.text(), /^event: message\ndata: .*at last/)
  })

  it("ends a modern run whose client hung up before the answer", async () => {
    await using test = await startGateway()
    const { body, headers } = modern("tools/call", {
      name: "execute",
      arguments: { code: "return await gate('never')" }
    })
    const response = await post(test, body, headers)
    await test.engine.reached("never")
    await response.body?.cancel()
    assert.strictEqual(await test.engine.lastEnd(), "cancelled")
    assert.deepStrictEqual(test.host.errors, [])
  })

  it("lets a legacy run go on when its stream breaks without a cancel", async () => {
    await using test = await startGateway()
    const session = await openSession(test)
    const call = rpc("tools/call", { name: "execute", arguments: { code: "return await gate('door')" } }, 2)
    const response = await post(test, call, { "mcp-session-id": session })
    await test.engine.reached("door")
    await response.body?.cancel()
    test.engine.open("door", 1)
    assert.strictEqual(await test.engine.lastEnd(), "completed")
  })
})

describe("a change of the sources", () => {
  it("reaches listeners of both eras, who then read the new description", async () => {
    await using test = await startGateway()
    for (const mode of ["auto", "legacy"] as const) {
      test.sources.length = 0
      const changed = Promise.withResolvers<string | undefined>()
      const onChanged = (
        error: Error | null,
        tools: ReadonlyArray<{ readonly description?: string | undefined }> | null
      ) => (error === null ? changed.resolve(tools?.[0]?.description) : changed.reject(error))
      const client = new Client(
        { name: "listener", version: "1" },
        {
          versionNegotiation: { mode },
          listChanged: { tools: { onChanged, debounceMs: 0 } }
        }
      )
      await client.connect(
        new StreamableHTTPClientTransport(test.host.url, { requestInit: { headers: { authorization: "Bearer a" } } })
      )
      assert.match((await client.listTools()).tools[0]?.description ?? "", /Sources: none yet/)
      test.sources.push("petstore")
      // A legacy client opens its stream after it has connected, so the first word may be too early.
      const telling = setInterval(() => Effect.runFork(test.gateway.sourcesChanged), 10)
      assert.match((await changed.promise.finally(() => clearInterval(telling))) ?? "", /Sources: petstore$/)
      await client.close()
    }
  })
})
