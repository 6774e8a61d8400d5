// Contract: the host itself.
import { HostFailure, WorkspaceId } from "@executor-v2/schema"
import * as Schema from "effect/Schema"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import { OwnerKey } from "./Caller.ts"

/** Version of this contract. A host serves a range; both sides speak the lowest common one. */
export const apiVersion = 1

export const HostStatus = Schema.Struct({
  version: Schema.String,
  api: Schema.Struct({ min: Schema.Int, max: Schema.Int }),
  kind: Schema.Literals(["local", "remote", "inproc"]),
  workspace: WorkspaceId,
  startedAt: Schema.Int,
  sources: Schema.Int,
  tools: Schema.Int,
  activeRuns: Schema.Int
})
export type HostStatus = typeof HostStatus.Type

export class HostRpcs extends RpcGroup.make(
  Rpc.make("Host.Status", { success: HostStatus, error: HostFailure }),
  /** Takes no new runs, lets the running ones end and deliver, then exits. */
  Rpc.make("Host.Shutdown", { payload: { reason: Schema.String }, error: HostFailure })
).middleware(OwnerKey) {}
