// Runs and their book: what is durable when, and what a restart makes of a run that was going on.
import { assert, describe, it } from "@effect/vitest"
import { ArtifactStore, ArtifactStoreError, Journal, MemoryPersistence, Views } from "@executor-v2/persistence-ports"
import { CatalogVersion, ToolError, ToolPath, type Actor, type CallKey } from "@executor-v2/schema"
import { Deferred, Effect, Fiber, Layer, Option, Result, Stream } from "effect"
import { defaultWorkspace, Runs, type RunEnd } from "../src/index.ts"

const agent: Actor = { kind: "agent", client: "test" }
const house = Layer.provideMerge(Runs.layer, MemoryPersistence.layer)
const key = (path: string, occurrence = 0): CallKey => ({
  path: ToolPath.make(path),
  argumentsHash: "0".repeat(64),
  occurrence
})
const completed: RunEnd = {
  status: "completed",
  result: { _tag: "Inline", json: "1" },
  logs: [],
  logsTruncated: false,
  callCount: 0
}

const open = Effect.gen(function* () {
  const runs = yield* Runs
  const ledger = yield* runs.open({
    workspace: defaultWorkspace,
    actor: agent,
    code: "return 1",
    catalog: CatalogVersion.make("v1")
  })
  return { runs, ledger, views: yield* Views, journal: yield* Journal }
})

