// The host contract: how it is, and asking it to stop.
import { HostInfo } from "@executor-v2/domain"
import { apiVersion, Caller, HostRpcs } from "@executor-v2/rpc"
import { Catalog } from "@executor-v2/source-manager"
import * as Effect from "effect/Effect"
import { Execute } from "./Execute.ts"

export const layer = HostRpcs.toLayer(
  Effect.gen(function* () {
    const host = yield* HostInfo
    const catalog = yield* Catalog
    const execute = yield* Execute

    return HostRpcs.of({
      "Host.Status": Effect.fnUntraced(function* () {
        const { workspace } = yield* Caller
        const { sources } = yield* catalog.snapshot(workspace)
        return {
          version: host.version,
          api: { min: apiVersion, max: apiVersion },
          kind: host.kind,
          workspace,
          startedAt: host.startedAt,
          sources: sources.length,
          tools: sources.reduce((sum, source) => sum + source.toolCount, 0),
          activeRuns: yield* execute.activeRuns(workspace)
        }
      }),
      "Host.Shutdown": ({ reason }) => host.shutdown(reason)
    })
  })
)
