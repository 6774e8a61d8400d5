// Rules over tool paths. `require_approval` exists in the format from the start; it acts once inputs can be answered.
import * as Schema from "effect/Schema"
import { PolicyId, Timestamp } from "./ids.ts"

/** A tool path in which a segment may be `*`, and a last `**` stands for any rest. */
export const PolicyPattern = Schema.String.check(
  Schema.isPattern(/^(\*\*|(\*|[A-Za-z_][A-Za-z0-9_]*)(\.(\*|[A-Za-z_][A-Za-z0-9_]*))*(\.\*\*)?)$/)
).pipe(Schema.brand("PolicyPattern"))
export type PolicyPattern = typeof PolicyPattern.Type

export const PolicyEffect = Schema.Literals(["allow", "require_approval", "deny"])
export type PolicyEffect = typeof PolicyEffect.Type

export const Policy = Schema.Struct({
  id: PolicyId,
  pattern: PolicyPattern,
  effect: PolicyEffect,
  /** Between scopes the most restrictive wins, within one the most specific pattern. */
  scope: Schema.Literals(["workspace", "profile"]),
  note: Schema.optionalKey(Schema.String),
  createdAt: Timestamp
})
export type Policy = typeof Policy.Type
