// The folded state in memory, with the indexes that views need. The memory and the file adapter both stand on it.
import type {
  Entity,
  EntityKind,
  EntityOf,
  EntityRef,
  EventEnvelope,
  Revision,
  RunId,
  Snapshot,
  SnapshotRow
} from "@executor-v2/schema"
import { terminalStatuses, type Sequence, type WorkspaceId } from "@executor-v2/schema"
import * as Option from "effect/Option"
import { entitiesOf, fold } from "./Fold.ts"
import { charactersOfCall, charactersOfRun, shortRun } from "./Weight.ts"
import type { ListQuery, Versioned } from "./Views.ts"

type Table = Map<string, Versioned<Entity>>

/** How much history is kept in memory: ended runs, and tool calls of ended runs. The oldest go first. */
export interface Retention {
  readonly runs: number
  readonly calls: number
  /**
   * Characters of text in both. Beyond it the oldest runs lose their calls, their console output and what is long in
   * them, and stay in the list: code that writes much must not push out the record of what else was done.
   */
  readonly characters: number
}

/** About 150 MB at most. Ordinary runs and calls have 1 to 2 KB each. */
export const defaultRetention: Retention = { runs: 20_000, calls: 50_000, characters: 48 * 1024 * 1024 }

interface EndedRun {
  readonly workspace: WorkspaceId
  readonly id: RunId
}

/** Mutable on purpose: it is owned by one adapter, which applies events in order and hands out only its rows. */
export class State {
  #seq = 0
  readonly #tables = new Map<WorkspaceId, Map<EntityKind, Table>>()
  /** Ids of calls and inputs by the run they belong to: a view of one run must not walk all of them. */
  readonly #byRun = new Map<string, Set<string>>()
  readonly #retention: Retention
  /** Ended runs in the order of their ends, and those among them whose calls are still here. */
  readonly #ended: Array<EndedRun> = []
  readonly #withCalls: Array<EndedRun> = []
  /** Those that still have all their text. */
  readonly #whole: Array<EndedRun> = []
  #endedCalls = 0
  #endedCharacters = 0

  constructor(retention: Retention = defaultRetention) {
    this.#retention = retention
  }

  /** Sequence number of the last applied event. */
  get seq(): Sequence {
    return this.#seq as Sequence
  }

