// Tables and schemas from Effect Schemas: Convex's own definitions, typed from the Encoded side, that still know how to decode.
import type * as Schema from "effect/Schema"
import { defineSchema as convexSchema, defineTable as convexTable } from "convex/server"
import type {
  DataModelFromSchemaDefinition,
  GenericTableIndexes,
  IndexTiebreakerField,
  SchemaDefinition,
  TableDefinition
} from "convex/server"
import type { GenericId, PropertyValidators, VObject } from "convex/values"
import type { Paths, Plain } from "./Encoded.ts"
import { SchemaRefused, toValidator } from "./Validator.ts"

/** What a table may hold: Structs, Classes, unions of them. */
export type RowSchema = Schema.ConstraintCodec<object, object>

interface Typed<S extends RowSchema, Indexes extends GenericTableIndexes> {
  /** Decodes and encodes a row. */
  readonly schema: S
  /** Adds an index over fields of the Encoded side, in the order in which they can be asked for. */
  index<const Name extends string, const Fields extends [Paths<S["Encoded"]>, ...Array<Paths<S["Encoded"]>>]>(
    name: Name,
    fields: Fields
  ): Table<S, Indexes & Record<Name, [...Fields, IndexTiebreakerField]>>
}

/** A Convex table that holds rows of `S`. */
export type Table<S extends RowSchema, Indexes extends GenericTableIndexes = Record<never, never>> = Typed<S, Indexes> &
  TableDefinition<VObject<Plain<S["Encoded"]>, PropertyValidators, "required", Paths<S["Encoded"]>>, Indexes>

/** Any table made by `defineTable`. */
export type AnyTable = { readonly schema: RowSchema } & TableDefinition

/** Named tables, as `defineSchema` takes them. */
export type Tables = Record<string, AnyTable>

/** The rows of a table as handlers see them: decoded, with Convex's own fields. A Class comes back as its fields. */
export type Row<T extends Tables, Name extends keyof T & string> = Readonly<T[Name]["schema"]["Type"]> & {
  readonly _id: GenericId<Name>
  readonly _creationTime: number
}

/** Convex's own types of the tables' encoded rows. */
export type DataModel<T extends Tables> = DataModelFromSchemaDefinition<SchemaDefinition<T, true>>

/** A table of rows. Throws `SchemaRefused` for what no validator describes, for other than objects, and for top names that begin with `_`. */
export const defineTable = <S extends RowSchema>(schema: S): Table<S> => {
  const validator = toValidator(schema)
  const parts = validator.kind === "union" ? validator.members : [validator]
  for (const part of parts) {
    if (part.kind !== "object") throw new SchemaRefused([], `a table holds objects, not ${part.kind}: use a Struct`)
    const reserved = Object.keys(part.fields).find((name) => name.startsWith("_"))
    if (reserved !== undefined) {
      throw new SchemaRefused(
        [reserved],
        "names at the top that begin with _ are Convex's own: use kind, or put it under a field"
      )
    }
  }
  return Object.assign(convexTable(validator as never), { schema }) as never
}

/** The schema of a deployment: the default export of `convex/schema.ts`. */
export const defineSchema = <T extends Tables>(tables: T): SchemaDefinition<T, true> => convexSchema(tables)
