// `executor policies`: which tools may be called.
import type { PolicyEffect } from "@executor-v2/schema"
import { policyId, policyPattern } from "../Arguments.ts"
import { withExecutor } from "../Connect.ts"
import { json, note, oneLine, out, style, table } from "../Terminal.ts"

interface Options {
  readonly json?: true
}

const colour = (effect: PolicyEffect): string =>
  style(effect, effect === "deny" ? "red" : effect === "allow" ? "green" : "yellow")

export const list = (options: Options): Promise<void> =>
  withExecutor(async (executor) => {
    const policies = await executor.policies.list()
    if (options.json === true) return json(policies)
    if (policies.length === 0)
      return out("no policies: every tool may be called. Deny some: executor policies set 'github.repos.*' deny")
    out(
      table(
        ["id", "pattern", "effect", "note"],
        policies.map(({ id, pattern, effect, note }) => [id, pattern, colour(effect), oneLine(note ?? "")])
      )
    )
  })

export const set = async (
  given: string,
  effect: string,
  options: Options & { readonly note?: string }
): Promise<void> => {
  const pattern = policyPattern(given)
  await withExecutor(async (executor) => {
    const { policy, matches } = await executor.policies.set({
      pattern,
      // The parser takes no other words.
      effect: effect as PolicyEffect,
      ...(options.note === undefined ? {} : { note: options.note })
    })
    if (options.json === true) json({ policy, matches })
    else
      out(
        `${policy.pattern} → ${colour(policy.effect)}, ${matches} ${matches === 1 ? "tool matches" : "tools match"} now`
      )
    if (matches === 0)
      note(style("warning: this pattern matches no tool that is registered now", "yellow", process.stderr))
  })
}

export const remove = async (given: string, options: Options): Promise<void> => {
  const id = policyId(given)
  await withExecutor(async (executor) => {
    await executor.policies.remove({ id })
    if (options.json === true) json({ removed: id })
    else out(`${id}: removed`)
  })
}

export const test = (path: string, options: Options): Promise<void> =>
  withExecutor(async (executor) => {
    const decision = await executor.policies.test({ path })
    if (options.json === true) json(decision)
    else out(`${colour(decision.effect)}: ${oneLine(decision.reason, 500)}`)
  })
