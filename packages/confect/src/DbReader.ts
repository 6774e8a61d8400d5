// Reading tables in queries and mutations. Rows come back decoded; one that does not decode is a defect: only checked writes made it.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type {
  GenericDatabaseReader,
  GenericDataModel,
  NamedTableInfo,
  OrderedQuery,
  PaginationOptions,
  PaginationResult,
  QueryInitializer,
  SchemaDefinition
} from "convex/server"
import type { GenericId } from "convex/values"
import type { DataModel, Row, Tables } from "./Tables.ts"

/** The database of the running function; ask for it with `reader(schema)`. */
export class DbReader extends Context.Service<DbReader, { readonly db: GenericDatabaseReader<GenericDataModel> }>()(
  "@executor-v2/confect/DbReader"
) {}

/** Narrows a table: an index, a range, an order, as Convex types them over the encoded rows. */
export type Select<T extends Tables, Name extends keyof T & string> = (
  from: QueryInitializer<NamedTableInfo<DataModel<T>, Name>>
) => OrderedQuery<NamedTableInfo<DataModel<T>, Name>>

/** Typed reads over one schema. */
export interface Reader<T extends Tables> {
  readonly get: <N extends keyof T & string>(table: N, id: GenericId<N>) => Effect.Effect<Option.Option<Row<T, N>>>
  readonly first: <N extends keyof T & string>(
    table: N,
    select: Select<T, N>
  ) => Effect.Effect<Option.Option<Row<T, N>>>
  /** The only row; more than one is a defect. */
  readonly unique: <N extends keyof T & string>(
    table: N,
    select: Select<T, N>
  ) => Effect.Effect<Option.Option<Row<T, N>>>
  readonly take: <N extends keyof T & string>(
    table: N,
    count: number,
    select: Select<T, N>
  ) => Effect.Effect<ReadonlyArray<Row<T, N>>>
  /** All of them: only for what is bounded by its nature. */
  readonly collect: <N extends keyof T & string>(
    table: N,
    select: Select<T, N>
  ) => Effect.Effect<ReadonlyArray<Row<T, N>>>
  /** One page; a function may read only one. */
  readonly page: <N extends keyof T & string>(
    table: N,
    options: PaginationOptions,
    select: Select<T, N>
  ) => Effect.Effect<PaginationResult<Row<T, N>>>
}

/** Reads over the tables of `schema`. */
export const reader = <T extends Tables>(
  schema: SchemaDefinition<T, boolean>
): Effect.Effect<Reader<T>, never, DbReader> => Effect.map(DbReader, ({ db }) => makeReader(schema, db))

type Stored = Record<string, unknown>
type Untyped = { readonly [K in keyof Reader<Tables>]: (...args: ReadonlyArray<never>) => unknown }

export const makeReader = <T extends Tables>(
  schema: SchemaDefinition<T, boolean>,
  db: GenericDatabaseReader<GenericDataModel>
): Reader<T> => {
  const row = (table: string) => {
    const decode = Schema.decodeUnknownSync(tableOf(schema, table).schema)
    return ({ _id, _creationTime, ...fields }: Stored) => ({ ...decode(fields), _id, _creationTime })
  }
  const one = (table: string, read: () => Promise<Stored | null>) =>
    Effect.map(Effect.promise(read), (found) => Option.map(Option.fromNullOr(found), row(table)))
  const many = (table: string, read: () => Promise<ReadonlyArray<Stored>>) =>
    Effect.map(Effect.promise(read), (found) => found.map(row(table)))
  type Narrow = (from: QueryInitializer<GenericDataModel[string]>) => OrderedQuery<GenericDataModel[string]>
  const reads = {
    get: (table: string, id: GenericId<string>) => one(table, () => db.get(table, id)),
    first: (table: string, select: Narrow) => one(table, () => select(db.query(table)).first()),
    unique: (table: string, select: Narrow) => one(table, () => select(db.query(table)).unique()),
    take: (table: string, count: number, select: Narrow) => many(table, () => select(db.query(table)).take(count)),
    collect: (table: string, select: Narrow) => many(table, () => select(db.query(table)).collect()),
    page: (table: string, options: PaginationOptions, select: Narrow) =>
      Effect.map(
        Effect.promise(() => select(db.query(table)).paginate(options)),
        (found) => ({ ...found, page: found.page.map(row(table)) })
      )
  } satisfies Untyped
  return reads as never
}

/** The table of that name; asking for another is a mistake in the program. */
export const tableOf = (schema: SchemaDefinition<Tables, boolean>, table: string): Tables[string] => {
  const found = schema.tables[table]
  if (found === undefined) throw new Error(`the schema has no table ${table}`)
  return found
}
