// Keys to workspaces. What is kept of a key is its hash; listing them never tells it.
import { internalMutation, internalQuery } from "@executor-v2/confect"
import type { Timestamp, WorkspaceId } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Calls from "../Calls.ts"
import { readTables, writeTables, type RowOf } from "./Database.ts"

const pageTokens = 1_000

const findByHash = (hash: string) =>
  Effect.flatMap(readTables, (db) => db.unique("tokens", (q) => q.withIndex("by_hash", (i) => i.eq("hash", hash))))

const findById = (workspace: string, id: string) =>
  Effect.flatMap(readTables, (db) =>
    db.unique("tokens", (q) => q.withIndex("by_workspace", (i) => i.eq("workspaceId", workspace).eq("id", id)))
  )

const told = ({ createdAt, id, kind, name, revokedAt, workspaceId }: RowOf<"tokens">): Calls.Token => ({
  id,
  workspace: workspaceId as WorkspaceId,
  kind,
  name,
  createdAt: createdAt as Timestamp,
  ...(revokedAt === undefined ? {} : { revokedAt: revokedAt as Timestamp })
})

export const tokenCreate = internalMutation({
  ...Calls.tokenCreate,
  handler: Effect.fnUntraced(function* ({ hash, token: { workspace, ...token } }) {
    const taken = [yield* findByHash(hash), yield* findById(workspace, token.id)]
    if (taken.some(Option.isSome)) return false
    const db = yield* writeTables
    yield* db.insert("tokens", { workspaceId: workspace, hash, ...token })
    return true
  })
})

export const tokenFind = internalQuery({
  ...Calls.tokenFind,
  handler: ({ hash }) => Effect.map(findByHash(hash), (row) => Option.match(row, { onNone: () => null, onSome: told }))
})

export const tokenList = internalQuery({
  ...Calls.tokenList,
  handler: Effect.fnUntraced(function* ({ after = "", workspace }) {
    const db = yield* readTables
    const rows = yield* db.take("tokens", pageTokens, (q) =>
      q.withIndex("by_workspace", (i) => i.eq("workspaceId", workspace).gt("id", after))
    )
    return { tokens: rows.map(told), next: rows.length < pageTokens ? null : rows.at(-1)!.id }
  })
})

export const tokenRevoke = internalMutation({
  ...Calls.tokenRevoke,
  handler: Effect.fnUntraced(function* ({ at, id, workspace }) {
    const found = yield* findById(workspace, id)
    if (Option.isNone(found)) return false
    const { _creationTime, _id, ...row } = found.value
    const db = yield* writeTables
    if (row.revokedAt === undefined) yield* Effect.orDie(db.replace("tokens", _id, { ...row, revokedAt: at }))
    return true
  })
})
