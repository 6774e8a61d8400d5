// Lists and histories that are longer than one query may read.
import { assert, describe, it } from "@effect/vitest"
import { Journal, Views, type Commit } from "@executor-v2/persistence-ports"
import * as Samples from "@executor-v2/persistence-ports/contract/Samples"
import { WorkspaceId, type Event } from "@executor-v2/schema"
import { Effect, Fiber, Stream } from "effect"
import { deploy, portsOver } from "./Deployment.ts"

const { owner, runId, workspace } = Samples

/** 18 calls of almost 1 MB each: more than the 16 MiB that a query may read. */
const calls: ReadonlyArray<Event> = Array.from({ length: 18 }, (_, at) => ({
  _tag: "ToolCallIntended",
  call: { ...Samples.call("long", String(at).padStart(3, "0")), argumentsPreview: "a".repeat(950_000) }
}))

const commits: ReadonlyArray<Commit> = Array.from({ length: 3 }, (_, at) => {
  const [first, ...rest] = calls.slice(at * 6, at * 6 + 6)
  return { workspace, actor: owner, events: [first!, ...rest] }
})

/** The deployment in memory takes its time with megabytes (milliseconds). */
const timeout = 60_000

describe("a list that is longer than one query may read", () => {
  it.effect(
    "comes whole, in order, both ways, and ends where it was told to",
    () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const views = yield* Views
        for (const commit of commits) yield* journal.commit(commit)
        const ids = (rows: ReadonlyArray<{ readonly entity: { readonly id: string } }>) =>
          rows.map(({ entity }) => entity.id)
        const newest = ids(yield* views.list(workspace, "toolCall", { newestFirst: true }))
        assert.lengthOf(newest, 18)
        const all = [...newest].sort()
        assert.deepStrictEqual(newest, [...all].reverse())
        const some = yield* views.list(workspace, "toolCall", { run: runId("long"), after: all[1]!, limit: 10 })
        assert.deepStrictEqual(ids(some), all.slice(2, 12))
        assert.isEmpty(yield* views.list(workspace, "toolCall", { limit: 0 }))
      }).pipe(Effect.provide(portsOver(deploy().deployment))),
    timeout
  )

  it.effect("of inputs of one run is narrowed by their state", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const views = yield* Views
      const asked = (run: string, id: string): Event => ({
        _tag: "InputRequested",
        input: {
          id: `input_${id}` as never,
          run: runId(run),
          kind: "confirm",
          title: "May it?",
          previewJson: "{}",
          state: "pending",
          createdAt: 1 as never,
          expiresAt: 2 as never
        }
      })
      yield* journal.commit({
        workspace,
        actor: owner,
        events: [
          asked("a", "1"),
          asked("a", "2"),
          asked("b", "3"),
          { _tag: "InputClosed", id: "input_1" as never, state: "withdrawn" }
        ]
      })
      const pending = yield* views.list(workspace, "input", { run: runId("a"), state: "pending" })
      assert.deepStrictEqual(
        pending.map(({ entity }) => entity.id as string),
        ["input_2"]
      )
      assert.lengthOf(yield* views.list(workspace, "input", { state: "pending" }), 2)
    }).pipe(Effect.provide(portsOver(deploy().deployment)))
  )
})

describe("a history", () => {
  it.effect(
    "that is longer than one query may read reaches its subscriber whole and in order",
    () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        const seen = yield* journal
          .changes(workspace)
          .pipe(Stream.take(18), Stream.runCollect, Effect.forkChild({ startImmediately: true }))
        yield* Effect.forEach(commits, journal.commit)
        const events = yield* Fiber.join(seen)
        assert.deepStrictEqual(
          events.map(({ seq }) => Number(seq)),
          Array.from({ length: 18 }, (_, at) => at + 1)
        )
      }).pipe(Effect.provide(portsOver(deploy().deployment))),
    timeout
  )

  it.effect("begins for a subscriber before what is committed after he subscribed, however soon", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.commit({ workspace, actor: owner, events: [Samples.sourceDrafted("before")] })
      const seen = yield* journal
        .changes(workspace)
        .pipe(Stream.take(1), Stream.runCollect, Effect.forkChild({ startImmediately: true }))
      yield* journal.commit({ workspace, actor: owner, events: [Samples.sourceDrafted("after")] })
      const [event] = yield* Fiber.join(seen)
      assert.strictEqual(event?.seq, 2 as never)
    }).pipe(Effect.provide(portsOver(deploy().deployment)))
  )
})

describe("the workspaces", () => {
  it.effect("are those that an event has created, whatever else was written where", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const views = yield* Views
      for (const name of ["b", "a", "c"]) {
        const id = WorkspaceId.make(name)
        yield* journal.commit({ workspace: id, actor: owner, events: [Samples.sourceDrafted("early")] })
        if (name === "c") continue
        yield* journal.commit({ workspace: id, actor: owner, events: [Samples.workspaceCreated(id)] })
      }
      assert.deepStrictEqual(
        yield* views.workspaces,
        ["a", "b"].map((name) => WorkspaceId.make(name))
      )
    }).pipe(Effect.provide(portsOver(deploy().deployment)))
  )
})
