// Registering services and finding their tools.
import type { Source } from "@executor-v2/schema"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "vitest"
import { connection, run } from "../Clients.ts"
import { sameOnBoth } from "../SameAnswers.ts"
import { shopDescription } from "../Upstream.ts"
import type { Scenario } from "./Given.ts"

export const sources: Scenario = (given) => {
  it("an OpenAPI service and an MCP server are connected, with kinds found out and tools counted", async () => {
    const { host } = given()
    const listed = await host.json<ReadonlyArray<Source>>("sources", "list")
    const told = listed.map(({ name, kind, state, title, toolCount, addedBy, privateOrigins, warnings }) => {
      return { name, kind, state, title, toolCount, addedBy, privateOrigins, warnings }
    })
    assert.deepStrictEqual(
      told.map(({ name, kind, state, toolCount }) => [String(name), kind, state, toolCount]),
      [
        ["desk", "mcp", "connected", 3],
        ["shop", "openapi", "connected", 5]
      ]
    )
    sameOnBoth(host.name, "sources list", told)
  })

  it("a file of this machine is registered, wherever the host is", async () => {
    const { host, named, upstream } = given()
    writeFileSync(join(host.folder, "parcels.openapi.json"), shopDescription(upstream.origin))
    const { kind, name, state, toolCount } = await host.json<Source>("sources", "add", "parcels.openapi.json")
    assert.deepStrictEqual([String(name), kind, state, toolCount], ["parcels", "openapi", "connected", 5])
    const item = named("by a file")
    const { value } = await run(host, `return (await tools.parcels.placeOrder({ item: "${item}", quantity: 1 })).item`)
    assert.strictEqual(value, item)
    assert.strictEqual(upstream.count(item), 1)
    assert.deepStrictEqual(await host.json("sources", "remove", "parcels"), { removed: "parcels" })
    const gone = await run(host, "return await tools.parcels.placeOrder({ item: 'x', quantity: 1 })")
    assert.strictEqual(gone.error?.code, "unknown_tool")
  })

  it("a run registers a service that whoever runs the host has allowed, and no other private one", async () => {
    const { host, upstream } = given()
    const add = (url: string) =>
      `const { name, state, toolCount } = await tools.executor.sources.add({ url: "${url}", name: "own" })\n` +
      `await tools.executor.sources.remove({ name })\nreturn [name, state, toolCount]`
    const allowed = await run(host, add(upstream.descriptionUrl))
    assert.deepStrictEqual(allowed.value, ["own", "connected", 5])
    const refused = await run(host, add("http://127.0.0.1:9/openapi.json"))
    assert.strictEqual(refused.error?.code, "needs_human")
    assert.include(refused.error?.message, "A human can type: executor sources add http://127.0.0.1:9/openapi.json")
    assert.notInclude(JSON.stringify(await host.json("sources", "list")), '"own"')
  })

  it("two that take one name at the same time: one gets it, the other is told", async () => {
    const { host, upstream } = given()
    const added = await Promise.all(
      [1, 2].map(() => host.cli("sources", "add", upstream.mcpUrl, "--name", "twice", "--json"))
    )
    const documents = added.map(({ stdout }) => JSON.parse(stdout) as { state?: string; error?: { code: string } })
    const came = documents.map(({ error, state }) => state ?? error?.code)
    assert.sameMembers(came, ["connected", "name_taken"])
    await host.json("sources", "remove", "twice")
  })

  it("what cannot be registered says why, and holds no name", async () => {
    const { host, upstream } = given()
    for (const [what, url] of [
      ["nothing there", `${upstream.origin}/missing`],
      ["no description", `${upstream.origin}/v1/trouble?status=200`]
    ] as const) {
      const source = await host.json<Source>("sources", "add", url, "--name", "wrong")
      assert.strictEqual(source.state, "error", what)
      sameOnBoth(host.name, `sources add, ${what}`, source.failure)
    }
    await host.json("sources", "remove", "wrong")
  })

  it("a refresh looks again, and a source that is not there is told with those that are", async () => {
    const { host } = given()
    assert.strictEqual((await host.json<Source>("sources", "refresh", "shop")).state, "connected")
    const { code, stderr } = await host.cli("sources", "refresh", "shp")
    assert.strictEqual(code, 1)
    assert.include(stderr, "Registered: desk, shop")
    sameOnBoth(host.name, "sources refresh, unknown", stderr)
  })

  it("tools are found by what they should do, and described, the same by command, code and SDK", async () => {
    const { host } = given()
    const executor = await connection(host)
    for (const query of ["buy some apples", "who has ordered what", "tell a colleague something", "sum"]) {
      const found = await executor.tools.search({ query })
      assert.isAbove(found.hits.length, 0, query)
      const code = `return await tools.executor.tools.search({ query: ${JSON.stringify(query)} })`
      assert.deepStrictEqual((await run(host, code)).value, JSON.parse(JSON.stringify(found)))
      sameOnBoth(host.name, `tools search ${query}`, found)
    }
    const { hits } = await host.json<{ hits: ReadonlyArray<{ path: string }> }>(
      "tools",
      "search",
      "buy",
      "some",
      "apples"
    )
    assert.strictEqual(hits[0]?.path, "shop.placeOrder")
    const described = await host.json<{ typescript: string }>("tools", "describe", "shop.placeOrder")
    assert.include(described.typescript, "quantity: number")
    sameOnBoth(host.name, "tools describe", described)
    sameOnBoth(host.name, "tools list", await host.json("tools", "list"))
    sameOnBoth(host.name, "tools describe, unknown", (await host.cli("tools", "describe", "shop.placeOrde")).stderr)
  })
}
