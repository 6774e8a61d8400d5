// What a model reads of a tool: one line for search results, and declarations within a budget, the nearest types first.
// Shared by all providers that describe their tools in JSON Schema.
import { cut, firstSentence } from "./Prose.ts"
import { isObject, makeRefs, own, ownArray, ownString, type Refs } from "./Refs.ts"
import { references, settle, sketch } from "./TypeMarks.ts"
import {
  details,
  glance,
  makeTypeText,
  noObjects,
  propertyKey,
  type Detail,
  type Direction,
  type TypeText
} from "./TypeText.ts"

/** One named argument of a tool. */
export interface ArgumentField {
  readonly name: string
  readonly schema: unknown
  readonly required: boolean
  /** Shown shortened; the schema's own description when absent. */
  readonly description?: string
}

/** A tool's interface, as schemas whose references the declarations' document resolves. */
export interface ToolShape {
  /** The fields of the single argument object, or its schema when no fields can be told apart. */
  readonly input:
    | { readonly fields: ReadonlyArray<ArgumentField>; readonly open: boolean }
    | { readonly schema: unknown }
  /** A schema, or TypeScript as it stands. */
  readonly output: { readonly schema: unknown } | { readonly text: string }
}

export interface Declared {
  /** One line of at most 200 characters; not always TypeScript, as what is left out is an ellipsis. */
  readonly signature: string
  /** Valid declarations: `type Call = (args: …) => Promise<…>` and the types it names. */
  readonly typescript: string
}

export interface Declarations {
  readonly declare: (shape: ToolShape) => Declared
}

/** In characters, such that the median answer of describe stays within 2 KB, a tool's description included. */
const budget = { arguments: 1_100, leastInput: 1_000, total: 1_800, leastOutput: 650, perType: 0.7 }
const signatureBudget = { soft: 130, hard: 200, type: 44, result: 60 }
const mostFields = 60

/** Longest description of an argument and detail of its type, from the fullest to the barest. */
const attempts: ReadonlyArray<readonly [doc: number, Detail]> = [
  [84, details[0]!],
  [48, details[0]!],
  [84, details[1]!],
  [48, details[1]!],
  [0, details[1]!],
  [0, details[5]!],
  [0, noObjects]
]

/** Declares the tools of one document; `outputRefs` resolve the results' references when these are another document's. */
export const makeDeclarations = (refs: Refs, outputRefs: Refs = refs): Declarations => {
  const input = { refs, types: makeTypeText(refs) }
  const output = outputRefs === refs ? input : { refs: outputRefs, types: makeTypeText(outputRefs) }
  const docs = new Map<string, string>()
  const docOf = (field: ArgumentField, max: number): string => {
    if (max === 0) return ""
    const description = field.description ?? ownString(field.schema, "description") ?? ""
    let doc = docs.get(description)
    if (doc === undefined) docs.set(description, (doc = firstSentence(description, attempts[0]![0])))
    return cut(doc, max)
  }
  return {
    declare: (shape) => ({
      signature: signatureOf(shape, input.types, output.types),
      typescript: typescriptOf(shape, input, output, docOf)
    })
  }
}

/** Declares a tool that carries whole schemas with their own `$defs`. Without an output schema its result is `untyped`. */
export const declareTool = (input: unknown, output?: unknown, untyped = "unknown"): Declared => {
  const properties = own(input, "properties")
  const required = new Set(ownArray(input, "required"))
  const combined = ["$ref", "allOf", "anyOf", "oneOf"].some((keyword) => own(input, keyword) !== undefined)
  const additional = own(input, "additionalProperties")
  const fields = isObject(properties)
    ? Object.keys(properties).map((name) => ({ name, schema: properties[name], required: required.has(name) }))
    : []
  return makeDeclarations(makeRefs(input), makeRefs(output)).declare({
    input: combined ? { schema: input } : { fields, open: additional === true || isObject(additional) },
    output: output === undefined ? { text: untyped } : { schema: output }
  })
}

