// The server of the conformance run: the suite's fixtures behind the same HTTP stack as the product.
import { createRequestStateCodec, McpServer, type Server, type ServerEvent } from "@modelcontextprotocol/server"
import { makeMcpHttp, type McpHttp, type ServerRequest } from "../../src/McpHttp.ts"
import { addLegacyAsking, addModernAsking, addStatefulAsking } from "./AskingFixtures.ts"
import { addContent, text } from "./ContentFixtures.ts"

const hint = { ttlMs: 60_000, cacheScope: "public" } as const

const fixtureServer = (era: ServerRequest["era"], publish: (event: ServerEvent) => void): McpServer => {
  const codec = createRequestStateCodec<{ readonly step: number }>({
    key: "a key of the conformance run, 32 bytes or more",
    ttlSeconds: 600,
    bind: ({ mcpReq }) => mcpReq.method
  })
  const server = new McpServer(
    { name: "fixtures", version: "1.0.0" },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        logging: {},
        completions: {}
      },
      cacheHints: {
        "tools/list": hint,
        "prompts/list": hint,
        "resources/list": hint,
        "resources/templates/list": hint,
        "resources/read": hint,
        "server/discover": hint
      },
      requestState: { verify: (state, context) => codec.verify(state, context) }
    }
  )
  addContent(server)
  if (era === "legacy") addLegacyAsking(server)
  else {
    addModernAsking(server)
    addStatefulAsking(server, codec)
  }
  server.registerTool("test_trigger_tool_change", { description: "Changes the list of tools" }, () => {
    publish({ kind: "tools_list_changed" })
    return text("tools changed")
  })
  server.registerTool("test_trigger_prompt_change", { description: "Changes the list of prompts" }, () => {
    publish({ kind: "prompts_list_changed" })
    return text("prompts changed")
  })
  answerPlainly(server.server, era)
  return server
}

/** Methods that McpServer leaves to its user. */
const answerPlainly = (server: Server, era: ServerRequest["era"]): void => {
  server.setRequestHandler("completion/complete", () => ({ completion: { values: [] } }))
  if (era === "modern") return
  server.setRequestHandler("resources/subscribe", () => ({}))
  server.setRequestHandler("resources/unsubscribe", () => ({}))
}

export const fixtureHttp = (): McpHttp => {
  const http: McpHttp = makeMcpHttp({ serverFactory: (_sdk, { era }) => fixtureServer(era, http.publish) })
  return http
}
