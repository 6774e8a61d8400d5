// The rules that Convex holds documents to and that tests without a backend do not see, checked before each write.
// Limits: https://docs.convex.dev/production/state/limits; nesting and field names as its backend counts them.
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type * as Cause from "effect/Cause"
import { getDocumentSize } from "convex/values"
import type { Value } from "convex/values"
import { strict } from "./Encoded.ts"
import type { Codec } from "./Encoded.ts"

/** Convex's limits on one document. */
export const documentLimits = {
  /** Bytes, system fields included. */
  size: 1_048_576,
  /** Elements of an array. */
  elements: 8_192,
  /** Fields of an object. */
  fields: 1_024,
  /** Levels of objects and arrays; the document itself is the first. */
  nesting: 16,
  /** Characters of a field's name. */
  name: 1_024
} as const

/** A document breaks a rule of Convex or of its table's Schema. Nothing was written; `path` and `message` hold no values. */
export class DocumentRefused extends Schema.TaggedError<DocumentRefused>()("DocumentRefused", {
  table: Schema.String,
  rule: Schema.Literals(["size", "elements", "fields", "nesting", "name", "value", "schema"]),
  path: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `a document of ${this.table} was refused: ${this.path}: ${this.problem}`
  }
}

type Rule = DocumentRefused["rule"]
interface Broken {
  readonly rule: Rule
  readonly path: string
  readonly problem: string
}

/** The first rule that an encoded document breaks, if any; with a `schema`, also whether it decodes. System fields are not part of it. */
export const checkDocument = (table: string, document: unknown, schema?: Codec): Option.Option<DocumentRefused> => {
  const broken =
    checkTop(document) ?? checkValue(document, "", 1) ?? checkSize(document) ?? checkSchema(document, schema)
  return broken === undefined ? Option.none() : Option.some(new DocumentRefused({ table, ...broken }))
}

/** `SchemaError`s as paths and expectations, without the values that did not fit. */
export const issuesOf = (
  cause: Cause.Cause<Schema.SchemaError>
): ReadonlyArray<{ readonly path: string; readonly problem: string }> =>
  cause.reasons.flatMap((reason) =>
    reason._tag === "Fail"
      ? format(reason.error.issue).issues.map(({ path = [], message }) => ({
          path: path.map((part) => String(typeof part === "object" ? part.key : part)).join(".") || "$",
          problem: message
        }))
      : [{ path: "$", problem: "could not be checked" }]
  )

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const checkTop = (document: unknown): Broken | undefined => {
  if (!isObject(document)) return { rule: "value", path: "$", problem: "a document is an object" }
  const reserved = Object.keys(document).find((key) => key.startsWith("_"))
  return reserved === undefined
    ? undefined
    : {
        rule: "name",
        path: reserved,
        problem: "names at the top that begin with _ are Convex's own: use kind, or put it under a field"
      }
}

const checkValue = (value: unknown, path: string, level: number): Broken | undefined => {
  const at = path === "" ? "$" : path
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return undefined
  if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) return undefined
  if (typeof value === "bigint") return { rule: "value", path: at, problem: "an integer over 64 bits" }
  if (value === null || value instanceof ArrayBuffer) return undefined
  const isArray = Array.isArray(value)
  if (!isArray && !isObject(value)) {
    return {
      rule: "value",
      path: at,
      problem: `${value === undefined ? "undefined" : "a value"} that Convex does not store: encode it`
    }
  }
  if (level > documentLimits.nesting) return over("nesting", at, "levels of nesting")
  return isArray ? checkArray(value, at, level) : checkObject(value, path, level)
}

const checkArray = (array: ReadonlyArray<unknown>, path: string, level: number): Broken | undefined => {
  if (array.length > documentLimits.elements) return over("elements", path, "elements")
  for (let at = 0; at < array.length; at++) {
    const broken = checkValue(array[at], `${path}[${at}]`, level + 1)
    if (broken !== undefined) return broken
  }
  return undefined
}

const checkObject = (object: object, path: string, level: number): Broken | undefined => {
  // An absent field and an undefined one are the same to Convex.
  const fields = Object.entries(object).filter(([, value]) => value !== undefined)
  if (fields.length > documentLimits.fields) return over("fields", path === "" ? "$" : path, "fields")
  for (const [key, value] of fields) {
    const at = path === "" ? key : `${path}.${key}`
    const problem = nameProblem(key)
    if (problem !== undefined) return { rule: "name", path: at.slice(0, 200), problem }
    const broken = checkValue(value, at, level + 1)
    if (broken !== undefined) return broken
  }
  return undefined
}

const nameProblem = (name: string): string | undefined => {
  if (name === "") return "a field without a name"
  if (name.startsWith("$")) return "names that begin with $ are reserved: store JSON text"
  if (!/^[\x20-\x7e]+$/.test(name)) return "names are printable ASCII: store JSON text"
  return name.length > documentLimits.name ? `a name over ${documentLimits.name} characters` : undefined
}

const checkSize = (document: unknown): Broken | undefined =>
  getDocumentSize(document as Record<string, Value>) > documentLimits.size ? over("size", "$", "bytes") : undefined

const checkSchema = (document: unknown, schema: Codec | undefined): Broken | undefined => {
  if (schema === undefined) return undefined
  const exit = Schema.decodeUnknownExit(schema)(document, strict)
  if (Exit.isSuccess(exit)) return undefined
  return { rule: "schema", ...(issuesOf(exit.cause)[0] ?? { path: "$", problem: "does not fit" }) }
}

const over = (rule: Exclude<Rule, "value" | "schema">, path: string, unit: string): Broken => ({
  rule,
  path,
  problem: `over Convex's ${documentLimits[rule]} ${unit}: split it, or put it in file storage`
})

const isObject = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
