// MCP through the real daemon's doors: who gets in with which key, in both protocol eras, and what a run cannot reach.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js"
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { keyFile, rotate } from "../src/Keys.ts"
import { cleanUp, connect, keyOf, newHome } from "./TestDaemon.ts"

let home = ""
let url = ""
let executor: Awaited<ReturnType<typeof connect>>
beforeAll(async () => {
  home = newHome()
  executor = await connect(home)
  url = executor.at.mcpUrl
})
afterAll(async () => {
  await executor.close()
  await cleanUp(home)
})

const withKey = (key: string) => ({ requestInit: { headers: { authorization: `Bearer ${key}` } } })

const modern = async (key: string) => {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode: "auto" } })
  await client.connect(new StreamableHTTPClientTransport(new URL(url), withKey(key)) as never)
  return client
}
const legacy = async (key: string) => {
  const client = new LegacyClient({ name: "test", version: "1" })
  const transport = new LegacyTransport(new URL(url), withKey(key))
  await client.connect(transport as never)
  return { client, session: transport.sessionId! }
}

/** The answer's text is the result as JSON. */
const answerOf = (result: unknown): unknown =>
  JSON.parse((result as { content: ReadonlyArray<{ text: string }> }).content[0]!.text)

describe.each(["agent-token", "token"] as const)("with the key of %s", (file) => {
  it("a client of today lists the one tool and runs code", async () => {
    const client = await modern(keyOf(home, file))
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(["execute"])
    const result = await client.callTool({ name: "execute", arguments: { code: "return [1, 2, 3].map((n) => n * 2)" } })
    expect(answerOf(result)).toMatchObject({ status: "completed", value: [2, 4, 6] })
    await client.close()
  })

  it("a client of the older era does the same", async () => {
    const { client } = await legacy(keyOf(home, file))
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(["execute"])
    const result = await client.callTool({ name: "execute", arguments: { code: "return 1" } })
    expect(answerOf(result)).toMatchObject({ status: "completed", value: 1 })
    await client.close()
  })
})

it("the journal knows an agent from the owner", async () => {
  const client = await modern(keyOf(home, "agent-token"))
  await client.callTool({ name: "execute", arguments: { code: "return 'as an agent'" } })
  await client.close()
  await executor.runs.execute({ code: "return 'as the owner'" })
  const [owned, agents] = await executor.runs.list({ limit: 2 })
  expect(owned!.actor).toEqual({ kind: "owner", client: "test/2.0.0-alpha.0" })
  expect(agents!.actor).toMatchObject({ kind: "agent", client: "test/1" })
})

const listTools = (key: string | undefined, session: string) =>
  fetch(url, {
    method: "POST",
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
      "mcp-session-id": session
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" })
  })

it("a session belongs to its key: with another key it does not exist, without one nothing does", async () => {
  const { client, session } = await legacy(keyOf(home, "agent-token"))
  expect((await listTools(keyOf(home, "agent-token"), session)).status).toBe(200)
  expect((await listTools(keyOf(home, "token"), session)).status).toBe(404)
  expect((await listTools(undefined, session)).status).toBe(401)
  const old = keyOf(home, "agent-token")
  rotate(home, "agent")
  expect((await listTools(old, session)).status).toBe(401)
  expect((await listTools(keyOf(home, "agent-token"), session)).status).toBe(404)
  await client.close().catch(() => {})
})

it("a run cannot register the daemon's own port as a source, nor can its owner", async () => {
  const client = await modern(keyOf(home, "agent-token"))
  const code = `
    try { return await tools.executor.sources.add({ url: ${JSON.stringify(executor.at.url)} }) }
    catch (error) { return error.code + ": " + error.message }`
  const result = await client.callTool({ name: "execute", arguments: { code } })
  expect(answerOf(result)).toMatchObject({
    status: "completed",
    value: expect.stringMatching(/^needs_human: |daemon's own/)
  })
  await client.close()
  const states: Array<string> = []
  for await (const source of executor.sources.add({ location: { _tag: "Url", url: executor.at.url } }))
    states.push(source.state)
  expect(states.at(-1)).toBe("error")
  expect(fs.readFileSync(path.join(home, "pm.log"), "utf8")).not.toContain("a request failed")
})

it("nothing that an agent can see holds a key", async () => {
  const keys = [fs.readFileSync(keyFile(home, "owner"), "utf8").trim(), keyOf(home, "agent-token")]
  const client = await modern(keys[1]!)
  const code =
    "const { health, runs, sources } = tools.executor;" +
    "return [await health({}), await runs.list({}), await sources.list({}), Object.keys(globalThis)]"
  const seen = JSON.stringify([
    await client.listTools(),
    client.getInstructions(),
    await client.callTool({ name: "execute", arguments: { code } })
  ])
  expect(seen).toContain("completed")
  for (const key of keys) expect(seen).not.toContain(key)
  await client.close()
})
