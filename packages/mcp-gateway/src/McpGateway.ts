// The product over MCP: the one tool on the engine, both protocol eras, ready for a host's listener.
import { HostInfo, Sources } from "@executor-v2/domain"
import { Execute } from "@executor-v2/engine"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeGateway, type GatewayParts } from "./Gateway.ts"

export class McpGateway extends Context.Service<McpGateway>()("@executor-v2/mcp-gateway/McpGateway", {
  make: Effect.fnUntraced(function* (http: GatewayParts["http"] = {}) {
    const sources = yield* Sources
    const { version } = yield* HostInfo
    return yield* makeGateway({
      version,
      http,
      backend: yield* Execute,
      sourceNames: ({ workspace }) =>
        Effect.map(sources.list(workspace), (list) =>
          list.filter((source) => source.state === "connected").map((source) => source.name)
        )
    })
  })
}) {
  static readonly layer = Layer.effect(McpGateway, this.make())
  /** For a host that keeps nothing between two requests. */
  static readonly stateless = Layer.effect(McpGateway, this.make({ sessions: "none" }))
}
