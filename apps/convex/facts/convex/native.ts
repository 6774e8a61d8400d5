"use node"
// What the other runtime sees.
import { actionGeneric } from "convex/server"

export const variable = actionGeneric({
  args: {},
  handler: async () => ({ node: process.version, variable: process.env["FACTS_VARIABLE"] ?? null })
})
