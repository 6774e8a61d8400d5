// The one mutation that changes entities. What it schedules and the leases it keeps commit or roll back with it.
import { internalMutation, Scheduler } from "@executor-v2/confect"
import { Event, terminalStatuses, type EntityOf, type RunId, type Timestamp } from "@executor-v2/schema"
import type { FunctionReference } from "convex/server"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Calls from "../Calls.ts"
import { findLease, writeTables } from "./Database.ts"
import { openWorkspace, type OpenWorkspace } from "./Step.ts"

/** The action that drives a run on. */
export type DriveReference = FunctionReference<
  "action",
  "internal",
  { readonly workspace: string; readonly run: string }
>

export interface CommitOptions {
  readonly drive: DriveReference
  /**
   * How long a woken run may wait for its driver before it counts as abandoned (milliseconds). Longer than a busy
   * deployment lets an action queue: a scheduled action is started at most once.
   */
  readonly startWithinMs?: number
}

const fiveMinutes = 5 * 60_000

const decodeEvents = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Array(Event)))

/** Whether somebody has to drive the run on: one that waits for a human goes on when its answer wakes it. */
const isDriven = ({ status }: EntityOf<"run">): boolean =>
  status !== "waiting_for_input" && !terminalStatuses.has(status)

/** A run that ended or waits has no lease; one that went back into the queue is held by nobody. */
const settleLease = Effect.fnUntraced(function* (open: OpenWorkspace, id: RunId) {
  const db = yield* writeTables
  const lease = yield* findLease(open.workspace, id)
  if (Option.isNone(lease)) return
  const run = yield* open.run(id)
  const { _creationTime, _id, ...row } = lease.value
  if (!Option.exists(run, isDriven)) yield* db.remove("leases", _id)
  else if (Option.exists(run, ({ status }) => status === "queued")) {
    yield* Effect.orDie(db.replace("leases", _id, { ...row, held: false }))
  }
})

const wakeRun = Effect.fnUntraced(function* (open: OpenWorkspace, id: RunId, until: number, drive: DriveReference) {
  const run = yield* open.run(id)
  if (Option.isNone(run) || terminalStatuses.has(run.value.status)) return
  const db = yield* writeTables
  const { runAfter } = yield* Scheduler
  const lease = yield* findLease(open.workspace, id)
  const row = { workspaceId: open.workspace, runId: id, attempt: run.value.attempt, held: false, until }
  if (Option.isNone(lease)) yield* Effect.orDie(db.insert("leases", row))
  else if (!lease.value.held) yield* Effect.orDie(db.replace("leases", lease.value._id, row))
  yield* runAfter(0, drive, { workspace: open.workspace, run: id })
})

/** The `commit` of an app, which says what drives its runs. */
export const commitOf = ({ drive, startWithinMs = fiveMinutes }: CommitOptions) =>
  internalMutation({
    ...Calls.commit,
    handler: Effect.fnUntraced(function* ({ actor, eventsJson, expect, wake, workspace }) {
      const events = yield* Effect.orDie(decodeEvents(eventsJson))
      const at = (yield* Clock.currentTimeMillis) as Timestamp
      const open = yield* openWorkspace(workspace)
      const seq = yield* open.apply({ actor, at, events, expect })
      const moved = events.flatMap((event) =>
        event._tag === "RunMoved" || event._tag === "RunEnded" ? [event.id] : []
      )
      for (const id of new Set(moved)) yield* settleLease(open, id)
      for (const id of new Set(wake)) yield* wakeRun(open, id, at + startWithinMs, drive)
      return { seq }
    })
  })
