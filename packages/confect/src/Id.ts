// Ids of Convex documents, for joins between tables. What the product itself is named by stays a branded string of its own.
import * as Schema from "effect/Schema"
import type { GenericId } from "convex/values"

/** The annotation that carries the table's name on the String node; it survives `brand` and `check`. */
export const tableAnnotation = "convexTable"

/** A Schema for the id of a document of `table`. Whether such a document exists is Convex's to know. */
export const Id = <Table extends string>(table: Table): Schema.Codec<GenericId<Table>> =>
  Schema.String.annotate({ [tableAnnotation]: table, title: `Id<${table}>` }) as never
