// MCP servers that only list their tools: stand-ins for what people have connected.
import { createMcpHandler, Server, type Tool } from "@modelcontextprotocol/server"
import { toNodeHandler } from "@modelcontextprotocol/node"
import { existsSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Bench } from "./Suite.ts"

export interface StandIn {
  readonly name: string
  readonly tools: ReadonlyArray<Tool>
}

interface Row {
  readonly server: string
  readonly tool: string
  readonly description: string
  readonly inputSchema: Tool["inputSchema"]
}

const generated = (): ReadonlyArray<Row> =>
  Array.from({ length: 527 }, (_, index) => ({
    server: `service${index % 70}`,
    tool: `operation_${Math.floor(index / 70)}`,
    description: `Does what service ${index % 70} is asked for most often, in its variant number ${Math.floor(index / 70)}.`,
    inputSchema: {
      type: "object",
      required: ["subject"],
      properties: {
        subject: { type: "string", description: "What it is about" },
        limit: { type: "integer", minimum: 1, maximum: 100, description: "At most so many results" }
      }
    }
  }))

/** A source's name begins with a small letter and holds letters, digits and underscores. */
const nameOf = (server: string): string => {
  const plain = server
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
  return (/^[a-z]/.test(plain) ? plain : `mcp_${plain}`).slice(0, 36)
}

/**
 * 70 servers with 527 tools: those of the file that EXECUTOR_BENCH_MCP_TOOLS names, in the form
 * `{ tools: [{ server, tool, description, inputSchema }] }`, else invented ones.
 */
export const standIns = (): ReadonlyArray<StandIn> => {
  const file = process.env["EXECUTOR_BENCH_MCP_TOOLS"]
  const rows =
    file !== undefined && existsSync(file)
      ? (JSON.parse(readFileSync(file, "utf8")) as { readonly tools: ReadonlyArray<Row> }).tools
      : generated()
  const used = new Set<string>()
  return [...Map.groupBy(rows, ({ server }) => server)].map(([server, tools]) => {
    let name = nameOf(server)
    while (used.has(name)) name = `${name}2`
    used.add(name)
    return {
      name,
      tools: tools.map(({ description, inputSchema, tool }) => ({
        name: tool,
        description,
        inputSchema: { ...inputSchema, type: "object" as const }
      }))
    }
  })
}

/** Serves each on a path of its own; gives the address before the name. */
export const serveStandIns = async (bench: Bench, servers: ReadonlyArray<StandIn>): Promise<string> => {
  const handlers = new Map(
    servers.map(({ name, tools }) => [
      `/${name}`,
      toNodeHandler(
        createMcpHandler(() => {
          const server = new Server({ name, version: "1" }, { capabilities: { tools: {} } })
          server.setRequestHandler("tools/list", () => ({ tools: [...tools] }))
          return server
        })
      )
    ])
  )
  const listener = createServer((request, response) => {
    const handler = handlers.get(request.url ?? "")
    if (handler === undefined) response.writeHead(404).end()
    else void handler(request as Parameters<typeof handler>[0], response)
  })
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve))
  bench.defer(() => {
    listener.close()
    listener.closeAllConnections()
  })
  return `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`
}
