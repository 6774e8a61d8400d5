// How fibers of actions go on: without a timer for each, and without starving what waits for one.
import { Effect, Fiber } from "effect"
import { afterEach, assert, beforeEach, it } from "vitest"
import { makeActionScheduler } from "../src/ActionScheduler.ts"

const real = globalThis.setTimeout
let timers = 0
beforeEach(() => {
  timers = 0
  globalThis.setTimeout = ((...args: Parameters<typeof real>) => {
    timers += 1
    return real(...args)
  }) as typeof real
})
afterEach(() => {
  globalThis.setTimeout = real
})

const run = <A>(effect: Effect.Effect<A>) => Effect.runPromise(effect, { scheduler: makeActionScheduler() })

it("forked fibers are not started by a timer each", async () => {
  const one = Effect.flatMap(Effect.forkChild(Effect.succeed(1)), Fiber.join)
  const sum = await run(
    Effect.gen(function* () {
      let total = 0
      for (let index = 0; index < 1_000; index++) total += yield* one
      return total
    })
  )
  assert.strictEqual(sum, 1_000)
  assert.isBelow(timers, 500)
})

it("a fiber that yields again and again gives way to a timer of others", async () => {
  let fired = false
  real(() => {
    fired = true
  }, 0)
  await run(
    Effect.gen(function* () {
      for (let yields = 0; !fired && yields < 5_000_000; yields++) yield* Effect.yieldNow
    })
  )
  assert.isTrue(fired)
})
