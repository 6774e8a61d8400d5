// The port that makes things happen: one atomic, durable step of events under preconditions.
import type {
  Actor,
  EntityRef,
  Event,
  EventEnvelope,
  Revision,
  RunId,
  Sequence,
  WorkspaceId
} from "@executor-v2/schema"
import { EntityRef as EntityRefSchema, Revision as RevisionSchema } from "@executor-v2/schema"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"

/** One atomic step. Either all events are journalled, in order, next to each other, or none is. */
export interface Commit {
  readonly workspace: WorkspaceId
  readonly actor: Actor
  readonly events: readonly [Event, ...Array<Event>]
  /** Revisions that must still be current; 0 means that the entity must not exist. */
  readonly expect?: ReadonlyArray<Expectation>
  /** Runs that may go on once this is durable. */
  readonly wake?: ReadonlyArray<RunId>
}

export interface Expectation {
  readonly entity: EntityRef
  readonly revision: Revision
}

export interface Committed {
  /** Sequence number of the last event; it is the new revision of the entities that event touched. */
  readonly seq: Sequence
}

/** A run that the host may drive on, told only after the commit that asked for it is durable. */
export interface Wake {
  readonly workspace: WorkspaceId
  readonly run: RunId
}

/** A precondition did not hold. Nothing was written: read again, decide again, commit again. */
export class Conflict extends Schema.TaggedError<Conflict>()("Conflict", {
  entity: EntityRefSchema,
  expected: RevisionSchema,
  actual: RevisionSchema
}) {
  override get message() {
    return `${this.entity.kind} ${this.entity.id} is at revision ${this.actual}, not ${this.expected}`
  }
}

/** The journal takes no more writes. What was acknowledged before is safe. */
export class JournalUnavailable extends Schema.TaggedError<JournalUnavailable>()("JournalUnavailable", {
  detail: Schema.String
}) {
  override get message() {
    return this.detail
  }
}

export class JournalError extends Schema.TaggedError<JournalError>()("JournalError", {
  reason: Schema.Union([Conflict, JournalUnavailable])
}) {
  override get message() {
    return this.reason.message
  }
}

export class Journal extends Context.Service<
  Journal,
  {
    /** Succeeds when the events are durable; readers of `Views` then see them. */
    readonly commit: (commit: Commit) => Effect.Effect<Committed, JournalError>
    /** Events of a workspace that become durable from the moment the stream starts. */
    readonly changes: (workspace: WorkspaceId) => Stream.Stream<EventEnvelope>
    /** Runs to drive on. A host whose commits schedule the continuation themselves has none to tell. */
    readonly wakes: Stream.Stream<Wake>
  }
>()("@executor-v2/persistence-ports/Journal") {}
