// The Journal on tables: a commit is one mutation, which also schedules the continuation of the runs it wakes.
import { CallFailed } from "@executor-v2/confect"
import { Journal, JournalError, JournalUnavailable, type Commit } from "@executor-v2/persistence-ports"
import type { EventEnvelope, Sequence, WorkspaceId } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Calls from "./Calls.ts"
import { ConvexCaller, wasOvertaken } from "./ConvexCaller.ts"
import { tooLarge } from "./Limits.ts"

/** How long a subscriber waits before it looks again: less when something has just happened (milliseconds). */
const shortestWait = 50
const longestWait = 500

/** Waits for what other transactions do, in the time of the host: not on a clock that a caller may have replaced. */
const pause = (millis: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    return Effect.sync(() => clearTimeout(timer))
  })

/** What a caller is told when a commit did not come back. */
export const journalErrorOf = (error: CallFailed | Calls.CommitRefused): JournalError => {
  if (!(error instanceof CallFailed)) return new JournalError({ reason: error })
  const detail = wasOvertaken(error)
    ? "nothing was written, because others kept writing to the same workspace: try again"
    : `the deployment did not confirm the step (${error.message}): read again before you repeat it`
  return new JournalError({ reason: new JournalUnavailable({ detail }) })
}

interface Place {
  readonly after: Sequence
  /** How long nothing has happened, as the next wait. */
  readonly wait: number
}

const make = Effect.gen(function* () {
  const { ask, askFirst } = yield* ConvexCaller

  const commit = Effect.fn("ConvexJournal.commit")(function* (step: Commit) {
    const { actor, events, expect = [], wake = [], workspace } = step
    const eventsJson = JSON.stringify(events)
    const reason = tooLarge(step, eventsJson)
    if (reason !== undefined) return yield* new JournalError({ reason })
    return yield* Effect.mapError(ask(Calls.commit, { workspace, actor, eventsJson, expect, wake }), journalErrorOf)
  })

  /** What is new since a place. A look that fails counts as one that saw nothing: the next one catches up. */
  const look = (workspace: WorkspaceId) =>
    Effect.fnUntraced(function* ({ after, wait }: Place) {
      const found = yield* Effect.option(ask(Calls.changesSince, { workspace, after }))
      const { envelopesJson, seq } = Option.getOrElse(found, () => ({ envelopesJson: [], seq: after }))
      if (envelopesJson.length === 0) yield* pause(wait)
      const events = envelopesJson.map((json) => JSON.parse(json) as EventEnvelope)
      const next: Place =
        events.length > 0
          ? { after: seq, wait: shortestWait }
          : { after, wait: Math.min(longestWait, Math.ceil(wait * 1.5)) }
      return [events, Option.some(next)] as const
    })

  const changes = (workspace: WorkspaceId) =>
    Stream.unwrap(
      Effect.orDie(askFirst(Calls.changesSince, { workspace })).pipe(
        Effect.map(({ seq }) => Stream.paginate({ after: seq, wait: shortestWait } as Place, look(workspace)))
      )
    )

  return Journal.of({ commit, changes, wakes: Stream.empty })
})

export const layer: Layer.Layer<Journal, never, ConvexCaller> = Layer.effect(Journal, make)
