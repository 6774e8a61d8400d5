// Contract: registering services and following their state.
import { HostFailure, NotFound, Refused, Source, SourceKind, SourceLocation, SourceName } from "@executor-v2/schema"
import * as Schema from "effect/Schema"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import { OwnerKey } from "./Caller.ts"

export const SourceDraft = Schema.Struct({
  location: SourceLocation,
  /** Derived from the location when absent. */
  name: Schema.optionalKey(SourceName),
  /** Detected when absent. */
  kind: Schema.optionalKey(SourceKind)
})
export type SourceDraft = typeof SourceDraft.Type

export class SourceRpcs extends RpcGroup.make(
  /** Each state the source goes through; the last one is `connected`, `auth_required` or `error`. */
  Rpc.make("Sources.Add", {
    payload: SourceDraft,
    success: Source,
    error: Schema.Union([Refused, HostFailure]),
    stream: true
  }),
  Rpc.make("Sources.Refresh", {
    payload: { name: SourceName },
    success: Source,
    error: Schema.Union([NotFound, Refused, HostFailure]),
    stream: true
  }),
  Rpc.make("Sources.List", { success: Schema.Array(Source) }),
  Rpc.make("Sources.Get", { payload: { name: SourceName }, success: Source, error: NotFound }),
  Rpc.make("Sources.Remove", { payload: { name: SourceName }, error: Schema.Union([NotFound, Refused, HostFailure]) })
).middleware(OwnerKey) {}
