// Whether a body can be spread into the argument object: the properties of an object schema, its parts and choices included.
import { isObject, own, ownArray, ownString, type JsonObject, type Refs } from "../../json-schema/Refs.ts"

export interface FlatBody {
  readonly properties: ReadonlyMap<string, unknown>
  readonly required: ReadonlySet<string>
  /** Schema of further properties, when the body takes any. */
  readonly additional?: unknown
  /** Choices that refine the properties, as schemas of the document. */
  readonly choices: ReadonlyArray<JsonObject>
}

interface Found {
  readonly properties: Map<string, unknown>
  readonly required: Set<string>
  readonly choices: Array<JsonObject>
  additional?: unknown
  left: number
}

const deepest = 8
const mostProperties = 400

/** `undefined` when the schema is not simply an object with known properties. */
export const flatten = (schema: unknown, refs: Refs): FlatBody | undefined => {
  const found: Found = { properties: new Map(), required: new Set(), choices: [], left: 2_000 }
  const fits = collect(schema, refs, found, true, 0)
  return fits && found.properties.size > 0 && found.properties.size <= mostProperties ? found : undefined
}

const collect = (schema: unknown, refs: Refs, found: Found, demanded: boolean, depth: number): boolean => {
  if (!isObject(schema) || depth > deepest || --found.left < 0) return false
  const ref = ownString(schema, "$ref")
  if (ref !== undefined) return collect(refs.find(ref)?.value, refs, found, demanded, depth + 1)
  const type = own(schema, "type")
  if (type !== undefined && type !== "object" && !(Array.isArray(type) && type.includes("object"))) return false
  if (
    own(schema, "enum") !== undefined ||
    own(schema, "const") !== undefined ||
    own(schema, "patternProperties") !== undefined
  )
    return false
  const properties = own(schema, "properties")
  if (isObject(properties)) {
    for (const key of Object.keys(properties)) {
      if (own(properties[key], "readOnly") === true) continue
      if (!found.properties.has(key)) found.properties.set(key, properties[key])
    }
  }
  if (demanded) {
    for (const name of ownArray(schema, "required")) {
      if (typeof name === "string" && own(own(properties, name), "readOnly") !== true) found.required.add(name)
    }
  }
  const additional = own(schema, "additionalProperties")
  if (additional === true || isObject(additional)) found.additional = additional
  for (const part of ownArray(schema, "allOf")) if (!collect(part, refs, found, demanded, depth + 1)) return false
  return collectChoices(schema, refs, found, demanded, depth)
}

/** Choices are spread only where they refine properties that are there anyway; otherwise they are better shown as a union. */
const collectChoices = (schema: JsonObject, refs: Refs, found: Found, demanded: boolean, depth: number): boolean => {
  for (const keyword of ["anyOf", "oneOf"] as const) {
    const branches = ownArray(schema, keyword)
    if (branches.length === 0) continue
    if (branches.length === 1) {
      if (!collect(branches[0], refs, found, demanded, depth + 1)) return false
      continue
    }
    if (found.properties.size === 0) return false
    for (const branch of branches) if (!collect(branch, refs, found, false, depth + 1)) return false
    found.choices.push({ anyOf: branches.map(opened) })
  }
  return true
}

/** A choice that allows nothing but its own properties would refuse the parameters beside it. */
const opened = (branch: unknown): unknown => {
  if (!isObject(branch) || own(branch, "additionalProperties") !== false) return branch
  const { additionalProperties: _, ...rest } = branch
  return rest
}
