// The kinds of source this host knows, each whole.
import type { SourceKind } from "@executor-v2/schema"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Provider } from "./Provider.ts"
import { makeMcpProvider } from "./providers/mcp/McpProvider.ts"
import { makeOpenApiProvider } from "./providers/openapi/OpenApiProvider.ts"

export class Providers extends Context.Service<Providers>()("@executor-v2/source-manager/Providers", {
  make: Effect.gen(function* () {
    const openapi = yield* makeOpenApiProvider
    const mcp = yield* makeMcpProvider
    const byKind: Partial<Record<SourceKind, Provider>> = { openapi, mcp }
    return {
      get: (kind: SourceKind | undefined): Provider | undefined => (kind === undefined ? undefined : byKind[kind])
    }
  })
}) {
  static readonly layer = Layer.effect(Providers, this.make)
}
