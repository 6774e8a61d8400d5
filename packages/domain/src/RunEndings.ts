// Ends that a run gets from outside: its host stopped, nobody drives it any more, or somebody does not want it.
import type { Journal, Versioned, Views } from "@executor-v2/persistence-ports"
import type {
  Actor,
  Event,
  Failure,
  HostFailure,
  RunId,
  RunStatus,
  TaskRun,
  Timestamp,
  ToolCall,
  WorkspaceId
} from "@executor-v2/schema"
import * as Array from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { hostFailure } from "./Commits.ts"
import { cancellation, hasEnded, interruption } from "./rules/Run.ts"

/** Ends a run that its driver does not end: what was sent and has no outcome is unknown. */
const endedFromOutside = (
  run: TaskRun,
  made: ReadonlyArray<ToolCall>,
  endedAt: Timestamp,
  end: { readonly status: RunStatus; readonly failure: Failure; readonly unknown: string }
): Array.NonEmptyArray<Event> => {
  const open = made.filter((call) => call.hasEffects && call.outcome === undefined)
  const unknown = open.map(({ id }, index): Event => ({
    _tag: "ToolCallSettled",
    id,
    run: run.id,
    outcome: { _tag: "Unknown", reason: end.unknown },
    completion: made.length - open.length + index + 1,
    endedAt
  }))
  return Array.append(unknown, {
    _tag: "RunEnded",
    id: run.id,
    status: end.status,
    failure: end.failure,
    logs: [],
    logsTruncated: false,
    callCount: made.length
  })
}

/** What a stopped host leaves of a run. */
const interrupted = (run: TaskRun, made: ReadonlyArray<ToolCall>, endedAt: Timestamp) => {
  const effects = made.filter((call) => call.hasEffects)
  const open = effects.filter((call) => call.outcome === undefined)
  return endedFromOutside(run, made, endedAt, {
    status: "interrupted",
    failure: interruption(open.length, effects.length),
    unknown: "the host stopped after this call was sent and before its answer was recorded"
  })
}

const cancelled = (run: TaskRun, made: ReadonlyArray<ToolCall>, endedAt: Timestamp) =>
  endedFromOutside(run, made, endedAt, {
    status: "cancelled",
    failure: cancellation,
    unknown: "the run was cancelled after this call was sent and before its answer was recorded"
  })

type CallsOf = (workspace: WorkspaceId, run: RunId) => Effect.Effect<ReadonlyArray<ToolCall>>

/** The part of `Runs` that ends runs in their drivers' place. */
export const endingsOf = (journal: Journal["Service"], views: Views["Service"], calls: CallsOf) => {
  /** Ends a run in its driver's place. `false`: it has ended, or somebody else has moved it meanwhile. */
  const endInstead = Effect.fnUntraced(function* (
    workspace: WorkspaceId,
    actor: Actor,
    { entity: run, revision }: Versioned<TaskRun>,
    ending: typeof interrupted
  ): Effect.fn.Return<boolean, HostFailure> {
    if (hasEnded(run.status)) return false
    const endedAt = (yield* Clock.currentTimeMillis) as Timestamp
    const events = ending(run, yield* calls(workspace, run.id), endedAt)
    const expect = [{ entity: { kind: "run", id: run.id } as const, revision }]
    return yield* journal.commit({ workspace, actor, events, expect }).pipe(
      Effect.as(true),
      Effect.catchReason("JournalError", "Conflict", () => Effect.succeed(false)),
      Effect.mapError(hostFailure)
    )
  })

  /** Ends what a stopped host was driving. Calls with effects that have no outcome are unknown, never repeated. */
  const recover = Effect.fn("Runs.recover")(function* (
    workspace: WorkspaceId,
    actor: Actor
  ): Effect.fn.Return<number, HostFailure> {
    const running = yield* views.list(workspace, "run", { state: "running" })
    for (const row of running) yield* endInstead(workspace, actor, row, interrupted)
    return running.length
  })

  /** Ends one run that nobody drives any more. */
  const interrupt = Effect.fn("Runs.interrupt")(function* (
    workspace: WorkspaceId,
    actor: Actor,
    id: RunId
  ): Effect.fn.Return<boolean, HostFailure> {
    const found = yield* views.get(workspace, "run", id)
    return Option.isSome(found) && (yield* endInstead(workspace, actor, found.value, interrupted))
  })

  /** Ends a run that somebody does not want any more; its driver's next write is refused. `false`: it had ended. */
  const cancel = Effect.fn("Runs.cancel")(function* (
    workspace: WorkspaceId,
    actor: Actor,
    id: RunId
  ): Effect.fn.Return<boolean, HostFailure> {
    for (;;) {
      const found = yield* views.get(workspace, "run", id)
      if (Option.isNone(found) || hasEnded(found.value.entity.status)) return false
      if (yield* endInstead(workspace, actor, found.value, cancelled)) return true
    }
  })

  return { recover, interrupt, cancel }
}
