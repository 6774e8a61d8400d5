// Identifiers on machines whose clock is wrong: what is written into the journal must be read from it again.
import { assert, it } from "@effect/vitest"
import { RunId } from "@executor-v2/schema"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { newRunId } from "../src/Identifiers.ts"

it.effect("are identifiers of one length, in the order of their times, however far off the clock is", () =>
  Effect.gen(function* () {
    const made: Array<RunId> = []
    for (const now of [
      -62_000_000_000_000, 0, 1_500.5, 1_795_416_065_303, 101_559_956_668_415, 8_640_000_000_000_000
    ]) {
      yield* TestClock.setTime(now)
      made.push(yield* newRunId)
    }
    for (const id of made) {
      assert.isTrue(Schema.is(RunId)(id), id)
      assert.lengthOf(id, "run_".length + 25)
    }
    const times = made.map((id) => id.slice(0, "run_".length + 9))
    assert.deepStrictEqual(times, times.toSorted())
  })
)
