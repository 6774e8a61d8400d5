// Runs driven by the host's scheduler: the commit that opens a run schedules its driver, which claims it and runs it to
// its end; whoever opened it looks until it has ended. Nothing is kept in memory between the two.
import { Runs } from "@executor-v2/domain"
import type { NotFound, Revision, RunId, WorkspaceId } from "@executor-v2/schema"
import { Catalog } from "@executor-v2/source-manager"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Drive } from "./Drive.ts"
import { Drivers, notActive, type Waiting } from "./Drivers.ts"
import { endedBy } from "./Outcome.ts"

/** Pauses between two looks at a run: short at first, since most end within milliseconds, then a fourth of the waiting. */
const firstPauseMs = 2
const longestPauseMs = 250
const growth = 1.25
/** Runs counted at most. */
const counted = 100

const make = Effect.gen(function* () {
  const runs = yield* Runs

  const wait = Effect.fnUntraced(function* (workspace: WorkspaceId, id: RunId, { patienceMs }: Waiting) {
    const until = (yield* Clock.currentTimeMillis) + patienceMs
    for (let pause = firstPauseMs; ; pause = Math.min(pause * growth, longestPauseMs)) {
      const run = yield* Effect.option(runs.get(workspace, id))
      if (Option.isNone(run) || runs.hasEnded(run.value)) return run
      const left = until - (yield* Clock.currentTimeMillis)
      if (left <= 0) return run
      yield* Effect.sleep(Duration.millis(Math.min(pause, left)))
    }
  })

  return Drivers.of({
    open: ({ catalog, ...request }) =>
      Effect.map(runs.enqueue({ ...request, catalog: catalog.version }), (run) => ({
        run,
        wait: (waiting) => wait(request.workspace, run.id, waiting)
      })),
    wait,
    cancel: Effect.fnUntraced(function* (workspace, actor, id) {
      if (!(yield* runs.cancel(workspace, actor, id))) return yield* notActive(id)
    }),
    callsOf: () => undefined,
    count: Effect.fnUntraced(function* (workspace) {
      const queued = yield* runs.list(workspace, { status: "queued", limit: counted })
      const running = yield* runs.list(workspace, { status: "running", limit: counted })
      return queued.length + running.length
    }),
    idle: Effect.void
  })
})

export const layer = Layer.effect(Drivers, make)

/** A run that its driver has claimed. */
export interface ClaimedRun {
  readonly workspace: WorkspaceId
  readonly run: RunId
  /** The run's revision as the claim left it; a write at another one is refused. */
  readonly revision: Revision
  /** Returns when the claim does not hold any more: the run has been cancelled, or given to another driver. */
  readonly lost: Effect.Effect<void>
}

const catalogChanged = {
  code: "catalog_changed",
  message:
    "the registered sources changed between the opening of this run and its start; nothing was run: execute it again",
  retryable: true
}

/** Drives a claimed run to its end, or until the claim is lost. */
export const driveClaimed = Effect.fn("ScheduledDrivers.driveClaimed")(function* ({
  workspace,
  run,
  revision,
  lost
}: ClaimedRun): Effect.fn.Return<void, NotFound, Runs | Catalog | Drive> {
  const [ledger, catalog] = yield* Effect.all(
    [Runs.use((runs) => runs.claimed(workspace, run, revision)), Catalog.use(({ snapshot }) => snapshot(workspace))],
    { concurrency: 2 }
  )
  const drive = yield* Drive
  const driven =
    catalog.version === ledger.run.replay.catalog
      ? drive({ workspace, ledger, catalog, onCall: () => {}, interruptedAs: () => Option.none() })
      : ledger.end(endedBy("failed", catalogChanged))
  // Without a journal to write to nobody can be told; the sweep ends what is left.
  yield* Effect.raceFirst(Effect.ignore(driven), lost)
})