  #table(workspace: WorkspaceId, kind: EntityKind): Table {
    let tables = this.#tables.get(workspace)
    if (tables === undefined) this.#tables.set(workspace, (tables = new Map()))
    let table = tables.get(kind)
    if (table === undefined) tables.set(kind, (table = new Map()))
    return table
  }

  #put(workspace: WorkspaceId, kind: EntityKind, id: string, row: Versioned<Entity>): void {
    this.#table(workspace, kind).set(id, row)
    if (kind !== "toolCall" && kind !== "input") return
    const key = `${workspace} ${kind} ${(row.entity as EntityOf<"toolCall" | "input">).run}`
    const ids = this.#byRun.get(key)
    if (ids === undefined) this.#byRun.set(key, new Set([id]))
    else ids.add(id)
  }

  /** 0 when the entity does not exist. */
  revision(workspace: WorkspaceId, ref: EntityRef): Revision {
    return this.#tables.get(workspace)?.get(ref.kind)?.get(ref.id)?.revision ?? 0
  }

  /** Applies one event. Sequence numbers come without gaps: anything else is a broken log. */
  apply(envelope: EventEnvelope): void {
    if (envelope.seq !== this.#seq + 1) throw new Error(`event ${envelope.seq} cannot follow event ${this.#seq}`)
    this.#seq = envelope.seq
    for (const { kind, id } of entitiesOf(envelope.event)) {
      const table = this.#table(envelope.workspace, kind)
      const next = fold(
        Option.map(Option.fromNullishOr(table.get(id)), (row) => row.entity),
        envelope
      )
      if (Option.isNone(next)) table.delete(id)
      else this.#put(envelope.workspace, kind, id, { revision: envelope.seq, entity: next.value })
    }
    if (envelope.event._tag === "RunEnded") this.#retire({ workspace: envelope.workspace, id: envelope.event.id })
  }

  /**
   * Forgetting is part of the fold: it depends on the order of events alone, so that a replay, a snapshot and the
   * living state forget the same.
   */
  #retire(run: EndedRun): void {
    this.#ended.push(run)
    this.#withCalls.push(run)
    this.#whole.push(run)
    this.#endedCalls += this.#idsOfRun(run, "toolCall").size
    this.#endedCharacters += this.#charactersOf(run)
    while (this.#endedCalls > this.#retention.calls && this.#withCalls.length > 1)
      this.#forgetCalls(this.#withCalls[0]!)
    while (this.#endedCharacters > this.#retention.characters && this.#whole.length > 1) {
      const oldest = this.#whole.shift()!
      this.#forgetCalls(oldest)
      this.#shorten(oldest)
    }
    while (this.#ended.length > this.#retention.runs) {
      const oldest = this.#ended.shift()!
      if (this.#whole[0] === oldest) this.#whole.shift()
      this.#forgetCalls(oldest)
      this.#forget(oldest, "input")
      this.#endedCharacters -= this.#charactersOf(oldest)
      this.#table(oldest.workspace, "run").delete(oldest.id)
    }
  }

  #forgetCalls(run: EndedRun): void {
    if (this.#withCalls[0] === run) this.#withCalls.shift()
    this.#endedCharacters -= this.#charactersOfCalls(run)
    this.#endedCalls -= this.#forget(run, "toolCall")
  }

  #shorten({ workspace, id }: EndedRun): void {
    const row = this.get(workspace, "run", id)
    if (Option.isNone(row)) return
    const short = shortRun(row.value.entity)
    this.#endedCharacters -= charactersOfRun(row.value.entity) - charactersOfRun(short)
    this.#put(workspace, "run", id, { ...row.value, entity: short })
  }

  #charactersOfCalls(run: EndedRun): number {
    let sum = 0
    for (const id of this.#idsOfRun(run, "toolCall")) {
      const row = this.get(run.workspace, "toolCall", id)
      if (Option.isSome(row)) sum += charactersOfCall(row.value.entity)
    }
    return sum
  }

  #charactersOf(run: EndedRun): number {
    const row = this.get(run.workspace, "run", run.id)
    return this.#charactersOfCalls(run) + (Option.isSome(row) ? charactersOfRun(row.value.entity) : 0)
  }

  #idsOfRun({ workspace, id }: EndedRun, kind: "toolCall" | "input"): ReadonlySet<string> {
    return this.#byRun.get(`${workspace} ${kind} ${id}`) ?? new Set()
  }

  /** Drops what belongs to a run; gives how much that was. */
  #forget(run: EndedRun, kind: "toolCall" | "input"): number {
    const ids = this.#idsOfRun(run, kind)
    const table = this.#table(run.workspace, kind)
    for (const id of ids) table.delete(id)
    this.#byRun.delete(`${run.workspace} ${kind} ${run.id}`)
    return ids.size
  }

  get<K extends EntityKind>(workspace: WorkspaceId, kind: K, id: string): Option.Option<Versioned<EntityOf<K>>> {
    return Option.fromNullishOr(this.#tables.get(workspace)?.get(kind)?.get(id) as Versioned<EntityOf<K>> | undefined)
  }

  list<K extends EntityKind>(
    workspace: WorkspaceId,
    kind: K,
    query: ListQuery = {}
  ): ReadonlyArray<Versioned<EntityOf<K>>> {
    const table = this.#tables.get(workspace)?.get(kind) as Map<string, Versioned<EntityOf<K>>> | undefined
    if (table === undefined) return []
    const ids = [...this.#idsOf(table, workspace, kind, query.run)].sort()
    if (query.newestFirst) ids.reverse()
    const rows: Array<Versioned<EntityOf<K>>> = []
    for (const id of ids) {
      if (rows.length === query.limit) break
      if (query.after !== undefined && (query.newestFirst ? id >= query.after : id <= query.after)) continue
      const row = table.get(id)
      if (row !== undefined && (query.state === undefined || stateOf(row.entity) === query.state)) rows.push(row)
    }
    return rows
  }

  #idsOf(table: ReadonlyMap<string, unknown>, workspace: WorkspaceId, kind: EntityKind, run?: RunId): Iterable<string> {
    return run === undefined ? table.keys() : (this.#byRun.get(`${workspace} ${kind} ${run}`) ?? [])
  }

  workspaces(): ReadonlyArray<WorkspaceId> {
    return [...this.#tables]
      .filter(([, tables]) => tables.get("workspace")?.size)
      .map(([id]) => id)
      .sort()
  }

  /** Everything, in a stable order: equal states have equal snapshots. */
  snapshot(): Snapshot {
    const rows: Array<SnapshotRow> = []
    for (const workspace of [...this.#tables.keys()].sort()) {
      const tables = this.#tables.get(workspace)!
      for (const kind of [...tables.keys()].sort()) {
        const table = tables.get(kind)!
        for (const id of [...table.keys()].sort()) {
          rows.push({ kind, workspace, id, ...table.get(id)! } as SnapshotRow)
        }
      }
    }
    return { seq: this.seq, rows }
  }

  static fromSnapshot(snapshot: Snapshot, retention: Retention = defaultRetention): State {
    const state = new State(retention)
    state.#seq = snapshot.seq
    const ended: Array<EndedRun & { readonly revision: Revision }> = []
    for (const { kind, workspace, id, revision, entity } of snapshot.rows) {
      state.#put(workspace, kind, id, { revision, entity })
      if (kind === "run" && terminalStatuses.has(entity.status)) ended.push({ workspace, id: entity.id, revision })
    }
    // Nothing touches a run after its end, so that its revision is when it ended.
    for (const run of ended.sort((a, b) => a.revision - b.revision)) state.#retire(run)
    return state
  }
}

const stateOf = (entity: Entity): string | undefined =>
  "status" in entity ? entity.status : "state" in entity ? entity.state : undefined
