// The book of one run: what happened in it, written at the latest moment that durability allows.
import { ArtifactStore, Journal, type ArtifactStoreError, type JournalError } from "@executor-v2/persistence-ports"
import {
  toFailure,
  ToolError,
  type Actor,
  type CallKey,
  type CallOutcome,
  type Event,
  type HostFailure,
  type Revision,
  type RunId,
  type StoredJson,
  type TaskRun,
  type Timestamp,
  type ToolCall,
  type WorkspaceId
} from "@executor-v2/schema"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import { hostTrouble } from "./Commits.ts"
import { toolCallId } from "./Identifiers.ts"

/** JSON text up to this many characters is kept in the event itself. */
export const inlineChars = 4_096
/** Outcomes held back at most, in calls and in characters, before they are written on the side. */
const heldCalls = 512
const heldChars = 4 * 1024 * 1024
/** Characters of one commit, before they are escaped: a journal takes no step of any length. */
const stepChars = 2 * 1024 * 1024
/** Events of one commit: hosts differ in how many they can look up in one step. */
const stepEvents = 1_000

/** A call that has begun. */
export interface OpenCall {
  readonly call: ToolCall
}

/** How a call came out: the value's JSON text, or the error. */
export type CallResult = Result.Result<string, ToolError>

/** How a run ended. */
export type RunEnd = Omit<Extract<Event, { readonly _tag: "RunEnded" }>, "_tag" | "id">

type PendingEvent = { readonly chars: number } & (
  | { readonly _tag: "Event"; readonly event: Event }
  | { readonly _tag: "Outcome"; readonly json: string; readonly event: (value: StoredJson) => Event }
)

export interface RunLedger {
  readonly run: TaskRun
  /** Begins a call. With effects it returns only when the intent is durable, and everything before it. */
  readonly begin: (key: CallKey, preview: string, hasEffects: boolean) => Effect.Effect<OpenCall, HostFailure>
  /** Notes how a call came out; written with the next commit. */
  readonly settle: (open: OpenCall, result: CallResult) => Effect.Effect<void>
  /** Writes what is held back and the end, in one step. `false`: somebody else had ended the run before. */
  readonly end: (end: RunEnd) => Effect.Effect<boolean, HostFailure>
}

const encoder = new TextEncoder()

/** Puts the long outcomes of one commit into one artifact, so that many cost as much as one. */
const storeOutcomes = Effect.fnUntraced(function* (
  artifacts: ArtifactStore["Service"],
  pending: ReadonlyArray<PendingEvent>
): Effect.fn.Return<ReadonlyArray<Event>, ArtifactStoreError> {
  const long = pending.flatMap((entry) =>
    entry._tag === "Outcome" && entry.json.length > inlineChars ? [encoder.encode(entry.json)] : []
  )
  const pack = new Uint8Array(long.reduce((sum, bytes) => sum + bytes.length, 0))
  let end = 0
  for (const bytes of long) {
    pack.set(bytes, end)
    end += bytes.length
  }
  const hash = long.length === 0 ? undefined : yield* artifacts.put(pack)
  let next = 0
  let offset = 0
  return pending.map((entry) => {
    if (entry._tag === "Event") return entry.event
    if (hash === undefined || entry.json.length <= inlineChars) return entry.event({ _tag: "Inline", json: entry.json })
    const { length } = long[next++]!
    const value: StoredJson = { _tag: "Artifact", hash, offset, bytes: length }
    offset += length
    return entry.event(value)
  })
})

/** What one commit can hold, then the next; one at least. */
const stepsOf = (pending: ReadonlyArray<PendingEvent>): ReadonlyArray<ReadonlyArray<PendingEvent>> => {
  const steps: Array<Array<PendingEvent>> = [[]]
  let room = stepChars
  for (const entry of pending) {
    room -= entry.chars
    if (room < 0 || steps.at(-1)!.length === stepEvents) {
      steps.push([])
      room = stepChars - entry.chars
    }
    steps.at(-1)!.push(entry)
  }
  return steps
}

const unrecorded = hostTrouble("the run cannot be recorded")

/** Whose book is written, and the run's revision: whoever else moved or ended the run since has fenced this writer. */
interface BookOf {
  readonly workspace: WorkspaceId
  readonly actor: Actor
  readonly run: RunId
  readonly held: Effect.Effect<Revision, JournalError>
}

/** Writes the book of one run: holds events back, and writes them before what must be durable. */
const writerOf = (
  journal: Journal["Service"],
  artifacts: ArtifactStore["Service"],
  { actor, held, run, workspace }: BookOf
) => {
  const writing = Semaphore.makeUnsafe(1)
  const entity = { kind: "run", id: run } as const
  let pending: Array<PendingEvent> = []
  let heldSize = 0

  const sizeOf = (entry: PendingEvent): number => (entry._tag === "Outcome" ? entry.json.length : entry.chars)
  const hold = (entry: PendingEvent) => {
    pending.push(entry)
    heldSize += sizeOf(entry)
  }
  const putBack = (entries: ReadonlyArray<PendingEvent>) => {
    pending = [...entries, ...pending]
    for (const entry of entries) heldSize += sizeOf(entry)
  }

  const commit = Effect.fnUntraced(function* (events: ReadonlyArray<Event>): Effect.fn.Return<void, JournalError> {
    const [first, ...rest] = events
    if (first === undefined) return
    const expect = [{ entity, revision: yield* held }]
    yield* journal.commit({ workspace, actor, events: [first, ...rest], expect })
  })

  /**
   * Everything held back, and `last` in one step with the end of it; one writer at a time keeps the order of the book.
   * What was taken is written or goes back: neither a failure nor a run that is stopped in the middle may lose an outcome.
   */
  const write = (last: ReadonlyArray<Event>) =>
    writing.withPermits(1)(
      Effect.uninterruptible(
        Effect.gen(function* () {
          const steps = stepsOf(pending)
          pending = []
          heldSize = 0
          for (const [at, step] of steps.entries()) {
            const ends = at === steps.length - 1
            yield* storeOutcomes(artifacts, step).pipe(
              Effect.flatMap((events) => commit(ends ? [...events, ...last] : events)),
              Effect.onError(() => Effect.sync(() => putBack(steps.slice(at).flat())))
            )
          }
        })
      )
    )

  return { hold, write, isFull: () => pending.length > heldCalls || heldSize > heldChars }
}

