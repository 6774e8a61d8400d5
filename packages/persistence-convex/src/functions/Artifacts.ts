// Content by its hash: small content in its row, the names of the files that hold larger content.
import { internalMutation, internalQuery, Storage } from "@executor-v2/confect"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Calls from "../Calls.ts"
import type { StorageId } from "../convex-ids.ts"
import { spanOf, touchedBy } from "../Pieces.ts"
import { readTables, writeTables } from "./Database.ts"

const find = (workspace: string, hash: string) =>
  Effect.flatMap(readTables, (db) =>
    db.unique("artifacts", (q) => q.withIndex("by_hash", (i) => i.eq("workspaceId", workspace).eq("hash", hash)))
  )

export const artifactPart = internalQuery({
  ...Calls.artifactPart,
  handler: Effect.fnUntraced(function* ({ hash, range, workspace }) {
    const found = yield* find(workspace, hash)
    if (Option.isNone(found)) return null
    const { bytes, pieces = [], size } = found.value
    const { length, offset } = spanOf(size, range)
    if (bytes !== undefined) return { kind: "inline", size, bytes: bytes.slice(offset, offset + length) } as const
    const { end, first } = touchedBy({ offset, length })
    return { kind: "pieces", size, pieces: pieces.slice(first, end) } as const
  })
})

export const artifactKeep = internalMutation({
  ...Calls.artifactKeep,
  handler: Effect.fnUntraced(function* ({ bytes, hash, workspace }) {
    const found = yield* find(workspace, hash)
    if (Option.isSome(found)) return null
    const db = yield* writeTables
    yield* db.insert("artifacts", { workspaceId: workspace, hash, size: bytes.byteLength, bytes })
    return null
  })
})

/** Removes files, some of which may be lost already: removing a lost one would end the mutation. */
const removeFiles = Effect.fnUntraced(function* (files: ReadonlyArray<StorageId>) {
  const storage = yield* Storage
  for (const file of files) {
    if (Option.isSome(yield* storage.getUrl(file))) yield* storage.remove(file)
  }
})

const equal = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): boolean =>
  a.length === b.length && a.every((id, at) => id === b[at])

export const artifactJoin = internalMutation({
  ...Calls.artifactJoin,
  handler: Effect.fnUntraced(function* ({ damaged, hash, pieces, size, workspace }) {
    const db = yield* writeTables
    const found = yield* find(workspace, hash)
    const row = { workspaceId: workspace, hash, size, pieces }
    if (Option.isNone(found)) {
      yield* db.insert("artifacts", row)
    } else if (damaged !== undefined && equal(found.value.pieces ?? [], damaged)) {
      yield* db.replace("artifacts", found.value._id, row)
      yield* removeFiles(damaged)
    } else {
      yield* removeFiles(pieces)
    }
    return null
  })
})

export const artifactDrop = internalMutation({
  ...Calls.artifactDrop,
  handler: Effect.fnUntraced(function* ({ hash, pieces, workspace }) {
    const found = yield* find(workspace, hash)
    const used = new Set<string>(Option.isSome(found) ? found.value.pieces : [])
    yield* removeFiles(pieces.filter((id) => !used.has(id)))
    return null
  })
})
