// Who drives a run: one at a time, and an older driver writes nothing any more.
import { assert, describe, it } from "@effect/vitest"
import { Journal, Views, type Commit } from "@executor-v2/persistence-ports"
import * as Samples from "@executor-v2/persistence-ports/contract/Samples"
import type { Event } from "@executor-v2/schema"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { ConvexLeases } from "../src/index.ts"
import { deploy, portsOver, rowsOf } from "./Deployment.ts"

const { owner, runId, workspace } = Samples
const run = runId("driven")
const ttlMs = 60_000
const step = (first: Event, ...rest: Array<Event>): Commit => ({ workspace, actor: owner, events: [first, ...rest] })
const opened = Samples.runOpened("driven")
const queued =
  opened._tag === "RunOpened" ? { ...opened, run: { ...opened.run, status: "queued", attempt: 0 } as const } : opened

const ports = Effect.gen(function* () {
  return { journal: yield* Journal, leases: yield* ConvexLeases, views: yield* Views }
})

/** Runs a test over a deployment in which one run was opened and woken, at the present of the test's clock. */
const woken = <E>(
  test: (given: Effect.Success<typeof ports> & { readonly rows: Effect.Effect<number> }) => Effect.Effect<void, E>
) => {
  const { deployment } = deploy()
  return Effect.gen(function* () {
    yield* TestClock.setTime(Date.now())
    const given = yield* ports
    yield* given.journal.commit({ ...step(queued), wake: [run] })
    yield* test({ ...given, rows: Effect.map(rowsOf(deployment, "leases"), (rows) => rows.length) })
  }).pipe(Effect.provide(portsOver(deployment)))
}

