// Tools as the SDK gets to see them: what is nested without end is cut off first, because the SDK's validators recurse,
// and one tool that exhausts the stack would take the whole list with it.
import type { JSONRPCMessage } from "@modelcontextprotocol/client"
import { own } from "../../json-schema/Refs.ts"

/** Deeper than any schema that is kept (`InputSchema.ts`), so that one that was cut is still refused for its depth. */
const deepest = 150

const isDeep = (value: unknown, levels: number): boolean => {
  if (typeof value !== "object" || value === null) return false
  if (levels === 0) return true
  for (const key of Object.keys(value)) {
    if (isDeep((value as Record<string, unknown>)[key], levels - 1)) return true
  }
  return false
}

const cut = (value: unknown, levels: number): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (levels === 0) return Array.isArray(value) ? [] : {}
  if (Array.isArray(value)) return value.map((item) => cut(item, levels - 1))
  // `fromEntries` defines keys and assigns none: `__proto__` stays a key like any other.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cut(inner, levels - 1)]))
}

/** The same message, unless it lists a tool that is nested too deep. */
export const shallowTools = <M extends JSONRPCMessage>(message: M): M => {
  const result = own(message, "result")
  const tools = own(result, "tools")
  if (!Array.isArray(tools) || !tools.some((tool) => isDeep(tool, deepest))) return message
  return { ...message, result: { ...(result as object), tools: tools.map((tool) => cut(tool, deepest)) } }
}
