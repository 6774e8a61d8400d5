// The product over MCP: the one tool on the engine, both protocol eras, ready for a host's listener.
import { HostInfo, Sources } from "@executor-v2/domain"
import { Execute } from "@executor-v2/engine"
import { Context, Effect, Layer } from "effect"
import { makeGateway } from "./Gateway.ts"

export class McpGateway extends Context.Service<McpGateway>()("@executor-v2/mcp-gateway/McpGateway", {
  make: Effect.gen(function* () {
    const sources = yield* Sources
    const { version } = yield* HostInfo
    return yield* makeGateway({
      version,
      backend: yield* Execute,
      sourceNames: ({ workspace }) =>
        Effect.map(sources.list(workspace), (list) =>
          list.filter((source) => source.state === "connected").map((source) => source.name)
        )
    })
  })
}) {
  static readonly layer = Layer.effect(McpGateway, this.make)
}
