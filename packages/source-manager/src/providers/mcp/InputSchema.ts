// A tool's schemas as strangers write them, made safe to keep: bounded, self-contained, never fetched from anywhere.
import { isObject, type JsonObject } from "../../json-schema/Refs.ts"

/** Largest schema, in characters of JSON, and deepest nesting. */
const limits = { characters: 200_000, depth: 100 }

export type Kept =
  | { readonly _tag: "Kept"; readonly schema: JsonObject; readonly remote: number }
  | { readonly _tag: "Refused"; readonly why: string }

class TooDeep extends Error {}

/** Copies JSON; a reference to another document becomes "anything": where it leads is a stranger's choice. */
const copy = (value: unknown, depth: number, count: { remote: number }): unknown => {
  if (depth > limits.depth) throw new TooDeep()
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1, count))
  if (!isObject(value)) return value
  const copied: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const inner = value[key]
    if ((key === "$ref" || key === "$dynamicRef") && typeof inner === "string" && !inner.startsWith("#")) {
      count.remote++
      continue
    }
    // `__proto__` is a key like any other here, and no prototype.
    if (key === "__proto__")
      Object.defineProperty(copied, key, { value: copy(inner, depth + 1, count), enumerable: true })
    else copied[key] = copy(inner, depth + 1, count)
  }
  return copied
}

/** @param size of the schema in characters of JSON, when known already */
export const keepSchema = (schema: unknown, size = JSON.stringify(schema)?.length ?? 0): Kept => {
  if (!isObject(schema)) return { _tag: "Refused", why: "its schema is not an object" }
  if (size > limits.characters)
    return { _tag: "Refused", why: `its schema is longer than ${limits.characters / 1000} KB` }
  const count = { remote: 0 }
  try {
    return { _tag: "Kept", schema: copy(schema, 0, count) as JsonObject, remote: count.remote }
  } catch (cause) {
    if (cause instanceof TooDeep)
      return { _tag: "Refused", why: `its schema is nested more than ${limits.depth} levels deep` }
    throw cause
  }
}

/** Whether some argument is to be repeated in a header of the request (`x-mcp-header`). */
export const mirrorsArguments = (schema: JsonObject): boolean => JSON.stringify(schema).includes('"x-mcp-header"')
