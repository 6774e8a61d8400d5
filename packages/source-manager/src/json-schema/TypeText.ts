// JSON Schema → TypeScript text. Each schema is written once per detail and direction, and every text is bounded, so that
// neither shared subschemas nor hostile ones make the work grow beyond the size of the document.
import { quoted } from "./Prose.ts"
import { leftOut, mark } from "./TypeMarks.ts"
import { isObject, own, ownArray, ownString, type JsonObject, type Refs } from "./Refs.ts"

/** Values of a tool's arguments have no read-only properties, values of its results no write-only ones. */
export type Direction = "input" | "output"

/** How much of a type is written: levels of inline objects, and properties of each. */
export interface Detail {
  readonly properties: number
  /** Detail of the objects within; `undefined` when they are left out. */
  readonly inner: Detail | undefined
  /** Every detail has texts of its own. */
  readonly key: number
}

let keys = 0
const detail = (properties: number, inner: Detail | undefined): Detail => ({ properties, inner, key: keys++ })

/** Inline objects are left out altogether. */
export const noObjects: Detail = detail(0, undefined)
const one = detail(400, noObjects)
const three = detail(400, detail(400, one))

/** From everything to a sketch. A type is written at the first that fits its budget. */
export const details: ReadonlyArray<Detail> = [
  three,
  one,
  ...[40, 28, 20, 14, 10, 6].map((properties) => detail(properties, noObjects))
]
/** A glance at the outermost object. */
export const glance: Detail = detail(8, noObjects)

export interface TypeText {
  /** TypeScript of a schema. Names of other types are marked; see `references` and `settle`. */
  readonly write: (schema: unknown, detail: Detail, direction: Direction) => string
}

const longestText = 6_000
const deepest = 24
const enumMembers = 16
const unionMembers = 12

export const propertyKey = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name))

const literal = (value: unknown): string =>
  value === null || typeof value === "boolean" || typeof value === "number"
    ? String(value)
    : typeof value === "string" && value.length <= 80
      ? quoted(value)
      : "string"

const union = (members: ReadonlyArray<string>): string => {
  const unique = [...new Set(members)]
  if (unique.length === 0) return "never"
  if (unique.includes("unknown")) return "unknown"
  return unique.length > unionMembers ? `${unique.slice(0, unionMembers).join(" | ")} | ${leftOut}` : unique.join(" | ")
}

const inParentheses = (type: string): string =>
  / [|&] /.test(type) && !/^[[{(][^|&]*[\]})]$/.test(type) ? `(${type})` : type

