// One atomic step on the tables: preconditions, fold, entities, events, counter. It runs inside a mutation, so that a
// refusal undoes everything.
import { Conflict, entitiesOf, fold, type Expectation } from "@executor-v2/persistence-ports"
import {
  eventVersion,
  type Actor,
  type Entity,
  type EntityKind,
  type EntityOf,
  type EntityRef,
  type Event,
  type EventEnvelope,
  type Revision,
  type RunId,
  type Sequence,
  type Timestamp,
  type WorkspaceId
} from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { refusedRow } from "../Limits.ts"
import { writeTables, type RowOf } from "./Database.ts"

export interface Step {
  readonly actor: Actor
  readonly at: Timestamp
  readonly events: ReadonlyArray<Event>
  readonly expect: ReadonlyArray<Expectation>
}

/** One entity: as it was stored, and as it is after the events so far. */
interface Slot {
  readonly ref: EntityRef
  readonly stored: Option.Option<RowOf<"entities">>
  entity: Option.Option<Entity>
  revision: Revision
}

/** Reads and writes under way at once. */
const concurrency = 100

const keyOf = ({ id, kind }: EntityRef): string => `${kind} ${id}`

/** What views select rows by, beside the id. */
const selectorsOf = (kind: EntityKind, entity: Entity) => {
  const state = "status" in entity ? entity.status : "state" in entity ? entity.state : undefined
  return {
    ...(kind === "toolCall" || kind === "input" ? { run: (entity as EntityOf<"toolCall" | "input">).run } : {}),
    ...(state === undefined ? {} : { state })
  }
}

const make = Effect.fnUntraced(function* (workspace: WorkspaceId) {
  const db = yield* writeTables
  const counter = yield* db.unique("workspaces", (q) =>
    q.withIndex("by_workspace", (i) => i.eq("workspaceId", workspace))
  )
  let seq = Option.match(counter, { onNone: () => 0, onSome: (row) => row.seq })
  const slots = new Map<string, Slot>()

  const load = Effect.fnUntraced(function* (ref: EntityRef) {
    const known = slots.get(keyOf(ref))
    if (known !== undefined) return known
    const stored = yield* db.unique("entities", (q) =>
      q.withIndex("by_entity", (i) => i.eq("workspaceId", workspace).eq("kind", ref.kind).eq("id", ref.id))
    )
    const slot: Slot = {
      ref,
      stored,
      entity: Option.map(stored, ({ entityJson }) => JSON.parse(entityJson) as Entity),
      revision: Option.match(stored, { onNone: () => 0, onSome: ({ revision }) => revision })
    }
    slots.set(keyOf(ref), slot)
    return slot
  })

  const writeEntity = Effect.fnUntraced(function* ({ entity, ref, revision, stored }: Slot) {
    if (Option.isNone(entity)) return Option.isSome(stored) ? yield* db.remove("entities", stored.value._id) : undefined
    const row = {
      workspaceId: workspace,
      kind: ref.kind,
      id: ref.id,
      ...selectorsOf(ref.kind, entity.value),
      revision,
      entityJson: JSON.stringify(entity.value)
    }
    const write = Option.match(stored, {
      onNone: () => Effect.asVoid(db.insert("entities", row)),
      onSome: ({ _id }) => db.replace("entities", _id, row)
    })
    yield* Effect.mapError(write, ({ message }) => refusedRow(`the ${ref.kind} ${ref.id}`, row, message))
  })

  const writeEvent = (envelope: EventEnvelope) => {
    const row = { workspaceId: workspace, seq: envelope.seq, envelopeJson: JSON.stringify(envelope) }
    return Effect.mapError(db.insert("events", row), ({ message }) =>
      refusedRow(`the event ${envelope.event._tag}`, row, message)
    )
  }

  const apply = Effect.fnUntraced(function* ({ actor, at, events, expect }: Step) {
    const refs = [...expect.map(({ entity }) => entity), ...events.flatMap(entitiesOf)]
    const distinct = new Map(refs.map((ref) => [keyOf(ref), ref]))
    yield* Effect.forEach(distinct.values(), load, { concurrency, discard: true })
    for (const { entity, revision } of expect) {
      const actual = (yield* load(entity)).revision
      if (actual !== revision) return yield* new Conflict({ entity, expected: revision, actual })
    }
    const touched = new Set<Slot>()
    const envelopes: Array<EventEnvelope> = []
    for (const event of events) {
      const envelope: EventEnvelope = { v: eventVersion, seq: ++seq as Sequence, workspace, actor, at, event }
      envelopes.push(envelope)
      for (const ref of entitiesOf(event)) {
        const slot = yield* load(ref)
        slot.entity = fold(slot.entity, envelope)
        slot.revision = Option.isSome(slot.entity) ? envelope.seq : 0
        touched.add(slot)
      }
    }
    yield* Effect.forEach(envelopes, writeEvent, { concurrency, discard: true })
    yield* Effect.forEach(touched, writeEntity, { concurrency, discard: true })
    const created =
      Option.exists(counter, (row) => row.created) || events.some(({ _tag }) => _tag === "WorkspaceCreated")
    const row = { workspaceId: workspace, seq, created }
    yield* Effect.orDie(
      Option.match(counter, {
        onNone: () => Effect.asVoid(db.insert("workspaces", row)),
        onSome: ({ _id }) => db.replace("workspaces", _id, row)
      })
    )
    return seq as Sequence
  })

  return {
    workspace,
    /** A run as it is after what was applied. */
    run: (id: RunId) => Effect.map(load({ kind: "run", id }), ({ entity }) => entity as Option.Option<EntityOf<"run">>),
    /** Applies events, once; gives the sequence number of the last. */
    apply
  }
})

/** A workspace as one transaction sees and changes it. */
export const openWorkspace = make
export type OpenWorkspace = Effect.Success<ReturnType<typeof make>>
