// The product's tables, and one for the probes.
import { defineSchema, defineTable, Bytes } from "@executor-v2/confect"
import { tables } from "@executor-v2/persistence-convex/Tables"
import { Schema } from "effect"

const Marks = Schema.Struct({
  name: Schema.String,
  at: Schema.optionalKey(Schema.Finite),
  count: Schema.optionalKey(Schema.Finite),
  bytes: Schema.optionalKey(Bytes),
  list: Schema.optionalKey(Schema.Array(Schema.Finite)),
  scores: Schema.optionalKey(Schema.Record(Schema.String, Schema.Finite)),
  anything: Schema.optionalKey(Schema.Any)
})

export default defineSchema({ ...tables, marks: defineTable(Marks).index("by_name", ["name"]) })
