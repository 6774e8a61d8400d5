// The tables of a deployment: those of the persistence package, and none of our own.
import { defineSchema } from "@executor-v2/confect"
import { tables } from "@executor-v2/persistence-convex/Tables"

export default defineSchema(tables)
