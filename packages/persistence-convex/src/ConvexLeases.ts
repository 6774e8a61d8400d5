// Who drives which run: what the action that drives and the sweeper that gives up ask for.
import type { JournalError } from "@executor-v2/persistence-ports"
import type { Revision, RunId, Timestamp, WorkspaceId } from "@executor-v2/schema"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Calls from "./Calls.ts"
import { ConvexCaller } from "./ConvexCaller.ts"
import { journalErrorOf } from "./ConvexJournal.ts"

/** A driver of a run: writes of an older attempt are refused. */
export interface Driver {
  readonly workspace: WorkspaceId
  readonly run: RunId
  readonly attempt: number
}

/** What a driver gets that may go on: its attempt, and the run's revision to expect in every commit. */
export interface Claim {
  readonly attempt: number
  readonly revision: Revision
}

const now = Effect.map(Clock.currentTimeMillis, (millis) => millis as Timestamp)

const make = Effect.gen(function* () {
  const { ask } = yield* ConvexCaller
  return {
    /** `None`: somebody else drives the run, or there is nothing to drive. `ttlMs`: how long without `extend`. */
    claim: Effect.fnUntraced(function* (
      run: Pick<Driver, "workspace" | "run">,
      ttlMs: number
    ): Effect.fn.Return<Option.Option<Claim>, JournalError> {
      const claimed = ask(Calls.leaseClaim, { workspace: run.workspace, run: run.run, now: yield* now, ttlMs })
      return Option.fromNullOr(yield* Effect.mapError(claimed, journalErrorOf))
    }),
    /** `false`: the run has ended or somebody else drives it. Stop. */
    extend: Effect.fnUntraced(function* (
      { attempt, run, workspace }: Driver,
      ttlMs: number
    ): Effect.fn.Return<boolean, JournalError> {
      const extended = ask(Calls.leaseExtend, { workspace, run, attempt, now: yield* now, ttlMs })
      return yield* Effect.mapError(extended, journalErrorOf)
    }),
    /** Gives the run up without an end: it may be claimed again at once, and counts as expired. */
    release: Effect.fnUntraced(function* ({
      attempt,
      run,
      workspace
    }: Driver): Effect.fn.Return<boolean, JournalError> {
      const released = ask(Calls.leaseRelease, { workspace, run, attempt, now: yield* now })
      return yield* Effect.mapError(released, journalErrorOf)
    }),
    /** Runs of all workspaces that nobody drives any more, those that are overdue longest first. */
    expired: Effect.fnUntraced(function* (limit: number): Effect.fn.Return<ReadonlyArray<Calls.Lease>, JournalError> {
      return yield* Effect.mapError(ask(Calls.leasesExpired, { now: yield* now, limit }), journalErrorOf)
    })
  }
})

/** Leases on runs. Times are the caller's clock, as leases are minutes long and hosts agree on seconds. */
export class ConvexLeases extends Context.Service<ConvexLeases, Effect.Success<typeof make>>()(
  "@executor-v2/persistence-convex/ConvexLeases"
) {
  static readonly layer: Layer.Layer<ConvexLeases, never, ConvexCaller> = Layer.effect(ConvexLeases, make)
}
