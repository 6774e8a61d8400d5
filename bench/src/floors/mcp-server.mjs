// Floor of a start: the least program that speaks MCP over HTTP. It imports the SDK, binds, and answers `tools/list`.
import { toNodeHandler } from "@modelcontextprotocol/node"
import { createMcpHandler, Server } from "@modelcontextprotocol/server"
import { createServer } from "node:http"

const handler = createMcpHandler(() => {
  const server = new Server({ name: "floor", version: "1" }, { capabilities: { tools: {} } })
  server.setRequestHandler("tools/list", () => ({ tools: [{ name: "nothing", inputSchema: { type: "object" } }] }))
  return server
})
const listener = createServer(toNodeHandler(handler))
listener.listen(0, "127.0.0.1", () => process.stdout.write(`http://127.0.0.1:${listener.address().port}\n`))
