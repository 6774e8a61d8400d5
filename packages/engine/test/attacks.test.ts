// The hostile programs of fixtures/attacks.json, straight against the sandbox: one after the other, and four at a time.
// Each must end in a way that its case allows, give nothing of the host away, and leave a sandbox that goes on at once.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import * as OxcTranspile from "../src/OxcTranspile.ts"
import * as IsolateSandbox from "../src/sandbox/IsolateSandbox.ts"
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
const attacks: ReadonlyArray<Attack> = [...given, ...attacksOfOurs]

const limits = { memoryMb: 64, wallMs: 3_000, turnMs: 1_000 }

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

const check = (attack: Attack, result: SandboxResult) => {
  const answer = JSON.stringify(result)
  assert.include([attack.expect, ...attack.alsoOk], kindOf(result), answer.slice(0, 300))
  for (const secret of [...nothingOfOurs, ...(attack.mustNotContain ?? [])]) assert.notInclude(answer, secret)
  const json = result.outcome._tag === "Returned" ? (result.outcome.json ?? "") : ""
  if (attack.valueMustNotMatch !== undefined) assert.notMatch(json, new RegExp(attack.valueMustNotMatch))
  if (attack.responseMaxBytes !== undefined) assert.isAtMost(answer.length, attack.responseMaxBytes)
  assert.isUndefined(({} as Record<string, unknown>)["polluted"])
}

const attacked = (attack: Attack) =>
  Effect.gen(function* () {
    const sandbox = yield* Sandbox
    const transpile = yield* Transpile
    // The test tools stand at the root for these programs.
    const javascript = yield* transpile.transpile(attack.code)
    return yield* sandbox.run(program(javascript, limits), makeHost())
  })
const goesOn = Effect.gen(function* () {
  const sandbox = yield* Sandbox
  const { outcome } = yield* sandbox.run(program("return [1 + 1, typeof ({}).polluted]"), makeHost())
  assert.deepEqual(outcome, { _tag: "Returned", json: '[2,"undefined"]' })
})

const layer = OxcTranspile.layer.pipe(Layer.provideMerge(IsolateSandbox.layer({ warmMemoryMb: 64 })))

describe("attacks", () => {
  it.layer(layer, { excludeTestServices: true })((it) => {
    it.effect.each(attacks.map((attack) => [`${attack.id} ${attack.title}`, attack] as const))(
      "%s is contained",
      ([, attack]) =>
        Effect.gen(function* () {
          check(attack, yield* attacked(attack))
          yield* goesOn
        }),
      15_000
    )
    it.effect(
      "all of them, four at a time, are contained",
      () =>
        Effect.gen(function* () {
          const results = yield* Effect.forEach(attacks, (attack) => attacked(attack), { concurrency: 4 })
          attacks.forEach((attack, i) => check(attack, results[i]!))
          yield* goesOn
        }),
      120_000
    )
  })
})
