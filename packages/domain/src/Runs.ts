// Runs and their calls: opening, reading, and what a restart makes of those that were going on.
import { ArtifactStore, Journal, Views, type ListQuery } from "@executor-v2/persistence-ports"
import {
  type HostFailure,
  NotFound,
  type Actor,
  type CatalogVersion,
  type Event,
  type RunId,
  type RunStatus,
  type StoredJson,
  type TaskRun,
  type Timestamp,
  type ToolCall,
  type ToolCallId,
  type WorkspaceId
} from "@executor-v2/schema"
import { Array, Clock, Context, Effect, Layer, Option } from "effect"
import { hostFailure, hostTrouble } from "./Commits.ts"
import { newRunId, newSeed } from "./Identifiers.ts"
import { hasEnded, interruption } from "./rules/Run.ts"
import { openLedger, type RunLedger } from "./RunLedger.ts"

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

/** What a stopped host leaves of a run: its open effects are unknown, and it is over. */
const interrupted = (run: TaskRun, made: ReadonlyArray<ToolCall>, endedAt: Timestamp): Array.NonEmptyArray<Event> => {
  const effects = made.filter((call) => call.hasEffects)
  const open = effects.filter((call) => call.outcome === undefined)
  const unknown = open.map(({ id }, index): Event => ({
    _tag: "ToolCallSettled",
    id,
    run: run.id,
    outcome: {
      _tag: "Unknown",
      reason: "the host stopped after this call was sent and before its answer was recorded"
    },
    completion: made.length - open.length + index + 1,
    endedAt
  }))
  return Array.append(unknown, {
    _tag: "RunEnded",
    id: run.id,
    status: "interrupted",
    failure: interruption(open.length, effects.length),
    logs: [],
    logsTruncated: false,
    callCount: made.length
  })
}

export class Runs extends Context.Service<Runs>()("@executor-v2/domain/Runs", {
  make: Effect.gen(function* () {
    const journal = yield* Journal
    const views = yield* Views
    const artifacts = yield* ArtifactStore

    const open = Effect.fn("Runs.open")(function* (request: RunRequest): Effect.fn.Return<RunLedger> {
      const now = (yield* Clock.currentTimeMillis) as Timestamp
      const run: TaskRun = {
        id: yield* newRunId,
        status: "running",
        code: request.code,
        actor: request.actor,
        replay: { seed: yield* newSeed, startedAt: now, catalog: request.catalog },
        attempt: 1,
        createdAt: now,
        logs: [],
        logsTruncated: false,
        callCount: 0
      }
      return yield* openLedger(request.workspace, request.actor, run).pipe(
        Effect.provideService(Journal, journal),
        Effect.provideService(ArtifactStore, artifacts)
      )
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

    /** Ends what a stopped host was driving. Calls with effects that have no outcome are unknown, never repeated. */
    const recover = Effect.fn("Runs.recover")(function* (
      workspace: WorkspaceId,
      actor: Actor
    ): Effect.fn.Return<number, HostFailure> {
      const running = yield* views.list(workspace, "run", { state: "running" })
      const endedAt = (yield* Clock.currentTimeMillis) as Timestamp
      for (const { entity: run, revision } of running) {
        const made = yield* calls(workspace, run.id)
        yield* journal
          .commit({
            workspace,
            actor,
            events: interrupted(run, made, endedAt),
            expect: [{ entity: { kind: "run", id: run.id }, revision }]
          })
          .pipe(
            Effect.catchReason("JournalError", "Conflict", () => Effect.void),
            Effect.mapError(hostFailure)
          )
      }
      return running.length
    })

    return {
      open,
      get,
      list,
      calls,
      call,
      readJson,
      storeJson,
      recover,
      hasEnded: (run: TaskRun) => hasEnded(run.status)
    }
  })
}) {
  static readonly layer = Layer.effect(Runs, this.make)
}
