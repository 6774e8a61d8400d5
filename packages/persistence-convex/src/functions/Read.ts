// What Views and subscribers ask, in pages that stay inside what one query may read and hand out.
import { DbReader, internalQuery, type ArgsType, type DataModel } from "@executor-v2/confect"
import type { Revision, Sequence, WorkspaceId } from "@executor-v2/schema"
import type { GenericDatabaseReader } from "convex/server"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Calls from "../Calls.ts"
import type { tables } from "../Tables.ts"
import { pageRoom, readTables, walk, type RowOf } from "./Database.ts"

type Database = GenericDatabaseReader<DataModel<typeof tables>>
/** The database itself: a walk over rows of unknown size must be able to stop after any of them. */
const database = Effect.map(DbReader, ({ db }) => db as unknown as Database)

const told = ({ entityJson, id, revision }: Pick<RowOf<"entities">, "id" | "revision" | "entityJson">): Calls.Row => ({
  id,
  revision: revision as Revision,
  entityJson
})

export const get = internalQuery({
  ...Calls.get,
  handler: Effect.fnUntraced(function* ({ id, kind, workspace }) {
    const db = yield* readTables
    const row = yield* db.unique("entities", (q) =>
      q.withIndex("by_entity", (i) => i.eq("workspaceId", workspace).eq("kind", kind).eq("id", id))
    )
    return Option.match(row, { onNone: () => null, onSome: told })
  })
})

/** Sorts after every id. */
const afterAll = "\u{10FFFF}"

/** Rows in the order of their ids, by the index that fits the question best. */
const select = (
  db: Database,
  { after, kind, newestFirst, run, state, workspace }: ArgsType<typeof Calls.list.args>
) => {
  const rows = db.query("entities")
  const [from, to] = newestFirst ? ["", after ?? afterAll] : [after ?? "", afterAll]
  const found =
    run !== undefined
      ? rows.withIndex("by_run", (i) =>
          i.eq("workspaceId", workspace).eq("kind", kind).eq("run", run).gt("id", from).lt("id", to)
        )
      : state !== undefined
        ? rows.withIndex("by_state", (i) =>
            i.eq("workspaceId", workspace).eq("kind", kind).eq("state", state).gt("id", from).lt("id", to)
          )
        : rows.withIndex("by_entity", (i) =>
            i.eq("workspaceId", workspace).eq("kind", kind).gt("id", from).lt("id", to)
          )
  return found.order(newestFirst ? "desc" : "asc")
}

export const list = internalQuery({
  ...Calls.list,
  handler: Effect.fnUntraced(function* (question) {
    const { limit = Number.POSITIVE_INFINITY, state } = question
    const db = yield* database
    const room = pageRoom()
    const rows: Array<Calls.Row> = []
    let next: string | null = null
    if (limit <= 0) return { rows, next }
    yield* walk(select(db, question), (row) => {
      if (state === undefined || row.state === state) rows.push(told(row))
      if (rows.length >= limit) return false
      if (room.take(row.entityJson)) return true
      next = row.id
      return false
    })
    return { rows, next }
  })
})

export const workspaces = internalQuery({
  ...Calls.workspaces,
  handler: Effect.fnUntraced(function* ({ after = "" }) {
    const db = yield* database
    const room = pageRoom()
    const found: Array<WorkspaceId> = []
    let next: string | null = null
    const rows = db.query("workspaces").withIndex("by_workspace", (i) => i.gt("workspaceId", after))
    yield* walk(rows, (row) => {
      if (row.created) found.push(row.workspaceId as WorkspaceId)
      if (room.take(row.workspaceId)) return true
      next = row.workspaceId
      return false
    })
    return { workspaces: found, next }
  })
})

export const changesSince = internalQuery({
  ...Calls.changesSince,
  handler: Effect.fnUntraced(function* ({ after, workspace }) {
    if (after === undefined) {
      const reader = yield* readTables
      const counter = yield* reader.unique("workspaces", (q) =>
        q.withIndex("by_workspace", (i) => i.eq("workspaceId", workspace))
      )
      const seq = Option.match(counter, { onNone: () => 0, onSome: (row) => row.seq })
      return { seq: seq as Sequence, envelopesJson: [] }
    }
    const db = yield* database
    const room = pageRoom()
    const envelopesJson: Array<string> = []
    let seq: number = after
    const rows = db.query("events").withIndex("by_seq", (i) => i.eq("workspaceId", workspace).gt("seq", after))
    yield* walk(rows, (row) => {
      envelopesJson.push(row.envelopeJson)
      seq = row.seq
      return room.take(row.envelopeJson)
    })
    return { seq: seq as Sequence, envelopesJson }
  })
})
