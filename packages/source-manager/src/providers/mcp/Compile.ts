// A server's tools → what search, describe and invoke need. Pure; the words and schemas are a stranger's.
import * as Effect from "effect/Effect"
import { declareTool } from "../../json-schema/Declarations.ts"
import { cut, firstSentence, oneLine } from "../../json-schema/Prose.ts"
import {
  type CompiledSource,
  type CompiledTool,
  type CompileOptions,
  sourceError,
  type SourceError
} from "../../Provider.ts"
import { isObject, own, ownArray, ownString, type JsonObject } from "../../json-schema/Refs.ts"
import { identifiers } from "./Identifiers.ts"
import { keepSchema, mirrorsArguments } from "./InputSchema.ts"
import type { McpBinding } from "./Material.ts"
import { presentable } from "./Tail.ts"

const longest = { name: 200, description: 4_000, summary: 160, keywords: 60 }

/** Tools without an output schema answer with text as a rule, and with content blocks when there is more than text. */
const untyped = "any /* text, or content blocks */"

const hintNames = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] as const

const hintsOf = (tool: JsonObject): Readonly<Record<string, boolean>> => {
  const annotations = own(tool, "annotations")
  return Object.fromEntries(
    hintNames.flatMap((name) => {
      const value = own(annotations, name)
      return typeof value === "boolean" ? [[name, value]] : []
    })
  )
}

const titleOf = (tool: JsonObject): string | undefined =>
  ownString(tool, "title") ?? ownString(own(tool, "annotations"), "title")

/** Multi-line text as the server wrote it, without what people cannot see. */
const descriptionOf = (tool: JsonObject): string => {
  const text = presentable(
    (ownString(tool, "description") ?? titleOf(tool) ?? "").slice(0, 2 * longest.description)
  ).trim()
  return cut(text, longest.description)
}

const keywordsOf = (name: string, tool: JsonObject, input: JsonObject): ReadonlyArray<string> => {
  const title = titleOf(tool)
  const properties = own(input, "properties")
  return [
    name.slice(0, longest.name),
    ...(title === undefined ? [] : [cut(oneLine(title), 100)]),
    ...(isObject(properties)
      ? Object.keys(properties)
          .slice(0, longest.keywords)
          .map((key) => key.slice(0, 100))
      : [])
  ]
}

type Compiled = { readonly tool: CompiledTool; readonly remote: number } | { readonly leftOut: string }

const compileTool = (name: string, identifier: string, tool: JsonObject): Compiled => {
  if (own(own(tool, "execution"), "taskSupport") === "required")
    return { leftOut: "it runs as a task only, which is not supported yet" }
  const input = keepSchema(own(tool, "inputSchema") ?? { type: "object" })
  if (input._tag === "Refused") return { leftOut: input.why }
  const stated = own(tool, "outputSchema")
  const output = stated === undefined ? undefined : keepSchema(stated)
  const result = output?._tag === "Kept" ? output.schema : undefined
  const description = descriptionOf(tool)
  const declared = declareTool(input.schema, result, untyped)
  const hints = hintsOf(tool)
  const binding: McpBinding = {
    tool: name,
    ...(Object.keys(hints).length === 0 ? {} : { hints }),
    ...(mirrorsArguments(input.schema) ? { mirrors: true } : {})
  }
  return {
    remote: input.remote + (output?._tag === "Kept" ? output.remote : 0),
    tool: {
      name: identifier,
      summary: firstSentence(description, longest.summary) || cut(oneLine(name), longest.summary),
      description,
      signature: declared.signature,
      typescript: declared.typescript,
      // A server's hints are its own word: it may say that nothing is destroyed, and is believed in nothing else.
      traits: { readOnly: false, destructive: hints["destructiveHint"] !== false, idempotent: false },
      keywords: keywordsOf(name, tool, input.schema),
      input: input.schema,
      binding
    }
  }
}

/** Tools by their name on the server, the first of each; the rest is told. */
const uniqueTools = (listed: ReadonlyArray<unknown>, warnings: Array<string>): ReadonlyMap<string, JsonObject> => {
  const tools = new Map<string, JsonObject>()
  const repeated = new Set<string>()
  let nameless = 0
  for (const tool of listed) {
    const name = ownString(tool, "name")
    if (!isObject(tool) || name === undefined || name === "" || name.length > longest.name) nameless++
    else if (tools.has(name)) repeated.add(name)
    else tools.set(name, tool)
  }
  if (nameless > 0) warnings.push(`${nameless} tools without a usable name were left out`)
  if (repeated.size > 0)
    warnings.push(`the server lists more than one tool named ${listOf([...repeated])}; the first was taken`)
  return tools
}

const listOf = (names: ReadonlyArray<string>): string => {
  const shown = names
    .slice(0, 5)
    .map((name) => `"${cut(oneLine(name), 60)}"`)
    .join(", ")
  return names.length > 5 ? `${shown} and ${names.length - 5} others` : shown
}

const parse = (material: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(material)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const compile = (material: string): CompiledSource | SourceError => {
  const parsed = parse(material)
  if (parsed === undefined || own(parsed, "format") !== 1) {
    return sourceError("invalid_specification", "the list of tools cannot be read; refresh the source")
  }
  const warnings = ownArray(parsed, "notes").flatMap((note) => (typeof note === "string" ? [note] : []))
  const listed = uniqueTools(ownArray(parsed, "tools"), warnings)
  const names = identifiers([...listed.keys()])
  const tools: Array<CompiledTool> = []
  const leftOut = new Map<string, Array<string>>()
  let remote = 0
  for (const [name, tool] of listed) {
    const compiled = compileTool(name, names.get(name)!, tool)
    if ("leftOut" in compiled) {
      const alike = leftOut.get(compiled.leftOut)
      if (alike === undefined) leftOut.set(compiled.leftOut, [name])
      else alike.push(name)
    } else {
      tools.push(compiled.tool)
      remote += compiled.remote
    }
  }
  for (const [why, left] of leftOut)
    warnings.push(`${listOf(left)} ${left.length === 1 ? "was" : "were"} left out: ${why}`)
  if (remote > 0)
    warnings.push(`${remote} references to other documents were not followed; those values are not checked`)
  if (tools.length === 0)
    return sourceError(
      "no_tools",
      `the server lists no tool that can be used${warnings.map((one) => `; ${one}`).join("")}`
    )
  const title = ownString(own(parsed, "server"), "title")
  return { tools, warnings, needs: [], ...(title === undefined ? {} : { title }) }
}

/** What the compiler of MCP sources does, on whichever thread. */
export const compileMcp = (material: string, _options: CompileOptions): Effect.Effect<CompiledSource, SourceError> =>
  Effect.suspend(() => {
    const compiled = compile(material)
    return "tools" in compiled ? Effect.succeed(compiled) : Effect.fail(compiled)
  })