/** What is told of a call once its outcome is known: the end of an intent, or all of a call without effects. */
const settled = (call: ToolCall, outcome: CallOutcome, completion: number, endedAt: Timestamp): Event =>
  call.hasEffects
    ? { _tag: "ToolCallSettled", id: call.id, run: call.run, outcome, completion, endedAt }
    : { _tag: "ToolCallRecorded", call: { ...call, outcome, completion, endedAt } }

const unknownOutcome: CallOutcome = {
  _tag: "Unknown",
  reason: "the run ended after this call was sent and before its answer came"
}

/** Characters of a call's event besides its arguments and its outcome. */
const frameChars = 300

/** A call's outcome as it is held back until the next commit. */
const outcomeOf = (call: ToolCall, result: CallResult, completion: number, endedAt: Timestamp): PendingEvent => {
  const framed = frameChars + call.argumentsPreview.length
  if (Result.isSuccess(result)) {
    const json = result.success
    const event = (value: StoredJson) => settled(call, { _tag: "Returned", value }, completion, endedAt)
    return { _tag: "Outcome", chars: framed + Math.min(json.length, inlineChars), json, event }
  }
  const failure = toFailure(result.failure)
  const chars = framed + failure.message.length + (failure.detailsJson?.length ?? 0)
  return { _tag: "Event", chars, event: settled(call, { _tag: "Failed", failure }, completion, endedAt) }
}

/** Opens the book. The opening is written while the sandbox starts; whatever needs it to be durable waits for it. */
export const openLedger = Effect.fnUntraced(function* (
  workspace: WorkspaceId,
  actor: Actor,
  run: TaskRun
): Effect.fn.Return<RunLedger, never, Journal | ArtifactStore> {
  const journal = yield* Journal
  const opening = yield* journal
    .commit({
      workspace,
      actor,
      events: [{ _tag: "RunOpened", run }],
      expect: [{ entity: { kind: "run", id: run.id }, revision: 0 }]
    })
    .pipe(Effect.forkDetach({ startImmediately: true }))
  const held = Effect.map(Fiber.join(opening), ({ seq }) => seq)
  return yield* ledgerOf({ workspace, actor, run: run.id, held }, run)
})

/** The book of a run that its driver has claimed at this revision. */
export const claimedLedger = (
  workspace: WorkspaceId,
  run: TaskRun,
  revision: Revision
): Effect.Effect<RunLedger, never, Journal | ArtifactStore> =>
  ledgerOf({ workspace, actor: run.actor, run: run.id, held: Effect.succeed(revision) }, run)

const ledgerOf = Effect.fnUntraced(function* (
  book: BookOf,
  run: TaskRun
): Effect.fn.Return<RunLedger, never, Journal | ArtifactStore> {
  const { hold, isFull, write } = writerOf(yield* Journal, yield* ArtifactStore, book)
  let ordinal = 0
  let completion = 0
  /** Calls with effects whose outcome is not known yet. */
  const sent = new Set<ToolCall>()

  const begin = Effect.fnUntraced(function* (key: CallKey, argumentsPreview: string, hasEffects: boolean) {
    const startedAt = (yield* Clock.currentTimeMillis) as Timestamp
    const call: ToolCall = {
      id: toolCallId(run.id, ordinal++),
      run: run.id,
      key,
      argumentsPreview,
      hasEffects,
      startedAt
    }
    if (hasEffects) {
      yield* Effect.uninterruptible(
        Effect.andThen(
          Effect.mapError(write([{ _tag: "ToolCallIntended", call }]), unrecorded),
          Effect.sync(() => sent.add(call))
        )
      )
    }
    return { call }
  })

  const settle = Effect.fnUntraced(function* ({ call }: OpenCall, result: CallResult) {
    const endedAt = (yield* Clock.currentTimeMillis) as Timestamp
    sent.delete(call)
    hold(outcomeOf(call, result, ++completion, endedAt))
    // A failure to write on the side shows at the next commit that must be durable.
    if (isFull()) yield* Effect.forkDetach(Effect.ignore(write([])))
  })

  /** A run that ends while a call with effects is under way must not look as if that call had never been sent. */
  const unknowns = Effect.map(Clock.currentTimeMillis, (now) =>
    [...sent].map((call) => settled(call, unknownOutcome, ++completion, now as Timestamp))
  )

  const end = (last: RunEnd): Effect.Effect<boolean, HostFailure> =>
    Effect.gen(function* () {
      const before = yield* unknowns
      const written = (how: RunEnd) => write([...before, { _tag: "RunEnded", id: run.id, ...how }])
      // A host that does not take it with all of its output takes it without: a run has to end.
      yield* Effect.catchReason(written(last), "JournalError", "JournalUnavailable", (_, error) =>
        last.logs.length === 0 ? Effect.fail(error) : written({ ...last, logs: [], logsTruncated: true })
      )
      return true
    }).pipe(
      Effect.catchReason("JournalError", "Conflict", () => Effect.succeed(false)),
      Effect.mapError(unrecorded)
    )

  return { run, begin, settle, end }
})
