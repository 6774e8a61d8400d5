// The database as the functions of this package see it.
import { defineSchema, reader, writer, type Row } from "@executor-v2/confect"
import * as Effect from "effect/Effect"
import { tables } from "../Tables.ts"

const schema = defineSchema(tables)

export const readTables = reader(schema)
export const writeTables = writer(schema)

/** A stored row with the fields that Convex gives it. */
export type RowOf<Name extends keyof typeof tables> = Row<typeof tables, Name>

/** What one query hands out at most, with room to the limits of a transaction and of an array. */
const pageBytes = 8 * 1024 * 1024
const pageRows = 4_000

/** Room of one page. `take` says whether there is some left after this much text. */
export const pageRoom = () => {
  let bytes = 0
  let rows = 0
  return {
    take: (text: string): boolean => {
      // A character has three bytes of UTF-8 at most; the rest is what surrounds the text in its row.
      bytes += text.length * 3 + 300
      rows++
      return bytes < pageBytes && rows < pageRows
    }
  }
}

/** Reads rows one by one, as long as `visit` wants more: how many will fit is known only when they are read. */
export const walk = <Row>(rows: AsyncIterable<Row>, visit: (row: Row) => boolean): Effect.Effect<void> =>
  Effect.promise(async () => {
    for await (const row of rows) if (!visit(row)) return
  })

/** The lease of a run. */
export const findLease = (workspace: string, run: string) =>
  Effect.flatMap(readTables, (db) =>
    db.unique("leases", (q) => q.withIndex("by_run", (i) => i.eq("workspaceId", workspace).eq("runId", run)))
  )
