// Writing tables in mutations: values are encoded, checked against Convex's limits and the table's Schema, and only then written.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { GenericDatabaseWriter, GenericDataModel, SchemaDefinition } from "convex/server"
import type { GenericId } from "convex/values"
import { checkDocument, DocumentRefused, issuesOf } from "./CheckDocument.ts"
import { makeReader, tableOf } from "./DbReader.ts"
import type { Reader } from "./DbReader.ts"
import { strict } from "./Encoded.ts"
import type { Codec } from "./Encoded.ts"
import type { RowSchema, Tables } from "./Tables.ts"

/** The database of the running mutation; ask for it with `writer(schema)`. */
export class DbWriter extends Context.Service<DbWriter, { readonly db: GenericDatabaseWriter<GenericDataModel> }>()(
  "@executor-v2/confect/DbWriter"
) {}

type Values<T extends Tables, N extends keyof T> = T[N]["schema"]["Type"]

/** Some fields of a row; `undefined` removes an optional one. */
export type Patch<A> = { readonly [K in keyof A]?: A[K] | undefined }

/** Typed reads and writes over one schema. A refused document was not written. */
export interface Writer<T extends Tables> extends Reader<T> {
  readonly insert: <N extends keyof T & string>(
    table: N,
    value: Values<T, N>
  ) => Effect.Effect<GenericId<N>, DocumentRefused>
  readonly replace: <N extends keyof T & string>(
    table: N,
    id: GenericId<N>,
    value: Values<T, N>
  ) => Effect.Effect<void, DocumentRefused>
  /** Encodes field by field (the table must hold one Struct or Class) and checks the whole document as it will be. */
  readonly patch: <N extends keyof T & string>(
    table: N,
    id: GenericId<N>,
    value: Patch<Values<T, N>>
  ) => Effect.Effect<void, DocumentRefused>
  readonly remove: <N extends keyof T & string>(table: N, id: GenericId<N>) => Effect.Effect<void>
}

/** Reads and writes over the tables of `schema`. */
export const writer = <T extends Tables>(
  schema: SchemaDefinition<T, boolean>
): Effect.Effect<Writer<T>, never, DbWriter> => Effect.map(DbWriter, ({ db }) => makeWriter(schema, db))

type Encoded = Record<string, never>

const makeWriter = <T extends Tables>(
  schema: SchemaDefinition<T, boolean>,
  db: GenericDatabaseWriter<GenericDataModel>
): Writer<T> => {
  const encoded = (table: string, value: unknown) => {
    const row = tableOf(schema, table).schema
    return Effect.tap(encodeWith(table, row, value), (document) => checked(table, document, row))
  }
  const writes = {
    insert: (table: string, value: unknown) =>
      Effect.flatMap(encoded(table, value), (document) => Effect.promise(() => db.insert(table, document))),
    replace: (table: string, id: GenericId<string>, value: unknown) =>
      Effect.flatMap(encoded(table, value), (document) => Effect.promise(() => db.replace(table, id, document))),
    patch: Effect.fnUntraced(function* (
      table: string,
      id: GenericId<string>,
      value: Readonly<Record<string, unknown>>
    ) {
      const row = tableOf(schema, table).schema
      const fields = yield* encodeFields(table, row, value)
      const stored = yield* Effect.promise(() => db.get(table, id))
      if (stored === null) return yield* Effect.die(new Error(`patch: no such document in ${table}`))
      const { _id, _creationTime, ...now } = stored
      const next = Object.fromEntries(Object.entries({ ...now, ...fields }).filter(([, field]) => field !== undefined))
      yield* checked(table, next, row)
      yield* Effect.promise(() => db.patch(table, id, fields))
    }),
    remove: (table: string, id: GenericId<string>) => Effect.promise(() => db.delete(table, id))
  }
  return { ...makeReader(schema, db), ...writes } as never
}

const checked = (table: string, document: unknown, row: RowSchema): Effect.Effect<void, DocumentRefused> =>
  Option.match(checkDocument(table, document, row), { onNone: () => Effect.void, onSome: Effect.fail })

const encodeWith = (table: string, schema: Codec, value: unknown): Effect.Effect<Encoded, DocumentRefused> => {
  const exit = Schema.encodeUnknownExit(schema)(withoutSystemFields(value), strict)
  if (Exit.isSuccess(exit)) return Effect.succeed(exit.value as Encoded)
  const issue = issuesOf(exit.cause)[0] ?? { path: "$", problem: "does not fit" }
  return Effect.fail(new DocumentRefused({ table, rule: "schema", ...issue }))
}

/** A row that was read may be written back as it is. */
const withoutSystemFields = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null || !("_id" in value)) return value
  const { _id, _creationTime, ...fields } = value as Record<string, unknown>
  return fields
}

const encodeFields = (
  table: string,
  row: RowSchema,
  value: Readonly<Record<string, unknown>>
): Effect.Effect<Encoded, DocumentRefused> => {
  const known = (row as RowSchema & { readonly fields?: Readonly<Record<string, Schema.Top & Codec>> }).fields
  if (known === undefined)
    return Effect.die(new Error(`${table} holds no single Struct: replace the document instead of patching it`))
  const removed = Object.keys(value).filter((name) => value[name] === undefined)
  const present = Object.keys(value).filter((name) => value[name] !== undefined)
  const foreign = Object.keys(value).find((name) => known[name] === undefined)
  if (foreign !== undefined) {
    return Effect.fail(
      new DocumentRefused({ table, rule: "schema", path: foreign, problem: "is no field of the table" })
    )
  }
  const part = Schema.Struct(Object.fromEntries(present.map((name) => [name, known[name]!])))
  return Effect.map(
    encodeWith(table, part, Object.fromEntries(present.map((name) => [name, value[name]]))),
    (fields) => ({
      ...fields,
      ...Object.fromEntries(removed.map((name) => [name, undefined as never]))
    })
  )
}