const signatureOf = (shape: ToolShape, types: TypeText, outputTypes: TypeText): string => {
  const result = `Promise<${resultSketch(shape, outputTypes)}>`
  if (!("fields" in shape.input)) {
    return cut(`(args: ${sketch(types.write(shape.input.schema, glance, "input"))}) => ${result}`, signatureBudget.hard)
  }
  const ordered = requiredFirst(shape.input.fields)
  const optional = !ordered.some((field) => field.required)
  if (ordered.length === 0) return `(args?: {${shape.input.open ? "…" : ""}}) => ${result}`
  const frame = `(args${optional ? "?" : ""}: {  }) => ${result}`.length
  const parts: Array<string> = []
  let used = frame
  for (const field of ordered) {
    const type = brief(sketch(types.write(field.schema, noObjects, "input")), signatureBudget.type)
    const part = `${propertyKey(field.name)}${field.required ? "" : "?"}: ${type}`
    const limit = field.required ? signatureBudget.hard : signatureBudget.soft
    if (used + part.length + 2 > limit - 4) {
      parts.push("…")
      break
    }
    parts.push(part)
    used += part.length + 2
  }
  return cut(`(args${optional ? "?" : ""}: { ${parts.join("; ")} }) => ${result}`, signatureBudget.hard)
}

const requiredFirst = (fields: ReadonlyArray<ArgumentField>): ReadonlyArray<ArgumentField> => [
  ...fields.filter((field) => field.required),
  ...fields.filter((field) => !field.required)
]

const brief = (type: string, max: number): string => {
  if (type.length <= max) return type
  const first = /^"[^"]*" \|/.exec(type)
  return first !== null && first[0].length < max ? `${first[0]} …` : "…"
}