describe("a lease on a run", () => {
  it.effect("goes to one of two drivers that claim it at once, and moves the run to the next attempt", () =>
    woken(
      Effect.fnUntraced(function* ({ leases, views }) {
        const claims = yield* Effect.all(
          Array.from({ length: 2 }, () => leases.claim({ workspace, run }, ttlMs)),
          { concurrency: "unbounded" }
        )
        const [claim, ...others] = claims.flatMap(Option.toArray)
        assert.isEmpty(others)
        const found = Option.getOrThrow(yield* views.get(workspace, "run", run))
        assert.deepStrictEqual(claim, { attempt: 1, revision: found.revision })
        assert.deepInclude(found.entity, { status: "running", attempt: 1 })
      })
    )
  )

  it.effect("that has run out goes to the next driver, and the stale one is fenced off", () =>
    woken(
      Effect.fnUntraced(function* ({ journal, leases }) {
        const first = Option.getOrThrow(yield* leases.claim({ workspace, run }, ttlMs))
        yield* TestClock.adjust(ttlMs)
        const second = Option.getOrThrow(yield* leases.claim({ workspace, run }, ttlMs))
        assert.strictEqual(second.attempt, first.attempt + 1)
        assert.isFalse(yield* leases.extend({ workspace, run, attempt: first.attempt }, ttlMs))
        assert.isFalse(yield* leases.release({ workspace, run, attempt: first.attempt }))
        const intent: Event = { _tag: "ToolCallIntended", call: Samples.call("driven", "1") }
        const entity = { kind: "run", id: run } as const
        const stale = yield* Effect.flip(
          journal.commit({ ...step(intent), expect: [{ entity, revision: first.revision }] })
        )
        assert.strictEqual(stale.reason._tag, "Conflict")
        yield* journal.commit({ ...step(intent), expect: [{ entity, revision: second.revision }] })
      })
    )
  )

  it.effect("is kept by extending it", () =>
    woken(
      Effect.fnUntraced(function* ({ leases }) {
        const { attempt } = Option.getOrThrow(yield* leases.claim({ workspace, run }, ttlMs))
        yield* TestClock.adjust(ttlMs - 1)
        assert.isTrue(yield* leases.extend({ workspace, run, attempt }, ttlMs))
        yield* TestClock.adjust(ttlMs - 1)
        assert.isTrue(Option.isNone(yield* leases.claim({ workspace, run }, ttlMs)))
        assert.isEmpty(yield* leases.expired(10))
      })
    )
  )

  it.effect("is listed when it has run out, also if nobody ever claimed it", () =>
    woken(
      Effect.fnUntraced(function* ({ journal, leases }) {
        yield* leases.claim({ workspace, run }, ttlMs)
        yield* journal.commit({ ...step(Samples.runOpened("left")), wake: [runId("left")] })
        assert.isEmpty(yield* leases.expired(10))
        yield* TestClock.adjust(ttlMs)
        assert.deepStrictEqual(
          (yield* leases.expired(10)).map((lease) => [lease.workspace, lease.run, lease.attempt]),
          [[workspace, run, 1]]
        )
        yield* TestClock.adjust("1 hour")
        assert.lengthOf(yield* leases.expired(10), 2)
        assert.lengthOf(yield* leases.expired(1), 1)
      })
    )
  )

  it.effect("ends with the run: nothing to extend, to claim or to list", () =>
    woken(
      Effect.fnUntraced(function* ({ journal, leases, rows }) {
        const { attempt, revision } = Option.getOrThrow(yield* leases.claim({ workspace, run }, ttlMs))
        const expect = [{ entity: { kind: "run", id: run } as const, revision }]
        yield* journal.commit({ ...step(Samples.runEnded("driven")), expect })
        assert.isFalse(yield* leases.extend({ workspace, run, attempt }, ttlMs))
        assert.isTrue(Option.isNone(yield* leases.claim({ workspace, run }, ttlMs)))
        yield* TestClock.adjust("1 hour")
        assert.isEmpty(yield* leases.expired(10))
        assert.strictEqual(yield* rows, 0)
      })
    )
  )

  it.effect("ends while the run waits for a human, and begins anew when the answer wakes it", () =>
    woken(
      Effect.fnUntraced(function* ({ journal, leases, rows }) {
        const { attempt } = Option.getOrThrow(yield* leases.claim({ workspace, run }, ttlMs))
        const moved = (status: "waiting_for_input" | "queued"): Event => ({
          _tag: "RunMoved",
          id: run,
          status,
          attempt
        })
        yield* journal.commit(step(moved("waiting_for_input")))
        assert.strictEqual(yield* rows, 0)
        assert.isTrue(Option.isNone(yield* leases.claim({ workspace, run }, ttlMs)))
        yield* journal.commit({ ...step(moved("queued")), wake: [run] })
        assert.deepInclude(Option.getOrThrow(yield* leases.claim({ workspace, run }, ttlMs)), { attempt: attempt + 1 })
      })
    )
  )

  it.effect("that its driver lets go of is free at once", () =>
    woken(
      Effect.fnUntraced(function* ({ leases }) {
        const { attempt } = Option.getOrThrow(yield* leases.claim({ workspace, run }, ttlMs))
        assert.isTrue(yield* leases.release({ workspace, run, attempt }))
        assert.isFalse(yield* leases.extend({ workspace, run, attempt }, ttlMs))
        assert.lengthOf(yield* leases.expired(10), 1)
        assert.isTrue(Option.isSome(yield* leases.claim({ workspace, run }, ttlMs)))
      })
    )
  )

  it.effect("is not taken from a living driver by a second wake", () =>
    woken(
      Effect.fnUntraced(function* ({ journal, leases }) {
        const { attempt } = Option.getOrThrow(yield* leases.claim({ workspace, run }, ttlMs))
        yield* journal.commit({ ...step(Samples.sourceDrafted("other")), wake: [run] })
        assert.isTrue(Option.isNone(yield* leases.claim({ workspace, run }, ttlMs)))
        assert.isTrue(yield* leases.extend({ workspace, run, attempt }, ttlMs))
      })
    )
  )
})
