// The Journal on files: a commit is checked against everything ahead of it, joins the next batch, and is acknowledged
// when that batch is on disk. Readers and subscribers see only what is.
import {
  Conflict,
  Journal,
  JournalError,
  JournalUnavailable,
  type Commit,
  type Committed,
  type Expectation,
  type State,
  type Wake
} from "@executor-v2/persistence-ports"
import { eventVersion, type EventEnvelope, type Sequence, type Timestamp, type WorkspaceId } from "@executor-v2/schema"
import { Clock, Effect, PubSub, Stream } from "effect"
import { encodeEnvelope } from "./EventFormat.ts"
import { pendingOver } from "./Pending.ts"
import { maxLineBytes, type PendingLine } from "./WalLine.ts"
import type { Entry } from "./WalWriter.ts"

type Reply = (answer: Effect.Effect<Committed, JournalError>) => void

/** A commit on its way to the disk. */
export interface QueuedCommit extends Entry {
  readonly envelopes: ReadonlyArray<EventEnvelope>
  readonly wakes: ReadonlyArray<Wake>
  readonly reply: Reply
  /** Refusals that rest on this commit: told only when it is durable, so that reading again shows why. */
  readonly refused: Array<() => void>
}

/** What the writer calls, and what callers see. */
export interface LocalJournal {
  readonly journal: Journal["Service"]
  readonly onDurable: (commits: ReadonlyArray<QueuedCommit>) => void
  /** Refuses these commits and all later ones; gives the reason. */
  readonly onBroken: (error: unknown, commits: ReadonlyArray<QueuedCommit>) => JournalUnavailable
}

const unavailable = (detail: string) => new JournalError({ reason: new JournalUnavailable({ detail }) })

const brokenDetail = (error: unknown): string => {
  const cause = error instanceof Error ? error.message : String(error)
  return (
    `the journal stopped at the first error of the disk (${cause}). What was acknowledged is safe; ` +
    "free space or repair the disk, then start again"
  )
}

const closedDetail = "the journal is closed; start again to go on"

/** A journal over a folded state. `append` hands a commit to the writer and says whether it will be written. */
export const makeLocalJournal = Effect.fnUntraced(function* (state: State, append: (commit: QueuedCommit) => boolean) {
  // One message per commit: a subscriber wakes once for a run's thousand calls, not a thousand times.
  const published = yield* PubSub.unbounded<ReadonlyArray<EventEnvelope>>()
  const wakes = yield* PubSub.unbounded<Wake>()
  const pending = pendingOver(state)
  let lastQueued: number = state.seq
  let newest: QueuedCommit | undefined
  let stopped: string | undefined

  const firstConflict = (workspace: WorkspaceId, expect: ReadonlyArray<Expectation>) =>
    expect.find(({ entity, revision }) => pending.revision(workspace, entity) !== revision)

  const refuse = ({ workspace }: Commit, { entity, revision }: Expectation, reply: Reply) => {
    const actual = pending.revision(workspace, entity)
    const answer = Effect.fail(new JournalError({ reason: new Conflict({ entity, expected: revision, actual }) }))
    if (newest !== undefined && pending.touches(workspace, entity)) newest.refused.push(() => reply(answer))
    else reply(answer)
  }

  const prepare = ({ workspace, actor, events, wake }: Commit, at: Timestamp, reply: Reply): QueuedCommit => {
    const envelopes: Array<EventEnvelope> = []
    const lines: Array<PendingLine> = []
    let bytes = 0
    let seq: number = lastQueued
    for (const event of events) {
      const envelope: EventEnvelope = { v: eventVersion, seq: ++seq as Sequence, workspace, actor, at, event }
      const json = encodeEnvelope(envelope)
      envelopes.push(envelope)
      lines.push({ s: seq, n: events.length - lines.length - 1, json })
      bytes += json.length
    }
    const toWake = (wake ?? []).map((run): Wake => ({ workspace, run }))
    return { envelopes, lines, bytes, wakes: toWake, reply, refused: [] }
  }

  const enqueue = (step: Commit, at: Timestamp, reply: Reply): void => {
    if (stopped !== undefined) return reply(Effect.fail(unavailable(stopped)))
    const conflict = firstConflict(step.workspace, step.expect ?? [])
    if (conflict !== undefined) return refuse(step, conflict, reply)
    const queued = prepare(step, at, reply)
    if (queued.bytes * 3 + 1024 > maxLineBytes) {
      return reply(Effect.die(new Error(`a commit of ${queued.bytes} characters: content this large is an artifact`)))
    }
    if (!append(queued)) return reply(Effect.fail(unavailable(stopped ?? closedDetail)))
    newest = queued
    lastQueued += queued.envelopes.length
    for (const envelope of queued.envelopes) pending.apply(envelope)
  }

  const onDurable = (commits: ReadonlyArray<QueuedCommit>) => {
    for (const { envelopes } of commits) {
      for (const envelope of envelopes) {
        state.apply(envelope)
        pending.settle(envelope)
      }
    }
    if (newest === commits.at(-1)) newest = undefined
    for (const commit of commits) {
      commit.reply(Effect.succeed({ seq: commit.envelopes.at(-1)!.seq }))
      for (const tell of commit.refused) tell()
      PubSub.publishUnsafe(published, commit.envelopes)
      for (const wake of commit.wakes) PubSub.publishUnsafe(wakes, wake)
    }
  }

  const onBroken = (error: unknown, commits: ReadonlyArray<QueuedCommit>) => {
    stopped = brokenDetail(error)
    for (const commit of commits) commit.reply(Effect.fail(unavailable(stopped)))
    for (const commit of commits) for (const tell of commit.refused) tell()
    return new JournalUnavailable({ detail: stopped })
  }

  const journal = Journal.of({
    commit: Effect.fnUntraced(function* (step: Commit) {
      const at = (yield* Clock.currentTimeMillis) as Timestamp
      return yield* Effect.uninterruptible(
        Effect.callback<Committed, JournalError>((resume) => enqueue(step, at, resume))
      )
    }),
    changes: (workspace) =>
      Stream.fromPubSub(published).pipe(
        Stream.filter(([first]) => first?.workspace === workspace),
        Stream.flattenIterable
      ),
    wakes: Stream.fromPubSub(wakes)
  })
  return { journal, onDurable, onBroken } satisfies LocalJournal
})