const arrayOf = (item: string): string => (/^[\w\u0001\u0002"]+$/.test(item) ? `${item}[]` : `Array<${item}>`)

/** What writing a schema needs to know of where it stands. */
interface Frame {
  readonly refs: Refs
  readonly detail: Detail
  readonly direction: Direction
  readonly depth: number
  readonly write: (schema: unknown, detail: Detail, direction: Direction, depth: number) => string
  /** Properties as texts, written once for all details that show the same of them. */
  readonly properties: Array<Map<object, ReadonlyArray<string>>>
}

const slot = (detail: Detail, direction: Direction): number => detail.key * 2 + (direction === "input" ? 0 : 1)

const inside = (frame: Frame, schema: unknown): string =>
  frame.write(schema, frame.detail, frame.direction, frame.depth)

/** Names its types by the document's references. */
export const makeTypeText = (refs: Refs): TypeText => {
  const written: Array<Map<object, string>> = []
  const properties: Frame["properties"] = []

  const write = (schema: unknown, detail: Detail, direction: Direction, depth: number): string => {
    if (schema === false) return "never"
    if (!isObject(schema)) return "unknown"
    if (depth > deepest) return leftOut
    const simple = leaf(schema)
    if (simple !== undefined) return simple
    const texts = (written[slot(detail, direction)] ??= new Map())
    const known = texts.get(schema)
    if (known !== undefined) return known
    // A YAML alias can make a schema contain itself: while it is being written, it stands for what is left out.
    texts.set(schema, leftOut)
    const text = whole(schema, { refs, detail, direction, depth: depth + 1, write, properties })
    const coarser = detail.properties > 40 ? details[2]! : detail === details.at(-1) ? undefined : details.at(-1)!
    const bounded =
      text.length <= longestText ? text : coarser === undefined ? leftOut : write(schema, coarser, direction, depth)
    texts.set(schema, bounded)
    return bounded
  }
  return { write: (schema, detail, direction) => write(schema, detail, direction, 0) }
}

const primitives: ReadonlyMap<unknown, string> = new Map([
  ["string", "string"],
  ["integer", "number"],
  ["number", "number"],
  ["boolean", "boolean"],
  ["null", "null"],
  ["file", "string"]
])
const shaping = ["enum", "const", "$ref", "allOf", "anyOf", "oneOf"] as const

/** Most schemas are a mere `type`, which is the same in every detail and not worth remembering. */
const leaf = (schema: JsonObject): string | undefined => {
  const text = primitives.get(own(schema, "type"))
  if (text === undefined || shaping.some((keyword) => Object.hasOwn(schema, keyword))) return undefined
  return own(schema, "nullable") === true && text !== "null" ? `${text} | null` : text
}

const whole = (schema: JsonObject, frame: Frame): string => {
  const type = own(schema, "type")
  const nullable = own(schema, "nullable") === true || (Array.isArray(type) && type.includes("null"))
  const base = plain(schema, frame)
  return !nullable || base === "unknown" || base.endsWith("null") ? base : `${base} | null`
}

const plain = (schema: JsonObject, frame: Frame): string => {
  const ref = ownString(schema, "$ref")
  if (ref !== undefined) {
    const target = frame.refs.find(ref)
    return target === undefined ? "unknown" : mark(target.name)
  }
  if (Object.hasOwn(schema, "const")) return literal(schema["const"])
  const choices = own(schema, "enum")
  if (Array.isArray(choices) && choices.length > 0) return enumeration(choices)
  const parts: Array<string> = []
  const stated = ofType(schema, frame)
  if (stated !== "unknown") parts.push(stated)
  for (const part of ownArray(schema, "allOf").slice(0, unionMembers)) {
    const text = inside(frame, part)
    if (text !== "unknown" && !parts.includes(text)) parts.push(text)
  }
  for (const keyword of ["oneOf", "anyOf"] as const) {
    const members = alternatives(ownArray(schema, keyword), frame)
    if (members === undefined) continue
    // `type: object` beside its alternatives says nothing that they do not.
    if (parts.length === 1 && (parts[0] === "Record<string, unknown>" || members === parts[0])) parts.pop()
    parts.push(members)
  }
  return parts.length === 0 ? "unknown" : parts.length === 1 ? parts[0]! : parts.map(inParentheses).join(" & ")
}

const alternatives = (members: ReadonlyArray<unknown>, frame: Frame): string | undefined => {
  // Members that only say what is required refine another type and are none themselves.
  const typed = members.filter((member) => !isObject(member) || Object.keys(member).some((key) => !refining.has(key)))
  if (typed.length === 0) return undefined
  return union(typed.slice(0, 40).map((member) => inside(frame, member)))
}

const ofType = (schema: JsonObject, frame: Frame): string => {
  const type = own(schema, "type")
  if (Array.isArray(type)) {
    const types = type.filter((one) => one !== "null")
    if (types.length === 0) return type.length === 0 ? "unknown" : "null"
    return union(types.map((one) => ofOneType(one, schema, frame)))
  }
  return ofOneType(type, schema, frame)
}

const ofOneType = (type: unknown, schema: JsonObject, frame: Frame): string => {
  const primitive = primitives.get(type)
  if (primitive !== undefined) return primitive
  const isObjectType =
    type === "object" || isObject(own(schema, "properties")) || isObject(own(schema, "additionalProperties"))
  if (type !== "array" && isObjectType) return object(schema, frame)
  const isArrayType = type === "array" || Object.hasOwn(schema, "items") || Object.hasOwn(schema, "prefixItems")
  return isArrayType ? array(schema, frame) : "unknown"
}

const array = (schema: JsonObject, frame: Frame): string => {
  const first = ownArray(schema, "prefixItems")
  const items = own(schema, "items")
  if (first.length > 0 && first.length <= unionMembers) {
    const members = first.map((item) => inside(frame, item))
    const rest = items === false ? "" : `, ...${arrayOf(items === undefined ? "unknown" : inside(frame, items))}`
    return `[${members.join(", ")}${rest}]`
  }
  return arrayOf(inside(frame, items))
}

const object = (schema: JsonObject, frame: Frame): string => {
  const properties = own(schema, "properties")
  const additional = own(schema, "additionalProperties")
  const { detail } = frame
  const hidden = frame.direction === "input" ? "readOnly" : "writeOnly"
  const keys = isObject(properties)
    ? Object.keys(properties).filter((key) => own(properties[key], hidden) !== true)
    : []
  if (keys.length === 0) {
    if (additional === false) return "{}"
    return isObject(additional) ? `Record<string, ${inside(frame, additional)}>` : "Record<string, unknown>"
  }
  const { inner } = detail
  if (inner === undefined) return leftOut
  const texts = propertyTexts(schema, keys, inner, frame)
  const shown = keys.length > detail.properties ? chosen(keys, detail.properties).map((index) => texts[index]!) : texts
  const more =
    keys.length > detail.properties
      ? `; [more: string]: any /* ${keys.length - detail.properties} more */`
      : isObject(additional) || additional === true
        ? "; [more: string]: unknown"
        : ""
  return `{ ${shown.join("; ")}${more} }`
}

/** Written once for all details that show the same of a property: they differ in how many they show. */
const propertyTexts = (
  schema: JsonObject,
  keys: ReadonlyArray<string>,
  inner: Detail,
  frame: Frame
): ReadonlyArray<string> => {
  const { depth, direction, write } = frame
  const known = (frame.properties[slot(inner, direction)] ??= new Map())
  const before = known.get(schema)
  if (before !== undefined) return before
  const required = new Set(ownArray(schema, "required"))
  const properties = own(schema, "properties") as JsonObject
  const texts = keys.map(
    (key) => `${propertyKey(key)}${required.has(key) ? "" : "?"}: ${write(properties[key], inner, direction, depth)}`
  )
  known.set(schema, texts)
  return texts
}

/** Links are what an object is least asked for: they are left out first. */
const isLink = (key: string): boolean => /(?:^|_)(?:url|links|href)$|Url$/.test(key)

const chosen = (keys: ReadonlyArray<string>, count: number): ReadonlyArray<number> => {
  const indices = keys.map((_, index) => index)
  return [
    ...indices.filter((index) => !isLink(keys[index]!)),
    ...indices.filter((index) => isLink(keys[index]!))
  ].slice(0, count)
}

const refining = new Set(["required", "description", "title", "not", "minProperties", "maxProperties"])

const enumeration = (choices: ReadonlyArray<unknown>): string => {
  const members = [...new Set(choices.slice(0, enumMembers).map(literal))]
  const more = choices.length - enumMembers
  if (more <= 0) return members.join(" | ")
  // `string & {}` keeps the listed members visible to completion while any other string is accepted.
  const rest = choices.every((one) => typeof one === "string") ? "(string & {})" : "unknown"
  return `${members.join(" | ")} | ${rest} /* ${more} more */`
}
