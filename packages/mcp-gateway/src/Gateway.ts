// Joins the tool, the HTTP layer and Effect's world. Open to any backend, so that tests and hosts share it.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ExecuteBackend } from "./ExecuteTool.ts"
import { executorServer } from "./ExecutorServer.ts"
import { makeMcpHttp, type McpHttp, type McpHttpOptions } from "./McpHttp.ts"
import type { Principal } from "./Principal.ts"

export interface GatewayParts {
  readonly version: string
  readonly backend: ExecuteBackend
  /** Names of the sources that this principal's code can call. */
  readonly sourceNames: (principal: Principal) => Effect.Effect<ReadonlyArray<string>>
  readonly http?: Omit<McpHttpOptions, "serverFactory">
}

export interface Gateway extends Pick<McpHttp, "fetch" | "maxBodyBytes"> {
  /** Loads the protocol's code, which otherwise waits for the first request. */
  readonly warm: Effect.Effect<void>
  /** To be called when sources came or went: the tool's description names them. */
  readonly sourcesChanged: Effect.Effect<void>
  /** Done when every call that was in flight has its answer on the way. Takes no stand on new ones. */
  readonly drained: Effect.Effect<void>
}

/** The gateway; its streams and sessions end with the scope. */
export const makeGateway = (parts: GatewayParts): Effect.Effect<Gateway, never, Scope.Scope> =>
  Effect.gen(function* () {
    const runPromise = Effect.runPromiseWith(yield* Effect.context<never>())
    const idle = new Set<() => void>()
    let inFlight = 0

    const run = async <A>(effect: Effect.Effect<A>, signal?: AbortSignal): Promise<A> => {
      inFlight++
      try {
        return await runPromise(effect, signal === undefined ? undefined : { signal })
      } finally {
        inFlight--
        if (inFlight === 0) for (const wake of idle) wake()
      }
    }

    const serverParts = {
      version: parts.version,
      backend: parts.backend,
      sourceNames: (principal: Principal) => run(parts.sourceNames(principal)),
      run
    }
    const http = makeMcpHttp({
      ...parts.http,
      serverFactory: (sdk, { principal }) => executorServer(sdk, serverParts, principal)
    })
    yield* Effect.addFinalizer(() => Effect.promise(() => http.close()))

    const drained = Effect.callback<void>((resume) => {
      // The answer leaves in microtasks after its call ended; one turn of the event loop later it is written.
      const done = (): void => {
        idle.delete(done)
        setTimeout(() => resume(Effect.void), 0)
      }
      if (inFlight === 0) done()
      else idle.add(done)
      return Effect.sync(() => idle.delete(done))
    })

    return {
      fetch: http.fetch,
      maxBodyBytes: http.maxBodyBytes,
      warm: Effect.promise(() => http.warm()),
      sourcesChanged: Effect.sync(() => http.publish({ kind: "tools_list_changed" })),
      drained
    }
  })