const resultSketch = (shape: ToolShape, types: TypeText): string => {
  if ("text" in shape.output) return shape.output.text
  const { schema } = shape.output
  const inline = sketch(types.write(schema, ownString(schema, "$ref") === undefined ? glance : noObjects, "output"))
  const max = signatureBudget.result
  if (inline.length <= max) return inline
  const end = inline.startsWith("{ ") ? inline.lastIndexOf("; ", max) : -1
  return end > 0 && !/[{<(]/.test(inline.slice(2, end))
    ? `${inline.slice(0, end)}; … }`
    : brief(sketch(types.write(schema, noObjects, "output")), max)
}

type DocOf = (field: ArgumentField, max: number) => string

interface Side {
  readonly refs: Refs
  readonly types: TypeText
}

const typescriptOf = (shape: ToolShape, input: Side, output: Side, docOf: DocOf): string => {
  const lines: Array<string> = []
  const taken = new Set<string>()
  const args = argumentsText(shape, input.types, docOf)
  const inputNames = new Map<string, string>()
  const inputLeft = Math.max(budget.leastInput, budget.arguments - args.text.length)
  // What must be given is declared as a whole before anything that may be given.
  const mandatory = declareNamed(args.required, "input", input, inputLeft, inputNames, taken)
  const inputLines = [
    ...mandatory,
    ...declareNamed(args.text, "input", input, inputLeft - lengthOf(mandatory), inputNames, taken)
  ]
  const before = args.text.length + lengthOf(inputLines)
  const left = Math.max(budget.leastOutput, budget.total - before)
  const result =
    "text" in shape.output
      ? shape.output.text
      : (fitting(shape.output.schema, output.types, "output", left) ??
        output.types.write(shape.output.schema, noObjects, "output"))
  const outputNames = new Map(
    [...inputNames.keys()].filter((name) => isSame(name, input, output)).map((name) => [name, name])
  )
  const outputLines = declareNamed(result, "output", output, left - result.length, outputNames, taken)
  lines.push(
    `type Call = (args${args.optional ? "?" : ""}: ${settle(args.text, inputNames)}) => Promise<${settle(result, outputNames)}>`
  )
  for (const line of inputLines) lines.push(settle(line, inputNames))
  for (const line of outputLines) lines.push(settle(line, outputNames))
  return lines.join("\n")
}

const lengthOf = (lines: ReadonlyArray<string>): number => lines.reduce((sum, line) => sum + line.length + 1, 0)

/** Whether arguments and results mean the same by a name. */
const isSame = (name: string, input: Side, output: Side): boolean => {
  if (input.refs !== output.refs) return false
  const value = input.refs.named(name)?.value
  const full = details[0]!
  return input.types.write(value, full, "input") === input.types.write(value, full, "output")
}

interface ArgumentsText {
  readonly text: string
  /** Types of what must be given. */
  readonly required: string
  /** The tool can be called without arguments. */
  readonly optional: boolean
}

const argumentsText = (shape: ToolShape, types: TypeText, docOf: DocOf): ArgumentsText => {
  if (!("fields" in shape.input)) {
    const { schema } = shape.input
    const text = fitting(schema, types, "input", budget.arguments) ?? types.write(schema, details.at(-1)!, "input")
    return { text, required: text, optional: false }
  }
  const fields = requiredFirst(shape.input.fields)
  const open = shape.input.open
  if (fields.length === 0) return { text: open ? "Record<string, unknown>" : "{}", required: "", optional: true }
  const required = fields
    .filter((field) => field.required)
    .map((field) => types.write(field.schema, details[1]!, "input"))
  let text = ""
  for (const [doc, detail] of attempts) {
    text = fieldsText(fields, open, types, detail, (field) => docOf(field, doc))
    if (text.length <= budget.arguments) break
  }
  return { text, required: required.join(" "), optional: required.length === 0 }
}

const fieldsText = (
  fields: ReadonlyArray<ArgumentField>,
  open: boolean,
  types: TypeText,
  detail: Detail,
  docOf: (field: ArgumentField) => string
): string => {
  const lines = fields.slice(0, mostFields).map((field) => {
    const doc = docOf(field)
    const type = types.write(field.schema, detail, "input")
    return `${doc === "" ? "" : `  /** ${doc} */\n`}  ${propertyKey(field.name)}${field.required ? "" : "?"}: ${type}\n`
  })
  const more = fields.length - mostFields
  if (more > 0) lines.push(`  [more: string]: any /* ${more} more */\n`)
  else if (open) lines.push("  [more: string]: unknown\n")
  return `{\n${lines.join("")}}`
}

/** The fullest text within `max` characters. */
const fitting = (schema: unknown, types: TypeText, direction: Direction, max: number): string | undefined => {
  for (const detail of details) {
    const text = types.write(schema, detail, direction)
    if (text.length <= max) return text
  }
  return undefined
}

/** Declares the types that `text` names, then those that they name, breadth first, until the budget is spent. */
const declareNamed = (
  text: string,
  direction: Direction,
  side: Side,
  available: number,
  names: Map<string, string>,
  taken: Set<string>
): ReadonlyArray<string> => {
  const lines: Array<string> = []
  const queue = [...references(text)]
  const seen = new Set(queue)
  let left = available
  for (let next = 0; next < queue.length && left > 40; next++) {
    const name = queue[next]!
    const target = side.refs.named(name)
    if (target === undefined || names.has(name)) continue
    // The first type is what the call is about: it is sketched rather than left out, and leaves room for its neighbours.
    const share = next === 0 ? Math.max(left * budget.perType, left - 200) : left
    const body =
      fitting(target.value, side.types, direction, share - name.length - 8) ??
      (next === 0 ? side.types.write(target.value, details.at(-1)!, direction) : undefined)
    if (body === undefined) continue
    const free = taken.has(name) ? `${name}Result` : name
    taken.add(free)
    names.set(name, free)
    const line = `type ${free} = ${body}`
    left -= line.length + 1
    lines.push(line)
    for (const reference of references(body)) {
      if (seen.has(reference)) continue
      seen.add(reference)
      queue.push(reference)
    }
  }
  return lines
}
