// Entities as they will be once everything queued is durable. Preconditions are checked against these: two commits that
// expect the same revision cannot both pass while the first one is on its way to the disk.
import { entitiesOf, fold, type State } from "@executor-v2/persistence-ports"
import type { Entity, EntityRef, EventEnvelope, Revision, WorkspaceId } from "@executor-v2/schema"
import { Option } from "effect"

interface Row {
  /** Sequence of the queued event that made it so. */
  readonly seq: number
  readonly entity: Option.Option<Entity>
}

export interface Pending {
  /** Revision after all queued events; 0 when the entity will not exist. */
  readonly revision: (workspace: WorkspaceId, ref: EntityRef) => Revision
  /** Whether a queued event touches the entity. */
  readonly touches: (workspace: WorkspaceId, ref: EntityRef) => boolean
  readonly apply: (envelope: EventEnvelope) => void
  /** Forgets what the durable state now holds itself. */
  readonly settle: (envelope: EventEnvelope) => void
}

const keyOf = (workspace: WorkspaceId, { kind, id }: EntityRef) => `${workspace} ${kind} ${id}`

/** Looks through the queued changes onto the durable state. */
export const pendingOver = (durable: State): Pending => {
  const rows = new Map<string, Row>()

  const current = (workspace: WorkspaceId, ref: EntityRef): Option.Option<Entity> => {
    const row = rows.get(keyOf(workspace, ref))
    if (row !== undefined) return row.entity
    return Option.map(durable.get(workspace, ref.kind, ref.id), (found): Entity => found.entity)
  }

  return {
    revision: (workspace, ref) => {
      const row = rows.get(keyOf(workspace, ref))
      if (row === undefined) return durable.revision(workspace, ref)
      return Option.isNone(row.entity) ? 0 : row.seq
    },
    touches: (workspace, ref) => rows.has(keyOf(workspace, ref)),
    apply: (envelope) => {
      for (const ref of entitiesOf(envelope.event)) {
        const entity = fold(current(envelope.workspace, ref), envelope)
        rows.set(keyOf(envelope.workspace, ref), { seq: envelope.seq, entity })
      }
    },
    settle: ({ workspace, event, seq }) => {
      for (const ref of entitiesOf(event)) {
        const key = keyOf(workspace, ref)
        if (rows.get(key)?.seq === seq) rows.delete(key)
      }
    }
  }
}
