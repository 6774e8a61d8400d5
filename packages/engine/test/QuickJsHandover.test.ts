// A guest that has checked a program may run it: nothing tells it from a new one, and no second program gets it.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { defaultLimits, Sandbox, type SandboxHost } from "../src/sandbox/Sandbox.ts"
import { Handover, usualMb } from "../src/sandbox/quickjs/Handover.ts"
import * as QuickJsSandbox from "../src/sandbox/QuickJsSandbox.ts"
import * as SucraseTranspile from "../src/SucraseTranspile.ts"
import { Transpile } from "../src/Transpile.ts"
import { compiled } from "./quickJs.ts"

const host: SandboxHost = { call: (_, args) => Effect.succeed({ ok: true, json: args }) }

const run = Effect.fnUntraced(function* (code: string) {
  const javascript = yield* (yield* Transpile).transpile(code)
  const program = { javascript, seed: "seed", startedAt: 1_000, limits: defaultLimits }
  return (yield* (yield* Sandbox).run(program, host)).outcome
})

const parts = (handover?: Handover) => {
  const options = { compiled, ...(handover === undefined ? {} : { handover }) }
  return Layer.mergeAll(QuickJsSandbox.layer(options), SucraseTranspile.layer(options))
}

const programs = [
  "return [Math.random(), Date.now(), crypto.randomUUID()]",
  "return Object.getOwnPropertyNames(globalThis)",
  "const one: number = 1\nthrow new TypeError(`no ${one}`)",
  "return await tools.a.b({ c: [1, 2, 3] })",
  "function f(n) { return n === 0 ? 0 : 1 + f(n - 1) } return f(1_000)",
  "const all = []; for (;;) all.push(new Array(100_000).fill(1))"
]

describe("a guest that has checked a program", () => {
  it.effect.each(programs)("runs it as a new one does: %s", (code) =>
    Effect.gen(function* () {
      const handed = yield* Effect.provide(run(code), parts(new Handover()))
      assert.deepStrictEqual(handed, yield* Effect.provide(run(code), parts()))
    })
  )

  it.effect("is left when the program is fine, and taken once", () =>
    Effect.gen(function* () {
      const handover = new Handover()
      const refused = yield* Effect.flip(Effect.provide(run("return 1 +\n* 2"), parts(handover)))
      assert.strictEqual(refused._tag, "TranspileError")
      assert.isUndefined(handover.take(usualMb))
      yield* Effect.provide(
        Effect.flatMap(Transpile, (transpile) => transpile.transpile("return 1")),
        parts(handover)
      )
      assert.isUndefined(handover.take(usualMb - 1), "with other memory than asked for")
      assert.isDefined(handover.take(usualMb))
      assert.isUndefined(handover.take(usualMb))
    })
  )
})
