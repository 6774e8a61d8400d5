// What the tests run in functions, apart from any deployment.
import { Effect } from "effect"

/** Twice that many operations, in a loop and in a `forEach`. */
export const countTo = (operations: number): Effect.Effect<number> =>
  Effect.gen(function* () {
    let done = 0
    yield* Effect.forEach(Array.from({ length: operations }), () => Effect.sync(() => done++), { discard: true })
    for (let at = 0; at < operations; at++) yield* Effect.sync(() => done++)
    return done
  })
