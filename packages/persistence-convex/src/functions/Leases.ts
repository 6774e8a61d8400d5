// Who drives a run. A claim moves the run to its next attempt in the same mutation, so that whatever an older driver
// still writes under its expectation of the run's revision is refused.
import { internalMutation, internalQuery } from "@executor-v2/confect"
import { terminalStatuses, type RunId, type Timestamp, type WorkspaceId } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Calls from "../Calls.ts"
import { findLease, readTables, writeTables, type RowOf } from "./Database.ts"
import { openWorkspace } from "./Step.ts"

/** Most leases that one question lists. */
const mostExpired = 1_000

export const leaseClaim = internalMutation({
  ...Calls.leaseClaim,
  handler: Effect.fnUntraced(function* ({ now, run: id, ttlMs, workspace }) {
    const db = yield* writeTables
    const lease = yield* findLease(workspace, id)
    if (Option.isNone(lease) || (lease.value.held && now < lease.value.until)) return null
    const open = yield* openWorkspace(workspace)
    const run = yield* open.run(id)
    if (Option.isNone(run) || terminalStatuses.has(run.value.status)) {
      yield* db.remove("leases", lease.value._id)
      return null
    }
    const attempt = run.value.attempt + 1
    const revision = yield* open.apply({
      actor: run.value.actor,
      at: now,
      events: [{ _tag: "RunMoved", id, status: "running", attempt }],
      expect: []
    })
    const row = { workspaceId: workspace, runId: id, attempt, held: true, until: now + ttlMs }
    yield* Effect.orDie(db.replace("leases", lease.value._id, row))
    return { attempt, revision }
  })
})

/** Changes the lease if this driver still holds it. */
const asHolder = Effect.fnUntraced(function* (
  { attempt, run, workspace }: { readonly workspace: WorkspaceId; readonly run: RunId; readonly attempt: number },
  change: { readonly held: boolean; readonly until: number }
) {
  const db = yield* writeTables
  const lease = yield* findLease(workspace, run)
  if (!Option.exists(lease, (row) => row.held && row.attempt === attempt)) return false
  const { _creationTime, _id, ...row } = Option.getOrThrow(lease)
  yield* Effect.orDie(db.replace("leases", _id, { ...row, ...change }))
  return true
})

export const leaseExtend = internalMutation({
  ...Calls.leaseExtend,
  handler: ({ now, ttlMs, ...driver }) => asHolder(driver, { held: true, until: now + ttlMs })
})

/** The driver stops without an end: whoever comes may go on, and the sweeper may give the run up. */
export const leaseRelease = internalMutation({
  ...Calls.leaseRelease,
  handler: ({ now, ...driver }) => asHolder(driver, { held: false, until: now })
})

const told = ({ attempt, runId, until, workspaceId }: RowOf<"leases">): Calls.Lease => ({
  workspace: workspaceId as WorkspaceId,
  run: runId as RunId,
  attempt,
  until: until as Timestamp
})

export const leasesExpired = internalQuery({
  ...Calls.leasesExpired,
  handler: Effect.fnUntraced(function* ({ limit, now }) {
    const db = yield* readTables
    const rows = yield* db.take("leases", Math.min(limit, mostExpired), (q) =>
      q.withIndex("by_until", (i) => i.lte("until", now))
    )
    return rows.map(told)
  })
})
