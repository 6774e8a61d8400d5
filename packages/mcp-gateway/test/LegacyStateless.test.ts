// Both eras on a host that keeps nothing between two requests.
import { assert, describe, it } from "vitest"
import { answerOf, clientKinds, connect, startGateway } from "./support/TestGateway.ts"

for (const kind of clientKinds) {
  describe(`a ${kind} client of a host without sessions`, () => {
    it("finds the tool and gets its answers", async () => {
      await using test = await startGateway({ sessions: "none" })
      await using client = await connect(kind, test.host)
      assert.deepStrictEqual(
        (await client.listTools()).map((tool) => tool.name),
        ["execute"]
      )
      assert.strictEqual(answerOf(await client.call({ code: "return 1 + 1" }))["value"], 2)
      assert.strictEqual(answerOf(await client.call({ code: "return 3" }))["value"], 3)
      assert.deepStrictEqual(test.host.errors, [])
    })

    it("sees progress on the stream of its own call", async () => {
      await using test = await startGateway({ sessions: "none" })
      await using client = await connect(kind, test.host)
      const first = Promise.withResolvers<number>()
      const called = client.call(
        { code: "return await gate('door')" },
        { onprogress: ({ progress }) => first.resolve(progress) }
      )
      assert.strictEqual(await first.promise, 1)
      test.engine.open("door", "open")
      assert.strictEqual(answerOf(await called)["value"], "open")
    })
  })
}

describe("a host without sessions", () => {
  it("gives out no session and opens no stream", async () => {
    await using test = await startGateway({ sessions: "none" })
    const headers = {
      authorization: "Bearer a",
      accept: "application/json, text/event-stream",
      "content-type": "application/json"
    }
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } }
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params })
    const hello = await fetch(test.host.url, { method: "POST", headers, body })
    assert.include(await hello.text(), '"protocolVersion":"2025-11-25"')
    assert.isNull(hello.headers.get("mcp-session-id"))
    for (const method of ["GET", "DELETE"]) {
      const refused = await fetch(test.host.url, { method, headers })
      assert.deepStrictEqual([refused.status, refused.headers.get("allow")], [405, "POST"])
      await refused.text()
    }
  })
})
