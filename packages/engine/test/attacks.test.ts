// The hostile programs, straight against the local sandbox, several at a time. Each must end in a way that its case allows,
// give nothing of the host away, and leave a sandbox that goes on at once, whatever the others are doing to it.
import { describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as OxcTranspile from "../src/OxcTranspile.ts"
import * as IsolateSandbox from "../src/sandbox/IsolateSandbox.ts"
import { attacked, attacks, check, goesOn } from "./attackCases.ts"

const layer = OxcTranspile.layer.pipe(Layer.provideMerge(IsolateSandbox.layer({ warmMemoryMb: 64 })))

/** Their tools make so much text in this process that the clocks of programs beside them run on meanwhile. */
const alone: ReadonlySet<string> = new Set(["S09", "S10"])

const contained = (some: typeof attacks) =>
  it.layer(layer, { excludeTestServices: true })((it) => {
    it.effect.each(some.map((attack) => [`${attack.id} ${attack.title}`, attack] as const))(
      "%s is contained",
      ([, attack]) =>
        Effect.gen(function* () {
          check(attack, yield* attacked(attack))
          yield* goesOn
        }),
      60_000
    )
  })

describe.concurrent("attacks", () => {
  contained(attacks.filter(({ id }) => !alone.has(id)))
})

describe("attacks with huge results", () => {
  contained(attacks.filter(({ id }) => alone.has(id)))
})
