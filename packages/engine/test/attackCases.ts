// The hostile programs of fixtures/attacks.json and of our own, how one is run, and what its end must look like.
import { Effect } from "effect"
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { Sandbox, type SandboxResult } from "../src/sandbox/Sandbox.ts"
import { Transpile } from "../src/Transpile.ts"
import { attacksOfOurs } from "./fixtures/attacksOfOurs.ts"
import { makeHost, program } from "./testTools.ts"

export interface Attack {
  readonly id: string
  readonly title: string
  readonly code: string
  readonly expect: string
  readonly alsoOk: ReadonlyArray<string>
  readonly mustNotContain?: ReadonlyArray<string>
  readonly valueMustNotMatch?: string
  readonly responseMaxBytes?: number
}

const given = JSON.parse(
  readFileSync(new URL("./fixtures/attacks.json", import.meta.url), "utf8")
) as ReadonlyArray<Attack>
export const attacks: ReadonlyArray<Attack> = [...given, ...attacksOfOurs]

/** Short, so that the suite is. */
export const limits = { memoryMb: 64, wallMs: 3_000, turnMs: 1_000 }

/** The outcome in the words of the cases. */
const kindOf = ({ outcome }: SandboxResult): string => {
  if (outcome._tag === "Returned") return "contained-value"
  if (outcome._tag === "Threw" || outcome.reason === "result-too-large" || outcome.reason === "never-settles")
    return "error"
  if (outcome.reason === "memory") return "memory-error"
  if (outcome.reason === "call-cap") return "call-cap"
  return outcome.reason === "crashed" ? "killed" : "timeout"
}

const nothingOfOurs = [
  "file://",
  "node_modules",
  "node:internal",
  process.cwd(),
  process.env["HOME"] ?? "/root",
  "CANARY"
]

export const check = (attack: Attack, result: SandboxResult): void => {
  const answer = JSON.stringify(result)
  assert.ok(
    [attack.expect, ...attack.alsoOk].includes(kindOf(result)),
    `ended as ${kindOf(result)}: ${answer.slice(0, 300)}`
  )
  for (const secret of [...nothingOfOurs, ...(attack.mustNotContain ?? [])]) assert.ok(!answer.includes(secret), secret)
  const json = result.outcome._tag === "Returned" ? (result.outcome.json ?? "") : ""
  if (attack.valueMustNotMatch !== undefined) assert.doesNotMatch(json, new RegExp(attack.valueMustNotMatch))
  if (attack.responseMaxBytes !== undefined) assert.ok(answer.length <= attack.responseMaxBytes, String(answer.length))
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined)
}

/** Runs the attack's program with the tools that it expects. */
export const attacked = (attack: Attack) =>
  Effect.gen(function* () {
    const sandbox = yield* Sandbox
    const transpile = yield* Transpile
    // The test tools stand at the root for these programs.
    const javascript = yield* transpile.transpile(attack.code)
    return yield* sandbox.run(program(javascript, limits), makeHost())
  })
/** A second program finds nothing of the first. */
export const goesOn = Effect.gen(function* () {
  const sandbox = yield* Sandbox
  const { outcome } = yield* sandbox.run(program("return [1 + 1, typeof ({}).polluted]"), makeHost())
  assert.deepEqual(outcome, { _tag: "Returned", json: '[2,"undefined"]' })
})
