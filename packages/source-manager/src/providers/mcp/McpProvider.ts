// MCP servers as sources, over stdio and HTTP, in both protocol eras: look, compile, call.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Outbound } from "../../network/Outbound.ts"
import type { ProbeRequest, Probed, Provider, SourceError } from "../../Provider.ts"
import { compileMcp } from "./Compile.ts"
import { makeConnections } from "./Connections.ts"
import { invoke } from "./Invoke.ts"
import { listTools } from "./List.ts"
import { StdioLauncher } from "./StdioLauncher.ts"

export const makeMcpProvider: Effect.Effect<Provider, never, Outbound | StdioLauncher | Scope.Scope> = Effect.gen(
  function* () {
    const connections = yield* makeConnections

    /** Looks anew: a server that was changed is started again. What it finds stays connected for the first calls. */
    const probe = Effect.fn("McpProvider.probe")(
      ({ location, privateOrigins }: ProbeRequest): Effect.Effect<Probed, SourceError> =>
        connections.drop({ location, privateOrigins }).pipe(
          Effect.andThen(connections.get({ location, privateOrigins })),
          Effect.flatMap(listTools),
          Effect.map((listed): Probed => ({ _tag: "Material", ...listed })),
          Effect.catchTag("AuthNeeded", ({ needs }) => Effect.succeed<Probed>({ _tag: "AuthRequired", needs })),
          Effect.scoped
        )
    )

    return { kind: "mcp", probe, compile: compileMcp, invoke: invoke(connections), forget: connections.drop }
  }
)
