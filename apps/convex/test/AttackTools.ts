// The tools that hostile programs call, as an MCP server over HTTP. It is hostile itself in one of them: its error carries
// what nobody may see.
import { Server } from "@modelcontextprotocol/sdk/server/index.js"
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js"
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js"
import * as http from "node:http"
import type { AddressInfo } from "node:net"

type Arguments = Readonly<Record<string, unknown>>

const answers: Readonly<Record<string, (args: Arguments) => object>> = {
  echo: (args) => ({ content: [{ type: "text", text: JSON.stringify(args) }], structuredContent: args }),
  merge: (args) => {
    const copy: Record<string, unknown> = Object.assign({}, args)
    for (const key in args) copy[key] = args[key]
    return { content: [{ type: "text", text: JSON.stringify({ done: Object.keys(copy).length >= 0 }) }] }
  },
  boom: () => {
    throw Object.assign(new Error("db failed"), { secret: "CANARY-SECRET", cause: { dsn: "CANARY-DSN" } })
  },
  big: ({ mb }) => ({ content: [{ type: "text", text: "y".repeat(Number(mb) * 1024 * 1024) }] })
}

const made = (): Server => {
  const server = new Server({ name: "attack-tools", version: "1.0.0" }, { capabilities: { tools: {} } })
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.keys(answers).map((name) => ({
      name,
      description: name,
      inputSchema: { type: "object" as const, additionalProperties: true }
    }))
  }))
  server.setRequestHandler(
    CallToolRequestSchema,
    ({ params }) => answers[params.name]!(params.arguments ?? {}) as never
  )
  return server
}

/** The server's address, and how it is stopped. */
export const startAttackTools = async (): Promise<{ readonly url: string; readonly stop: () => void }> => {
  const listener = http.createServer((request, response) => {
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined as never })
    void made()
      .connect(transport as never)
      .then(() => transport.handleRequest(request, response))
  })
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve))
  const stop = () => {
    listener.closeAllConnections()
    listener.close()
  }
  return { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`, stop }
}
