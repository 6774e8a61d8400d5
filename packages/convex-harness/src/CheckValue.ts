// Checks a value against a validator in full, records included, and against the limits of values and documents. convex-test
// checks neither the contents of `v.record` nor sizes.
import { getConvexSize, getDocumentSize, jsonToConvex } from "convex/values"
import type { Value, ValidatorJSON } from "convex/values"
import { Limits } from "./Limits.ts"

type Record_ = Readonly<Record<string, Value | undefined>>

/** The first thing wrong with `value`, with its path, or undefined. */
export function mismatch(validator: ValidatorJSON, value: unknown, path = ""): string | undefined {
  const wrong = (expected: string) => `${path === "" ? "the value" : path} must be ${expected}, not ${describe(value)}`
  switch (validator.type) {
    case "any":
      return value === undefined ? wrong("a value") : undefined
    case "null":
      return value === null ? undefined : wrong("null")
    case "number":
    case "bigint":
    case "boolean":
    case "string":
      return typeof value === validator.type ? undefined : wrong(`a ${validator.type}`)
    case "id":
      return typeof value === "string" ? undefined : wrong(`an id of ${validator.tableName}`)
    case "bytes":
      return value instanceof ArrayBuffer ? undefined : wrong("an ArrayBuffer")
    case "literal":
      return value === jsonToConvex(validator.value) ? undefined : wrong(JSON.stringify(validator.value))
    case "array":
      if (!Array.isArray(value)) return wrong("an array")
      return first(value.entries(), ([index, item]) => mismatch(validator.value, item, `${path}[${index}]`))
    case "union":
      return validator.value.some((member) => mismatch(member, value, path) === undefined)
        ? undefined
        : wrong(`one of ${validator.value.map((member) => member.type).join(", ")}`)
    case "record":
      if (!isObject(value)) return wrong("a record")
      return first(
        Object.entries(value),
        ([key, item]) =>
          mismatch(validator.keys, key, `${at(path, key)} (the key)`) ??
          mismatch(validator.values.fieldType, item, at(path, key))
      )
    case "object": {
      if (!isObject(value)) return wrong("an object")
      const fields = validator.value
      return (
        first(Object.entries(fields), ([key, { fieldType, optional }]) =>
          value[key] === undefined
            ? optional
              ? undefined
              : `${at(path, key)} is missing`
            : mismatch(fieldType, value[key], at(path, key))
        ) ??
        first(Object.keys(value), (key) =>
          Object.hasOwn(fields, key) || value[key] === undefined
            ? undefined
            : `${at(path, key)} is not a declared field`
        )
      )
    }
    default:
      // A kind of validator that is newer than this file: convex-test has checked it as far as it can.
      return undefined
  }
}

/** Which limit `value` breaks, or undefined. `size` is in bytes. */
export function overLimit(
  value: Value,
  limits: { readonly size: number; readonly nesting: number }
): string | undefined {
  return shape(value, limits.nesting, "") ?? tooLarge(getConvexSize(value), limits.size)
}

/** The limits of one stored document. */
export function documentOverLimit(document: Record<string, Value>): string | undefined {
  return shape(document, Limits.documentNesting, "") ?? tooLarge(getDocumentSize(document), Limits.document)
}

function tooLarge(size: number, limit: number): string | undefined {
  return size > limit ? `it is ${size} bytes, the limit is ${limit}` : undefined
}

function shape(value: Value, levels: number, path: string): string | undefined {
  if (Array.isArray(value)) {
    if (levels === 0) return `${path} is nested too deeply`
    if (value.length > Limits.elements)
      return `${path || "it"} has ${value.length} elements, the limit is ${Limits.elements}`
    return first(value.entries(), ([index, item]) => shape(item as Value, levels - 1, `${path}[${index}]`))
  }
  if (!isObject(value)) return undefined
  if (levels === 0) return `${path} is nested too deeply`
  const entries = Object.entries(value)
  if (entries.length > Limits.fields)
    return `${path || "it"} has ${entries.length} fields, the limit is ${Limits.fields}`
  return first(
    entries,
    ([key, item]) =>
      keyProblem(key, at(path, key)) ?? (item === undefined ? undefined : shape(item, levels - 1, at(path, key)))
  )
}

function keyProblem(key: string, path: string): string | undefined {
  if (key.startsWith("$")) return `the key ${path} starts with $, which is reserved`
  return /^[\x20-\x7e]*$/.test(key) ? undefined : `the key ${path} has characters that are not ASCII`
}

function first<A>(items: Iterable<A>, check: (item: A) => string | undefined): string | undefined {
  for (const item of items) {
    const problem = check(item)
    if (problem !== undefined) return problem
  }
  return undefined
}

function isObject(value: unknown): value is Record_ {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ArrayBuffer)
}

function at(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : `a ${typeof value}`
}
