// The live connections to MCP servers: one for each source, made by the first call, shared by all, given up when idle.
import type { SourceLocation } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import * as RcMap from "effect/RcMap"
import type * as Scope from "effect/Scope"
import { Outbound } from "../../network/Outbound.ts"
import { sourceError } from "../../Provider.ts"
import type { ConnectFailed, Connection } from "./Connection.ts"
import { overHttp } from "./HttpConnection.ts"
import { overStdio, type Verdicts } from "./StdioConnection.ts"
import { StdioLauncher } from "./StdioLauncher.ts"

/** Whom to connect to. */
export interface Upstream {
  readonly location: SourceLocation
  readonly privateOrigins: ReadonlyArray<string>
}

/** A connection is kept this long after its last call: starting a server takes seconds. */
const idle = "5 minutes"

export interface Connections {
  /** The source's connection, held until the scope closes. A dead one is replaced. */
  readonly get: (upstream: Upstream) => Effect.Effect<Connection, ConnectFailed, Scope.Scope>
  /** Gives up the source's connection: calls in flight keep theirs, the next call makes a new one. */
  readonly drop: (upstream: Upstream) => Effect.Effect<void>
}

/** Nothing that one source may reach is reached through another's connection. */
const keyOf = ({ location, privateOrigins }: Upstream): string => JSON.stringify([location, privateOrigins])

const upstreamOf = (key: string): Upstream => {
  const [location, privateOrigins] = JSON.parse(key) as [Upstream["location"], ReadonlyArray<string>]
  return { location, privateOrigins }
}

const connect = (
  { location, privateOrigins }: Upstream,
  verdicts: Verdicts
): Effect.Effect<Connection, ConnectFailed, Outbound | StdioLauncher | Scope.Scope> => {
  switch (location._tag) {
    case "Url":
      return overHttp(location.url, privateOrigins)
    case "Stdio":
      return overStdio(location, verdicts)
    case "File":
    case "Text":
      return Effect.fail(sourceError("unsupported", "an MCP server is given by its address or its command"))
  }
}

export const makeConnections: Effect.Effect<Connections, never, Outbound | StdioLauncher | Scope.Scope> = Effect.gen(
  function* () {
    const verdicts: Verdicts = new Map()
    const map = yield* RcMap.make({
      lookup: (key: string) => connect(upstreamOf(key), verdicts),
      idleTimeToLive: idle
    })
    const get = (upstream: Upstream, fresh = false): Effect.Effect<Connection, ConnectFailed, Scope.Scope> => {
      const key = keyOf(upstream)
      return RcMap.get(map, key).pipe(
        // A failure would be remembered as long as a connection.
        Effect.tapError(() => RcMap.invalidate(map, key)),
        Effect.flatMap((connection) =>
          connection.isDead() && !fresh
            ? Effect.andThen(RcMap.invalidate(map, key), get(upstream, true))
            : Effect.succeed(connection)
        )
      )
    }
    return { get, drop: (upstream) => RcMap.invalidate(map, keyOf(upstream)) }
  }
)
