// A commit is one mutation: what it schedules, keeps and refuses.
import { assert, describe, it } from "@effect/vitest"
import { Journal, Views, type Commit } from "@executor-v2/persistence-ports"
import * as Samples from "@executor-v2/persistence-ports/contract/Samples"
import type { Event } from "@executor-v2/schema"
import { Effect, Layer, Option } from "effect"
import { callingContext, contextLayer, deploy, portsOver, rowsOf } from "./Deployment.ts"
import * as Calls from "../src/Calls.ts"
import { ConvexCaller, ConvexPersistence } from "../src/index.ts"

const { owner, runId, workspace } = Samples
const step = (first: Event, ...rest: Array<Event>): Commit => ({ workspace, actor: owner, events: [first, ...rest] })

const queuedRun = (suffix: string): Event => {
  const event = Samples.runOpened(suffix)
  return event._tag === "RunOpened" ? { ...event, run: { ...event.run, status: "queued", attempt: 0 } } : event
}

/** A tool call whose arguments are this long. */
const longCall = (run: string, suffix: string, chars: number): Event => ({
  _tag: "ToolCallIntended",
  call: { ...Samples.call(run, suffix), argumentsPreview: "a".repeat(chars) }
})

describe("a commit that wakes runs", () => {
  it.effect("schedules the drive of each, and keeps a lease until it is claimed", () =>
    Effect.gen(function* () {
      const { deployment, driven } = deploy()
      yield* Effect.provide(
        Effect.gen(function* () {
          const journal = yield* Journal
          yield* journal.commit({ ...step(queuedRun("a")), wake: [runId("a"), runId("a")] })
        }),
        portsOver(deployment)
      )
      yield* Effect.promise(() => deployment.finishAllScheduledFunctions(() => {}))
      assert.deepStrictEqual(driven, [{ workspace, run: "run_a" }])
      const [lease, ...others] = yield* rowsOf(deployment, "leases")
      assert.deepInclude(lease, { workspaceId: workspace, runId: "run_a", attempt: 0, held: false })
      assert.isEmpty(others)
    })
  )

  it.effect("schedules and keeps nothing when it is refused", () =>
    Effect.gen(function* () {
      const { deployment, driven } = deploy()
      const error = yield* Effect.flip(
        Effect.provide(
          Effect.gen(function* () {
            const journal = yield* Journal
            yield* journal.commit({
              ...step(queuedRun("a")),
              expect: [{ entity: { kind: "source", id: "absent" }, revision: 7 }],
              wake: [runId("a")]
            })
          }),
          portsOver(deployment)
        )
      )
      assert.strictEqual(error.reason._tag, "Conflict")
      yield* Effect.promise(() => deployment.finishAllScheduledFunctions(() => {}))
      assert.isEmpty(driven)
      for (const table of ["leases", "entities", "events", "workspaces", "_scheduled_functions"] as const) {
        assert.isEmpty(yield* rowsOf(deployment, table))
      }
    })
  )

  it.effect(
    "schedules and keeps nothing when it fails after it has scheduled much",
    () =>
      Effect.gen(function* () {
        const { deployment, driven } = deploy()
        // One more than a mutation may schedule. The journal would not send that: the function is asked itself.
        const suffixes = Array.from({ length: 1_001 }, (_, at) => `r${at}`)
        const error = yield* Effect.gen(function* () {
          const { ask } = yield* ConvexCaller
          const eventsJson = JSON.stringify(suffixes.map(queuedRun))
          return yield* ask(Calls.commit, {
            workspace,
            actor: owner,
            eventsJson,
            expect: [],
            wake: suffixes.map(runId)
          })
        }).pipe(
          Effect.flip,
          Effect.provide(Layer.provide(ConvexCaller.layer, contextLayer(callingContext(deployment))))
        )
        assert.strictEqual(error._tag, "CallFailed")
        yield* Effect.promise(() => deployment.finishAllScheduledFunctions(() => {}))
        assert.isEmpty(driven)
        for (const table of ["leases", "entities", "events", "workspaces", "_scheduled_functions"] as const) {
          assert.isEmpty(yield* rowsOf(deployment, table))
        }
      }),
    60_000
  )

  it.effect("leaves runs alone that are over or were never opened", () =>
    Effect.gen(function* () {
      const { deployment, driven } = deploy()
      yield* Effect.provide(
        Effect.gen(function* () {
          const journal = yield* Journal
          const wake = [runId("over"), runId("unknown")]
          yield* journal.commit({ ...step(Samples.runOpened("over"), Samples.runEnded("over")), wake })
        }),
        portsOver(deployment)
      )
      yield* Effect.promise(() => deployment.finishAllScheduledFunctions(() => {}))
      assert.isEmpty(driven)
      assert.isEmpty(yield* rowsOf(deployment, "leases"))
    })
  )
})

describe("commits at the same time", () => {
  it.effect("are all written, one after the other, without a gap", () =>
    Effect.gen(function* () {
      const { deployment } = deploy()
      const names = Array.from({ length: 20 }, (_, at) => `source${at}`)
      const seqs = yield* Effect.provide(
        Effect.gen(function* () {
          const journal = yield* Journal
          const views = yield* Views
          const committed = yield* Effect.forEach(names, (name) => journal.commit(step(Samples.sourceDrafted(name))), {
            concurrency: "unbounded"
          })
          assert.lengthOf(yield* views.list(workspace, "source"), 20)
          return committed.map(({ seq }) => Number(seq))
        }),
        portsOver(deployment)
      )
      const expected = names.map((_, at) => at + 1)
      assert.deepStrictEqual(
        seqs.sort((a, b) => a - b),
        expected
      )
      const events = yield* rowsOf(deployment, "events")
      assert.deepStrictEqual(
        events.map((row) => row["seq"]),
        expected
      )
    })
  )

  it.effect("of different workspaces count apart", () =>
    Effect.gen(function* () {
      const ports = portsOver(deploy().deployment)
      const mine = yield* Effect.provide(
        Effect.gen(function* () {
          const journal = yield* Journal
          yield* journal.commit({ ...step(Samples.sourceDrafted("theirs")), workspace: Samples.otherWorkspace })
          return yield* journal.commit(step(Samples.sourceDrafted("mine")))
        }),
        ports
      )
      assert.strictEqual(mine.seq, 1 as never)
    })
  )
})