describe("the book of a run", () => {
  it.effect("holds an intent before a call with effects may be sent", () =>
    Effect.gen(function* () {
      const { ledger, runs } = yield* open
      yield* ledger.begin(key("api.create"), "{}", true)
      const [call] = yield* runs.calls(defaultWorkspace, ledger.run.id)
      assert.strictEqual(call?.key.path, "api.create")
      assert.isUndefined(call?.outcome)
    }).pipe(Effect.provide(house))
  )

  it.effect("writes calls without effects together, with the next thing that must be durable", () =>
    Effect.gen(function* () {
      const { ledger, runs } = yield* open
      for (let n = 0; n < 3; n++) {
        yield* ledger.settle(yield* ledger.begin(key("api.get", n), "{}", false), Result.succeed(String(n)))
      }
      assert.strictEqual((yield* runs.calls(defaultWorkspace, ledger.run.id)).length, 0)
      yield* ledger.begin(key("api.create"), "{}", true)
      const calls = yield* runs.calls(defaultWorkspace, ledger.run.id)
      assert.deepStrictEqual(
        calls.map((call) => call.completion),
        [1, 2, 3, undefined]
      )
    }).pipe(Effect.provide(house))
  )

  it.effect("keeps the order in which calls completed, not the one in which they began", () =>
    Effect.gen(function* () {
      const { ledger, runs } = yield* open
      const first = yield* ledger.begin(key("api.slow"), "{}", true)
      const second = yield* ledger.begin(key("api.fast"), "{}", true)
      yield* ledger.settle(second, Result.succeed("2"))
      yield* ledger.settle(
        first,
        Result.fail(new ToolError({ code: "timeout", message: "no answer", retryable: true }))
      )
      assert.isTrue(yield* ledger.end(completed))
      const calls = yield* runs.calls(defaultWorkspace, ledger.run.id)
      assert.deepStrictEqual(
        calls.map((call) => [`${call.key.path}`, call.completion, call.outcome?._tag]),
        [
          ["api.slow", 2, "Failed"],
          ["api.fast", 1, "Returned"]
        ]
      )
    }).pipe(Effect.provide(house))
  )

  it.effect("puts the long outcomes of one commit into one artifact, each readable by itself", () =>
    Effect.gen(function* () {
      const { ledger, runs } = yield* open
      const texts = ["a", "b", "ü"].map((letter) => JSON.stringify(letter.repeat(10_000)))
      for (const [n, text] of texts.entries())
        yield* ledger.settle(yield* ledger.begin(key("api.get", n), "{}", false), Result.succeed(text))
      yield* ledger.end(completed)
      const calls = yield* runs.calls(defaultWorkspace, ledger.run.id)
      const stored = calls.map((call) => (call.outcome?._tag === "Returned" ? call.outcome.value : undefined))
      assert.strictEqual(new Set(stored.map((value) => (value?._tag === "Artifact" ? value.hash : "none"))).size, 1)
      for (const [n, value] of stored.entries()) assert.strictEqual(yield* runs.readJson(value!), texts[n])
    }).pipe(Effect.provide(house))
  )

  it.effect("is closed once: a second end changes nothing and says so", () =>
    Effect.gen(function* () {
      const { ledger, runs } = yield* open
      assert.isTrue(yield* ledger.end(completed))
      assert.isFalse(yield* ledger.end({ ...completed, status: "cancelled" }))
      assert.strictEqual((yield* runs.get(defaultWorkspace, ledger.run.id)).status, "completed")
    }).pipe(Effect.provide(house))
  )

  it.effect("surfaces a call with effects that the run's end left without an answer", () =>
    Effect.gen(function* () {
      const { ledger, runs } = yield* open
      yield* ledger.begin(key("api.create"), "{}", true)
      yield* ledger.end({ ...completed, status: "timed_out" })
      const [call] = yield* runs.calls(defaultWorkspace, ledger.run.id)
      assert.strictEqual(call?.outcome?._tag, "Unknown")
    }).pipe(Effect.provide(house))
  )

  it.effect("loses no outcome to a writer that is interrupted, or that could not store it", () =>
    Effect.gen(function* () {
      const stored = yield* Deferred.make<void>()
      let attempts = 0
      const failing = Layer.effect(
        ArtifactStore,
        Effect.map(ArtifactStore, (inner) =>
          ArtifactStore.of({
            ...inner,
            put: (content) => {
              attempts++
              if (attempts === 1) return Effect.fail(new ArtifactStoreError({ reason: "unavailable", detail: "full" }))
              return attempts === 2 ? Effect.andThen(Deferred.await(stored), inner.put(content)) : inner.put(content)
            }
          })
        )
      ).pipe(Layer.provideMerge(MemoryPersistence.layer))
      yield* Effect.gen(function* () {
        const { ledger, runs } = yield* open
        const long = JSON.stringify("x".repeat(10_000))
        yield* ledger.settle(yield* ledger.begin(key("api.get"), "{}", false), Result.succeed(long))
        yield* Effect.flip(ledger.begin(key("api.create"), "{}", true))
        const writing = yield* Effect.forkChild(ledger.begin(key("api.create", 1), "{}", true), {
          startImmediately: true
        })
        const stopping = yield* Effect.forkChild(Fiber.interrupt(writing), { startImmediately: true })
        yield* Deferred.succeed(stored, undefined)
        yield* Fiber.join(stopping)
        yield* ledger.end({ ...completed, status: "cancelled" })
        const calls = yield* runs.calls(defaultWorkspace, ledger.run.id)
        assert.deepStrictEqual(
          calls.map((call) => [`${call.key.path}`, call.outcome?._tag]),
          [
            ["api.get", "Returned"],
            ["api.create", "Unknown"]
          ]
        )
      }).pipe(Effect.provide(Layer.provideMerge(Runs.layer, failing)))
    })
  )

  it.effect("asks the journal for no step of any length, however much a run has held back", () =>
    Effect.gen(function* () {
      const longest = { chars: 0 }
      const measuring = Layer.effect(
        Journal,
        Effect.map(Journal, (inner) =>
          Journal.of({
            ...inner,
            commit: (step) => {
              longest.chars = Math.max(longest.chars, JSON.stringify(step.events).length)
              return inner.commit(step)
            }
          })
        )
      ).pipe(Layer.provideMerge(MemoryPersistence.layer))
      yield* Effect.gen(function* () {
        const { ledger, runs } = yield* open
        const preview = '"'.repeat(2_000)
        for (let n = 0; n < 500; n++) {
          const result =
            n % 2 === 0
              ? Result.succeed(JSON.stringify('"'.repeat(2_000)))
              : Result.fail(new ToolError({ code: "upstream_error", message: '"'.repeat(8_000), retryable: false }))
          yield* ledger.settle(yield* ledger.begin(key("api.get", n), preview, false), result)
        }
        yield* ledger.end(completed)
        assert.deepStrictEqual(
          (yield* runs.calls(defaultWorkspace, ledger.run.id)).map((call) => call.completion),
          Array.from({ length: 500 }, (_, n) => n + 1)
        )
      }).pipe(Effect.provide(Layer.provideMerge(Runs.layer, measuring)))
      assert.isBelow(longest.chars, 5_000_000)
    })
  )

  it.effect("writes everything of a run before its end is told", () =>
    Effect.gen(function* () {
      const { ledger, journal } = yield* open
      const told = yield* journal.changes(defaultWorkspace).pipe(
        Stream.map(({ event }) => event._tag),
        Stream.takeUntil((tag) => tag === "RunEnded"),
        Stream.runCollect,
        Effect.forkChild({ startImmediately: true })
      )
      const sent = yield* ledger.begin(key("api.create"), "{}", true)
      yield* ledger.settle(sent, Result.succeed("null"))
      yield* ledger.settle(yield* ledger.begin(key("api.get"), "{}", false), Result.succeed("1"))
      yield* ledger.end(completed)
      assert.deepStrictEqual((yield* Fiber.join(told)).slice(-4), [
        "ToolCallIntended",
        "ToolCallSettled",
        "ToolCallRecorded",
        "RunEnded"
      ])
    }).pipe(Effect.provide(house))
  )
})

