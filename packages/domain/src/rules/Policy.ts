// Which rule decides a call: the most restrictive between scopes, the most specific pattern within one.
import type { Policy, PolicyEffect, PolicyPattern, ToolPath } from "@executor-v2/schema"

/** What a call meets, and the rule that said so; without a rule the default did. */
export interface PolicyDecision {
  readonly effect: PolicyEffect
  readonly policy?: Policy
  readonly reason: string
}

/** Whether a pattern covers a path. `*` is one segment, a last `**` any rest. */
export const matches = (pattern: PolicyPattern, path: ToolPath): boolean => {
  const segments = path.split(".")
  const wanted = pattern.split(".")
  if (wanted.at(-1) === "**") {
    wanted.pop()
    return segments.length >= wanted.length + (wanted.length === 0 ? 0 : 1) && covers(wanted, segments)
  }
  return segments.length === wanted.length && covers(wanted, segments)
}

const covers = (wanted: ReadonlyArray<string>, segments: ReadonlyArray<string>): boolean =>
  wanted.every((segment, index) => segment === "*" || segment === segments[index])

/** Literal segments weigh more than wildcards, and longer patterns more than shorter ones. */
const specificity = (pattern: PolicyPattern): number =>
  pattern.split(".").reduce((sum, segment) => sum + (segment === "**" ? 0 : segment === "*" ? 1 : 100), 0)

const severity: Record<PolicyEffect, number> = { allow: 0, require_approval: 1, deny: 2 }

/** At equal specificity the stricter rule stands, so that adding a rule by mistake never widens what is allowed. */
const strongest = (policies: ReadonlyArray<Policy>): Policy | undefined =>
  policies.reduce<Policy | undefined>((best, policy) => {
    if (best === undefined) return policy
    const difference = specificity(policy.pattern) - specificity(best.pattern)
    return difference > 0 || (difference === 0 && severity[policy.effect] > severity[best.effect]) ? policy : best
  }, undefined)

/** What a call to a path meets, and why. Without a rule a call is allowed. */
export const decide = (policies: ReadonlyArray<Policy>, path: ToolPath): PolicyDecision => {
  const covering = policies.filter((policy) => matches(policy.pattern, path))
  const perScope = (["workspace", "profile"] as const)
    .map((scope) => strongest(covering.filter((policy) => policy.scope === scope)))
    .filter((policy) => policy !== undefined)
  const policy = perScope.sort((a, b) => severity[b.effect] - severity[a.effect])[0]
  return policy === undefined
    ? { effect: "allow", reason: "no policy covers this tool" }
    : { effect: policy.effect, policy, reason: `policy ${policy.pattern} → ${policy.effect}` }
}
