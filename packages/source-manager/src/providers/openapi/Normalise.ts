// Schemas of OpenAPI 3.0 and 3.1 → JSON Schema 2020-12 for checking arguments: only what checking reads, in bounded size.
import { isObject, own, ownArray, ownString, type JsonObject, type Refs } from "../../json-schema/Refs.ts"

/** A schema with its references as `#/$defs/Name`, and the names it needs. */
export interface Normalised {
  readonly schema: unknown
  readonly names: ReadonlySet<string>
}

export interface Normaliser {
  /** One schema; the same object gives the same result. */
  readonly normalise: (schema: unknown) => Normalised
  /** Definitions for `names` and all that these need, nearest first; what exceeds the bounds allows anything. */
  readonly definitions: (names: Iterable<string>) => JsonObject | undefined
}

/** Nodes of one schema, of one tool's definitions, and of all definitions of a source together. */
const bounds = { schema: 2_000, tool: 1_500, source: 1_000_000, depth: 40 }

const copied = [
  "minLength",
  "maxLength",
  "pattern",
  "multipleOf",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "minContains",
  "maxContains",
  "dependentRequired"
] as const
const single = ["additionalProperties", "propertyNames", "contains", "not", "if", "then", "else"] as const
const listed = ["allOf", "prefixItems"] as const
const types = new Set<unknown>(["string", "number", "integer", "boolean", "object", "array", "null"])

interface Walk {
  readonly names: Set<string>
  nodes: number
}

export const makeNormaliser = (refs: Refs): Normaliser => {
  const done = new Map<object, Normalised & { readonly nodes: number }>()
  let spent = 0

  const root = (schema: unknown): Normalised & { readonly nodes: number } => {
    const known = isObject(schema) ? done.get(schema) : undefined
    if (known !== undefined) return known
    const walk: Walk = { names: new Set(), nodes: 0 }
    const result = { schema: step(schema, walk, refs, 0), names: walk.names, nodes: walk.nodes }
    if (isObject(schema)) done.set(schema, result)
    return result
  }

  const definitions = (names: Iterable<string>): JsonObject | undefined => {
    const queue = [...names]
    if (queue.length === 0) return undefined
    const seen = new Set(queue)
    const entries: Array<readonly [string, unknown]> = []
    let nodes = 0
    for (let next = 0; next < queue.length; next++) {
      const name = queue[next]!
      const target = root(refs.named(name)?.value)
      if (nodes + target.nodes > bounds.tool || spent + target.nodes > bounds.source) {
        entries.push([name, true])
        continue
      }
      nodes += target.nodes
      spent += target.nodes
      entries.push([name, target.schema])
      for (const needed of target.names) {
        if (seen.has(needed)) continue
        seen.add(needed)
        queue.push(needed)
      }
    }
    return Object.fromEntries(entries)
  }
  return { normalise: root, definitions }
}

const step = (schema: unknown, walk: Walk, refs: Refs, depth: number): unknown => {
  if (schema === false) return false
  if (!isObject(schema) || depth > bounds.depth || ++walk.nodes > bounds.schema) return true
  const ref = ownString(schema, "$ref")
  const nullable = own(schema, "nullable") === true
  const out: Record<string, unknown> = {}
  if (ref !== undefined) {
    const target = refs.find(ref)
    if (target === undefined) return true
    walk.names.add(target.name)
    out["$ref"] = `#/$defs/${target.name}`
    return nullable ? { anyOf: [out, { type: "null" }] } : out
  }
  const child = (value: unknown): unknown => step(value, walk, refs, depth + 1)
  scalars(schema, out)
  objects(schema, out, child)
  for (const keyword of single) {
    const value = own(schema, keyword)
    if (value !== undefined) out[keyword] = child(value)
  }
  for (const keyword of listed) {
    const parts = ownArray(schema, keyword).slice(0, 200)
    // A part that forbids other properties would forbid those of its neighbours, which is never meant.
    if (parts.length > 0) out[keyword] = parts.map(child).map(keyword === "allOf" ? withoutClosing : (part) => part)
  }
  const items = own(schema, "items")
  if (items !== undefined && !Array.isArray(items)) out["items"] = child(items)
  const choices = (["anyOf", "oneOf"] as const)
    .map((keyword) => ownArray(schema, keyword).slice(0, 200))
    .filter((parts) => parts.length > 0)
    .map((parts) => ({ anyOf: parts.map(child) }))
  if (choices.length === 1) out["anyOf"] = choices[0]!.anyOf
  else if (choices.length === 2) out["allOf"] = [...ownArray(out, "allOf"), ...choices]
  return nullable ? orNull(out) : Object.keys(out).length === 0 ? true : out
}

const withoutClosing = (schema: unknown): unknown => {
  if (!isObject(schema) || schema["additionalProperties"] !== false) return schema
  const { additionalProperties: _, ...rest } = schema
  return rest
}

const orNull = (schema: Record<string, unknown>): unknown => {
  const type = schema["type"]
  const isPlain = typeof type === "string" && !["allOf", "anyOf", "not", "if"].some((keyword) => keyword in schema)
  if (!isPlain) return Object.keys(schema).length === 0 ? true : { anyOf: [schema, { type: "null" }] }
  const choices = schema["enum"]
  return {
    ...schema,
    type: [type, "null"],
    ...(Array.isArray(choices) ? { enum: [...new Set([...choices, null])] } : {})
  }
}

const scalars = (schema: JsonObject, out: Record<string, unknown>): void => {
  const type = own(schema, "type")
  if (types.has(type)) out["type"] = type
  else if (type === "file") out["type"] = "string"
  else if (Array.isArray(type) && type.length > 0 && type.every((one) => types.has(one))) out["type"] = type
  const choices = own(schema, "enum")
  if (Array.isArray(choices) && choices.length > 0 && choices.length <= 2_000) out["enum"] = choices
  if (Object.hasOwn(schema, "const")) out["const"] = schema["const"]
  for (const keyword of copied) {
    const value = own(schema, keyword)
    if (value !== undefined) out[keyword] = value
  }
  for (const [keyword, exclusive] of [
    ["minimum", "exclusiveMinimum"],
    ["maximum", "exclusiveMaximum"]
  ] as const) {
    const limit = own(schema, keyword)
    const strict = own(schema, exclusive)
    // In 3.0 the exclusive form is a flag beside the limit.
    if (strict === true && typeof limit === "number") out[exclusive] = limit
    else if (typeof limit === "number") out[keyword] = limit
    if (typeof strict === "number") out[exclusive] = strict
  }
}

const objects = (schema: JsonObject, out: Record<string, unknown>, child: (value: unknown) => unknown): void => {
  const properties = own(schema, "properties")
  const hidden = new Set<unknown>()
  if (isObject(properties)) {
    const entries: Array<readonly [string, unknown]> = []
    for (const key of Object.keys(properties)) {
      if (own(properties[key], "readOnly") === true) hidden.add(key)
      else entries.push([key, child(properties[key])])
    }
    out["properties"] = Object.fromEntries(entries)
  }
  const patterns = own(schema, "patternProperties")
  if (isObject(patterns)) {
    out["patternProperties"] = Object.fromEntries(Object.keys(patterns).map((key) => [key, child(patterns[key])]))
  }
  const required = ownArray(schema, "required").filter((name) => typeof name === "string" && !hidden.has(name))
  if (required.length > 0) out["required"] = required
}
