// What a schema expects and what a value is, in a few words for the person or model that must mend the call.
import { quoted } from "./Prose.ts"
import { isObject, own, ownArray, ownString, type Refs } from "./Refs.ts"

/** The JSON Schema type of a value; `undefined` for what JSON cannot hold. */
export const typeOf = (value: unknown): string | undefined => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "array"
  switch (typeof value) {
    case "string":
    case "boolean":
    case "object":
      return typeof value
    case "number":
      return Number.isInteger(value) ? "integer" : "number"
    default:
      return undefined
  }
}

const article: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  integer: "an integer",
  boolean: "true or false",
  null: "null",
  array: "an array",
  object: "an object"
}

const short = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max)}…` : text)

const named = (type: unknown): string =>
  typeof type === "string" && Object.hasOwn(article, type) ? article[type]! : "a value"

/** Such as `an integer`, `one of "open", "closed"`, `an array of strings`. */
export const expectedOf = (schema: unknown, refs?: Refs, depth = 0): string => {
  if (!isObject(schema) || depth > 3) return "a value"
  const ref = ownString(schema, "$ref")
  if (ref !== undefined) return expectedOf(refs?.find(ref)?.value, refs, depth + 1)
  const choices = own(schema, "enum")
  if (Array.isArray(choices)) {
    const more = choices.length > 10 ? ", …" : ""
    return `one of ${choices
      .slice(0, 10)
      .map((choice) => short(quoted(choice), 40))
      .join(", ")}${more}`
  }
  if (Object.hasOwn(schema, "const")) return short(quoted(schema["const"]), 60)
  const type = own(schema, "type")
  if (Array.isArray(type)) return type.map(named).join(" or ")
  if (type === "array") {
    const items = own(schema, "items")
    return isObject(items) ? `an array (each item ${expectedOf(items, refs, depth + 1)})` : "an array"
  }
  if (typeof type === "string") return named(type)
  for (const keyword of ["anyOf", "oneOf"]) {
    const branches = ownArray(schema, keyword)
    if (branches.length > 0) {
      return [...new Set(branches.slice(0, 6).map((branch) => expectedOf(branch, refs, depth + 1)))].join(" or ")
    }
  }
  return isObject(own(schema, "properties")) ? "an object" : "a value"
}

/** Such as `nothing`, `a string ("ten")`, `an array of 3`. */
export const givenOf = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (Array.isArray(value)) return `an array of ${value.length}`
  const type = typeOf(value)
  if (type === "string") return `a string (${quoted(short(value as string, 40))})`
  if (type === "number" || type === "integer") return `a number (${JSON.stringify(value)})`
  if (type === "boolean") return JSON.stringify(value)
  return type === undefined ? `a ${typeof value}` : named(type)
}

/** Code points of a text, as far as one more than `most` tells enough. */
export const charactersOf = (text: string, most: number): number => {
  let count = 0
  for (let at = 0; at < text.length && count <= most; at++, count++) {
    if (text.codePointAt(at)! > 0xffff) at++
  }
  return count
}
