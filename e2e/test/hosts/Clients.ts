// What talks to a host in these tests, as programs of users do: MCP clients of both generations, and answers read alike.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js"
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import type { ExecuteResult } from "@executor-v2/schema"
import { onTestFinished } from "vitest"
import type { Connection, TestHost } from "./Hosts.ts"

const withKey = (key: string) => ({ requestInit: { headers: { authorization: `Bearer ${key}` } } })

/** The official client of today. It is closed with its test. */
export const modernClient = async (host: TestHost, key = host.agentKey): Promise<Client> => {
  const client = new Client({ name: "modern", version: "1" }, { versionNegotiation: { mode: "auto" } })
  onTestFinished(() => client.close())
  await client.connect(new StreamableHTTPClientTransport(new URL(host.mcpUrl), withKey(key)))
  return client
}

/** The official client of the generation before: it knows nothing of the current protocol. */
export const legacyClient = async (host: TestHost, key = host.agentKey): Promise<LegacyClient> => {
  const client = new LegacyClient({ name: "legacy", version: "1" })
  onTestFinished(() => client.close())
  await client.connect(new LegacyTransport(new URL(host.mcpUrl), withKey(key)) as never)
  return client
}

/** A connection by the SDK, closed with its test. */
export const connection = async (host: TestHost): Promise<Connection> => {
  const executor = await host.connect()
  onTestFinished(() => executor.close())
  return executor
}

/** Either client's `execute`: the one text block of the answer is the result. */
export const execute = async (
  client: Client | LegacyClient,
  args: Readonly<Record<string, unknown>>
): Promise<ExecuteResult> => {
  const asked = { name: "execute", arguments: { ...args } }
  const { content } = client instanceof Client ? await client.callTool(asked) : await client.callTool(asked)
  return JSON.parse((content as ReadonlyArray<{ readonly text: string }>)[0]!.text) as ExecuteResult
}

/** Code of an agent, over the client of today. */
export const run = async (host: TestHost, code: string): Promise<ExecuteResult> =>
  execute(await modernClient(host), { code })