describe("a restart", () => {
  it.effect("ends what was running, and calls open effects unknown", () =>
    Effect.gen(function* () {
      const { ledger, runs } = yield* open
      yield* ledger.settle(yield* ledger.begin(key("api.done"), "{}", true), Result.succeed("1"))
      yield* ledger.begin(key("api.sent"), "{}", true)
      yield* ledger.begin(key("api.sent", 1), "{}", true)
      assert.strictEqual(yield* runs.recover(defaultWorkspace, { kind: "system" }), 1)
      const run = yield* runs.get(defaultWorkspace, ledger.run.id)
      assert.strictEqual(run.status, "interrupted")
      assert.include(run.failure?.message ?? "", "2 call(s)")
      const calls = yield* runs.calls(defaultWorkspace, ledger.run.id)
      const tags = calls.map((call) => call.outcome?._tag)
      assert.strictEqual(tags.filter((tag) => tag === "Unknown").length, 2)
      assert.strictEqual(yield* runs.recover(defaultWorkspace, { kind: "system" }), 0)
    }).pipe(Effect.provide(house))
  )

  it.effect("does not call a run repeatable whose effects were done", () =>
    Effect.gen(function* () {
      const { ledger, runs } = yield* open
      yield* ledger.settle(yield* ledger.begin(key("api.done"), "{}", true), Result.succeed("1"))
      yield* ledger.begin(key("api.more"), "{}", true)
      yield* runs.recover(defaultWorkspace, { kind: "system" })
      assert.isFalse((yield* runs.get(defaultWorkspace, ledger.run.id)).failure?.retryable)
    }).pipe(Effect.provide(house))
  )

  it.effect("leaves ended runs alone", () =>
    Effect.gen(function* () {
      const { ledger, runs } = yield* open
      yield* ledger.end(completed)
      assert.strictEqual(yield* runs.recover(defaultWorkspace, { kind: "system" }), 0)
    }).pipe(Effect.provide(house))
  )
})

describe("stored values", () => {
  it.effect("stay inline while they are short, and are read back whole or in part", () =>
    Effect.gen(function* () {
      const runs = yield* Runs
      const short = yield* runs.storeJson("[1,2]", 10)
      const long = yield* runs.storeJson(JSON.stringify("x".repeat(100)), 10)
      assert.deepStrictEqual([short._tag, long._tag], ["Inline", "Artifact"])
      assert.strictEqual(yield* runs.readJson(short, 1, 1), "1")
      assert.strictEqual((yield* runs.readJson(long)).length, 102)
      assert.strictEqual(yield* runs.readJson(long, 100, 50), 'x"')
      assert.isTrue(
        Option.isSome(yield* (yield* ArtifactStore).size(long._tag === "Artifact" ? long.hash : ("" as never)))
      )
    }).pipe(Effect.provide(house))
  )
})
