// Contract: the rules over tools.
import { HostFailure, NotFound, Policy, PolicyEffect, PolicyId, PolicyPattern, Refused } from "@executor-v2/schema"
import * as Schema from "effect/Schema"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import { OwnerKey } from "./Caller.ts"

/** What a call to a path would meet, and why. */
export const PolicyDecision = Schema.Struct({
  effect: PolicyEffect,
  /** The rule that decided; absent when the default did. */
  policy: Schema.optionalKey(Policy),
  reason: Schema.String
})
export type PolicyDecision = typeof PolicyDecision.Type

export class PolicyRpcs extends RpcGroup.make(
  Rpc.make("Policies.List", { success: Schema.Array(Policy) }),
  Rpc.make("Policies.Set", {
    payload: { pattern: PolicyPattern, effect: PolicyEffect, note: Schema.optionalKey(Schema.String) },
    /** `matches` counts the tools that the pattern covers now. */
    success: Schema.Struct({ policy: Policy, matches: Schema.Int }),
    error: Schema.Union([Refused, HostFailure])
  }),
  Rpc.make("Policies.Remove", { payload: { id: PolicyId }, error: Schema.Union([NotFound, Refused, HostFailure]) }),
  Rpc.make("Policies.Test", { payload: { path: Schema.String }, success: PolicyDecision, error: HostFailure })
).middleware(OwnerKey) {}
