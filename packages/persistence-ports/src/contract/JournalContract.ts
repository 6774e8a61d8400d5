// What every Journal with its Views must do. An adapter's test is one call of `suite`.
import { assert, layer as testLayer } from "@effect/vitest"
import type { EventEnvelope } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Journal, type Commit } from "../Journal.ts"
import { Views } from "../Views.ts"
import * as Samples from "./Samples.ts"

const { owner, workspace } = Samples
const step = (first: Commit["events"][0], ...rest: Array<Commit["events"][0]>): Commit => ({
  workspace,
  actor: owner,
  events: [first, ...rest]
})

/** `hostSchedules`: the host continues runs by itself, so that `wakes` has nothing to tell. */
export const suite = (
  adapter: string,
  ports: Layer.Layer<Journal | Views, unknown>,
  options: { readonly hostSchedules?: boolean } = {}
) =>
  testLayer(ports)(`${adapter}: Journal`, (it) => {
    it.effect("shows what was committed, with the revision of the last event that touched it", () =>
      Effect.gen(function* () {
        const { journal, views } = yield* both
        const drafted = yield* journal.commit(step(Samples.sourceDrafted("shown")))
        const probing = yield* journal.commit(step(Samples.sourceProbing("shown")))
        assert.isAbove(probing.seq, drafted.seq)
        const found = Option.getOrThrow(yield* views.get(workspace, "source", "shown"))
        assert.strictEqual(found.revision, probing.seq)
        assert.strictEqual(found.entity.state, "probing")
      })
    )

    it.effect("refuses a commit whose precondition fails, and writes nothing of it", () =>
      Effect.gen(function* () {
        const { journal, views } = yield* both
        const { seq } = yield* journal.commit(step(Samples.sourceDrafted("taken")))
        const again = yield* Effect.result(
          journal.commit({
            ...step(Samples.sourceDrafted("bystander"), Samples.sourceDrafted("taken")),
            expect: [{ entity: { kind: "source", id: "taken" }, revision: 0 }]
          })
        )
        assert.isTrue(Result.isFailure(again))
        if (Result.isFailure(again)) {
          assert.strictEqual(again.failure.reason._tag, "Conflict")
          if (again.failure.reason._tag === "Conflict") assert.strictEqual(again.failure.reason.actual, seq)
        }
        assert.isTrue(Option.isNone(yield* views.get(workspace, "source", "bystander")))
      })
    )

    it.effect("lets exactly one of many racing first writers win", () =>
      Effect.gen(function* () {
        const { journal } = yield* both
        const outcomes = yield* Effect.forEach(
          Array.from({ length: 20 }),
          () =>
            Effect.result(
              journal.commit({
                ...step(Samples.sourceDrafted("raced")),
                expect: [{ entity: { kind: "source", id: "raced" }, revision: 0 }]
              })
            ),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(outcomes.filter(Result.isSuccess).length, 1)
      })
    )

    it.effect("forgets a removed entity, whose name is then free again", () =>
      Effect.gen(function* () {
        const { journal, views } = yield* both
        const { seq } = yield* journal.commit(step(Samples.sourceDrafted("gone")))
        yield* journal.commit({
          ...step(Samples.sourceRemoved("gone")),
          expect: [{ entity: { kind: "source", id: "gone" }, revision: seq }]
        })
        assert.isTrue(Option.isNone(yield* views.get(workspace, "source", "gone")))
        yield* journal.commit({
          ...step(Samples.sourceDrafted("gone")),
          expect: [{ entity: { kind: "source", id: "gone" }, revision: 0 }]
        })
        assert.isTrue(Option.isSome(yield* views.get(workspace, "source", "gone")))
      })
    )

    it.effect("keeps workspaces apart", () =>
      Effect.gen(function* () {
        const { journal, views } = yield* both
        yield* journal.commit(step(Samples.sourceDrafted("mine")))
        assert.isTrue(Option.isNone(yield* views.get(Samples.otherWorkspace, "source", "mine")))
        yield* journal.commit({
          workspace: Samples.otherWorkspace,
          actor: owner,
          events: [Samples.workspaceCreated(Samples.otherWorkspace), Samples.sourceDrafted("mine")],
          expect: [{ entity: { kind: "source", id: "mine" }, revision: 0 }]
        })
        assert.include(yield* views.workspaces, Samples.otherWorkspace)
      })
    )

    it.effect("streams durable events in order, and only those of the workspace", () =>
      Effect.gen(function* () {
        const { journal } = yield* both
        const seen = yield* journal.changes(workspace).pipe(
          Stream.filter(({ event }) => event._tag === "SourceDrafted" || event._tag === "SourceProbing"),
          Stream.take(2),
          Stream.runCollect,
          Effect.forkChild({ startImmediately: true })
        )
        yield* journal.commit({
          workspace: Samples.otherWorkspace,
          actor: owner,
          events: [Samples.sourceDrafted("elsewhere")]
        })
        yield* journal.commit(step(Samples.sourceDrafted("streamed"), Samples.sourceProbing("streamed")))
        const events: ReadonlyArray<EventEnvelope> = yield* Fiber.join(seen)
        assert.deepStrictEqual(
          events.map(({ event }) => event._tag),
          ["SourceDrafted", "SourceProbing"]
        )
        assert.strictEqual(events[1]!.seq, events[0]!.seq + 1)
      })
    )

    if (options.hostSchedules !== true) {
      it.effect("tells which runs to wake once the commit is durable", () =>
        Effect.gen(function* () {
          const { journal, views } = yield* both
          const woken = yield* journal.wakes.pipe(
            Stream.take(1),
            Stream.mapEffect((wake) => views.get(wake.workspace, "run", wake.run)),
            Stream.runCollect,
            Effect.forkChild({ startImmediately: true })
          )
          yield* journal.commit({ ...step(Samples.runOpened("woken")), wake: [Samples.runId("woken")] })
          const [run] = yield* Fiber.join(woken)
          assert.isTrue(run !== undefined && Option.isSome(run))
        })
      )
    }

    it.effect("lists calls of one run only, in the order of their ids", () =>
      Effect.gen(function* () {
        const { journal, views } = yield* both
        const intended = (run: string, suffix: string) =>
          ({ _tag: "ToolCallIntended", call: Samples.call(run, suffix) }) as const
        yield* journal.commit(step(intended("aa", "2"), intended("bb", "1"), intended("aa", "1")))
        const calls = yield* views.list(workspace, "toolCall", { run: Samples.runId("aa") })
        assert.deepStrictEqual(
          calls.map(({ entity }) => entity.id),
          ["call_aa1", "call_aa2"]
        )
      })
    )

    it.effect("pages runs newest first, by status", () =>
      Effect.gen(function* () {
        const { journal, views } = yield* both
        yield* journal.commit(
          step(Samples.runOpened("zz1"), Samples.runOpened("zz2"), Samples.runOpened("zz3"), Samples.runEnded("zz2"))
        )
        const ids = (rows: ReadonlyArray<{ readonly entity: { readonly id: string } }>) =>
          rows.map((row) => row.entity.id)
        const first = yield* views.list(workspace, "run", { newestFirst: true, limit: 2 })
        assert.deepStrictEqual(ids(first), ["run_zz3", "run_zz2"])
        const next = yield* views.list(workspace, "run", { newestFirst: true, limit: 1, after: "run_zz2" })
        assert.deepStrictEqual(ids(next), ["run_zz1"])
        const running = yield* views.list(workspace, "run", { newestFirst: true, state: "running", limit: 2 })
        assert.deepStrictEqual(ids(running), ["run_zz3", "run_zz1"])
      })
    )
  })

const both = Effect.gen(function* () {
  return { journal: yield* Journal, views: yield* Views }
})
