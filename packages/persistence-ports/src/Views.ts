// The read side: entities as the durable events made them.
import type { EntityKind, EntityOf, Revision, RunId, WorkspaceId } from "@executor-v2/schema"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"

/** An entity and the revision to expect when changing it. */
export interface Versioned<A> {
  readonly revision: Revision
  readonly entity: A
}

/** Which entities, in the order of their ids (which sort by creation for runs, calls and inputs). */
export interface ListQuery {
  /** Only what belongs to this run (tool calls, inputs). */
  readonly run?: RunId
  /** Only what is in this state (`status` of runs, `state` of sources and inputs). */
  readonly state?: string
  /** Highest ids first. */
  readonly newestFirst?: boolean
  /** Only ids that come after this one in the chosen order. */
  readonly after?: string
  /** At most this many. */
  readonly limit?: number
}

export class Views extends Context.Service<
  Views,
  {
    readonly get: <K extends EntityKind>(
      workspace: WorkspaceId,
      kind: K,
      id: string
    ) => Effect.Effect<Option.Option<Versioned<EntityOf<K>>>>
    readonly list: <K extends EntityKind>(
      workspace: WorkspaceId,
      kind: K,
      query?: ListQuery
    ) => Effect.Effect<ReadonlyArray<Versioned<EntityOf<K>>>>
    /** Every workspace of this host. */
    readonly workspaces: Effect.Effect<ReadonlyArray<WorkspaceId>>
  }
>()("@executor-v2/persistence-ports/Views") {}