describe("a commit that the deployment gave up on", () => {
  const overtaken =
    "OptimisticConcurrencyControlFailure: Documents read from the table changed while this mutation was being run"

  /** An action whose mutations fail this often, before or after they are written. */
  const failing = (times: number, message: string, written: boolean) => {
    const { deployment } = deploy()
    const ctx = callingContext(deployment)
    let left = times
    const runMutation = async (reference: never, args: never) => {
      if (left-- <= 0) return ctx.runMutation(reference, args)
      if (written) await ctx.runMutation(reference, args)
      throw new Error(message)
    }
    const context = contextLayer({ ...ctx, runMutation } as never)
    return { deployment, layer: Layer.provide(ConvexPersistence.layer(workspace), context) }
  }

  it.live("because others overtook it is tried again, and written once", () =>
    Effect.gen(function* () {
      const { deployment, layer } = failing(3, overtaken, false)
      yield* Effect.provide(
        Journal.use((journal) => journal.commit(step(Samples.sourceDrafted("busy")))),
        layer
      )
      assert.lengthOf(yield* rowsOf(deployment, "events"), 1)
    })
  )

  it.live("for an unknown reason is not repeated, because it may have been written", () =>
    Effect.gen(function* () {
      const { deployment, layer } = failing(1, "the connection was lost", true)
      const error = yield* Effect.flip(
        Effect.provide(
          Journal.use((journal) => journal.commit(step(Samples.sourceDrafted("lost")))),
          layer
        )
      )
      assert.strictEqual(error.reason._tag, "JournalUnavailable")
      assert.include(error.message, "read again")
      assert.lengthOf(yield* rowsOf(deployment, "events"), 1)
    })
  )
})

describe("a commit that is too large", () => {
  const refused = (commit: Commit) =>
    Effect.gen(function* () {
      const { deployment } = deploy()
      const error = yield* Effect.flip(
        Effect.provide(
          Journal.use((journal) => journal.commit(commit)),
          portsOver(deployment)
        )
      )
      assert.strictEqual(error.reason._tag, "JournalUnavailable")
      for (const table of ["entities", "events", "workspaces"] as const) {
        assert.isEmpty(yield* rowsOf(deployment, table))
      }
      return error.message
    })

  it.effect("for a document is refused whole, with what it is and how large", () =>
    Effect.gen(function* () {
      const message = yield* refused(step(Samples.sourceDrafted("bystander"), longCall("a", "1", 1024 * 1024)))
      assert.match(
        message,
        /^nothing was written: the event ToolCallIntended has 10\d{5} bytes, and 1048576 are the most/
      )
      assert.include(message, "artifact")
    })
  )

  it.effect("for a transaction is refused before it is sent", () =>
    Effect.gen(function* () {
      const calls = Array.from({ length: 8 }, (_, at) => longCall("a", String(at), 1_000_000))
      assert.match(yield* refused(step(calls[0]!, ...calls.slice(1))), /the step has \d+ bytes.*several steps/)
    })
  )

  it.effect("in events or in things to look up is refused before it is sent", () =>
    Effect.gen(function* () {
      const calls = Array.from({ length: 2_000 }, (_, at) => longCall("a", String(at), 1))
      assert.match(yield* refused(step(Samples.sourceDrafted("one"), ...calls)), /2001 events/)
      const removals = Array.from({ length: 1_500 }, (_, at) => Samples.sourceRemoved(`source${at}`))
      assert.match(yield* refused(step(removals[0]!, ...removals.slice(1))), /looks up 3000 things/)
    })
  )

  it.effect("is not one of a thousand calls", () =>
    Effect.gen(function* () {
      const { deployment } = deploy()
      const calls = Array.from({ length: 1_000 }, (_, at) => longCall("a", String(at).padStart(4, "0"), 100))
      const listed = yield* Effect.provide(
        Effect.gen(function* () {
          const journal = yield* Journal
          const views = yield* Views
          yield* journal.commit(step(calls[0]!, ...calls.slice(1)))
          return yield* views.list(workspace, "toolCall", { run: runId("a") })
        }),
        portsOver(deployment)
      )
      assert.lengthOf(listed, 1_000)
    })
  )
})

describe("an entity that events remove", () => {
  it.effect("leaves no row behind, while its events stay", () =>
    Effect.gen(function* () {
      const { deployment } = deploy()
      const found = yield* Effect.provide(
        Effect.gen(function* () {
          const journal = yield* Journal
          const views = yield* Views
          yield* journal.commit(step(Samples.sourceDrafted("gone")))
          yield* journal.commit(step(Samples.sourceRemoved("gone")))
          yield* journal.commit(step(Samples.sourceProbing("gone")))
          return yield* views.get(workspace, "source", "gone")
        }),
        portsOver(deployment)
      )
      assert.isTrue(Option.isNone(found))
      assert.isEmpty(yield* rowsOf(deployment, "entities"))
      assert.lengthOf(yield* rowsOf(deployment, "events"), 3)
    })
  )
})
