// Runs and their calls: opening, reading, and what a restart makes of those that were going on.
import { ArtifactStore, Journal, Views, type ListQuery } from "@executor-v2/persistence-ports"
import {
  type HostFailure,
  NotFound,
  type Actor,
  type CatalogVersion,
  type Revision,
  type RunId,
  type RunStatus,
  type StoredJson,
  type TaskRun,
  type Timestamp,
  type ToolCall,
  type ToolCallId,
  type WorkspaceId
} from "@executor-v2/schema"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { hostFailure, hostTrouble } from "./Commits.ts"
import { newRunId, newSeed } from "./Identifiers.ts"
import { hasEnded } from "./rules/Run.ts"
import { endingsOf } from "./RunEndings.ts"
import { claimedLedger, openLedger, type RunLedger } from "./RunLedger.ts"

/** What a run begins with. */
export interface RunRequest {
  readonly workspace: WorkspaceId
  readonly actor: Actor
  readonly code: string
  readonly catalog: CatalogVersion
}

/** Which runs to list, newest first. */
export interface RunQuery {
  readonly limit?: number
  readonly before?: RunId
  readonly status?: RunStatus
}

const decoder = new TextDecoder()

const newRun = Effect.fnUntraced(function* (
  { actor, catalog, code }: RunRequest,
  begun: Pick<TaskRun, "status" | "attempt">
): Effect.fn.Return<TaskRun> {
  const now = (yield* Clock.currentTimeMillis) as Timestamp
  return {
    ...begun,
    id: yield* newRunId,
    code,
    actor,
    replay: { seed: yield* newSeed, startedAt: now, catalog },
    createdAt: now,
    logs: [],
    logsTruncated: false,
    callCount: 0
  }
})

export class Runs extends Context.Service<Runs>()("@executor-v2/domain/Runs", {
  make: Effect.gen(function* () {
    const journal = yield* Journal
    const views = yield* Views
    const artifacts = yield* ArtifactStore

    const withPorts = <A, E>(effect: Effect.Effect<A, E, Journal | ArtifactStore>): Effect.Effect<A, E> =>
      effect.pipe(Effect.provideService(Journal, journal), Effect.provideService(ArtifactStore, artifacts))

    /** Opens a run that its opener drives from here on. */
    const open = Effect.fn("Runs.open")(function* (request: RunRequest): Effect.fn.Return<RunLedger> {
      const run = yield* newRun(request, { status: "running", attempt: 1 })
      return yield* withPorts(openLedger(request.workspace, request.actor, run))
    })

    /** Opens a run that the host drives as soon as this is durable. */
    const enqueue = Effect.fn("Runs.enqueue")(function* (request: RunRequest): Effect.fn.Return<TaskRun, HostFailure> {
      const run = yield* newRun(request, { status: "queued", attempt: 0 })
      yield* journal
        .commit({
          workspace: request.workspace,
          actor: request.actor,
          events: [{ _tag: "RunOpened", run }],
          expect: [{ entity: { kind: "run", id: run.id }, revision: 0 }],
          wake: [run.id]
        })
        .pipe(Effect.mapError(hostFailure))
      return run
    })

    /** The book of a run for the driver that has claimed it at this revision. */
    const claimed = Effect.fn("Runs.claimed")(function* (
      workspace: WorkspaceId,
      id: RunId,
      revision: Revision
    ): Effect.fn.Return<RunLedger, NotFound> {
      return yield* withPorts(claimedLedger(workspace, yield* get(workspace, id), revision))
    })

    const get = Effect.fn("Runs.get")(function* (
      workspace: WorkspaceId,
      id: RunId
    ): Effect.fn.Return<TaskRun, NotFound> {
      const found = yield* views.get(workspace, "run", id)
      if (Option.isNone(found))
        return yield* new NotFound({ what: "run", id, hint: "List them with: executor runs list" })
      return found.value.entity
    })

    const list = Effect.fn("Runs.list")(function* (workspace: WorkspaceId, query: RunQuery = {}) {
      const asked: ListQuery = {
        newestFirst: true,
        limit: Math.min(Math.max(query.limit ?? 50, 1), 1_000),
        ...(query.before === undefined ? {} : { after: query.before }),
        ...(query.status === undefined ? {} : { state: query.status })
      }
      return (yield* views.list(workspace, "run", asked)).map((row) => row.entity)
    })

    /** The calls of a run in the order in which they began, `limit` at most. */
    const calls = Effect.fn("Runs.calls")(function* (
      workspace: WorkspaceId,
      run: RunId,
      limit = Number.MAX_SAFE_INTEGER
    ): Effect.fn.Return<ReadonlyArray<ToolCall>> {
      return (yield* views.list(workspace, "toolCall", { run, limit })).map((row) => row.entity)
    })

    const call = Effect.fn("Runs.call")(function* (
      workspace: WorkspaceId,
      id: ToolCallId
    ): Effect.fn.Return<Option.Option<ToolCall>> {
      return Option.map(yield* views.get(workspace, "toolCall", id), (row) => row.entity)
    })

    /** JSON text of a stored value; of a long one, at most `length` bytes from `offset`. */
    const readJson = Effect.fn("Runs.readJson")(function* (
      stored: StoredJson,
      offset = 0,
      length = Number.MAX_SAFE_INTEGER
    ): Effect.fn.Return<string, HostFailure> {
      if (stored._tag === "Inline") {
        const bytes = new TextEncoder().encode(stored.json)
        return offset === 0 && length >= bytes.length
          ? stored.json
          : decoder.decode(bytes.subarray(offset, offset + length))
      }
      const left = Math.max(0, Math.min(length, stored.bytes - offset))
      const bytes = yield* artifacts
        .get(stored.hash, { offset: stored.offset + offset, length: left })
        .pipe(Effect.mapError(hostTrouble("a stored value cannot be read")))
      return decoder.decode(bytes)
    })

    /** Keeps JSON text: inline up to `inlineLimit` characters, else as an artifact. */
    const storeJson = Effect.fn("Runs.storeJson")(function* (
      json: string,
      inlineLimit: number
    ): Effect.fn.Return<StoredJson, HostFailure> {
      if (json.length <= inlineLimit) return { _tag: "Inline", json }
      const bytes = new TextEncoder().encode(json)
      const hash = yield* artifacts.put(bytes).pipe(Effect.mapError(hostTrouble("the result cannot be stored")))
      return { _tag: "Artifact", hash, offset: 0, bytes: bytes.length }
    })

    return {
      open,
      enqueue,
      claimed,
      get,
      list,
      calls,
      call,
      readJson,
      storeJson,
      ...endingsOf(journal, views, calls),
      hasEnded: (run: TaskRun) => hasEnded(run.status)
    }
  })
}) {
  static readonly layer = Layer.effect(Runs, this.make)
}
