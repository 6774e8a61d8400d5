// An OpenAPI description → tools. Pure, in time proportional to the description, so that a worker thread can do it.
import type { ToolTraits } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import { makeDeclarations, type Declared } from "../../json-schema/Declarations.ts"
import { cut, firstSentence, oneLine, quoted, visible } from "../../json-schema/Prose.ts"
import {
  SourceError,
  sourceError,
  type CompiledSource,
  type CompiledTool,
  type CompileOptions
} from "../../Provider.ts"
import { isObject, makeRefs, own, ownArray, ownString, type JsonObject, type Refs } from "../../json-schema/Refs.ts"
import type { OpenApiBinding } from "./Binding.ts"
import { readDocument } from "./Document.ts"
import { mergeInputs, type Inputs } from "./Inputs.ts"
import { nameOperations, type Nameable } from "./Names.ts"
import { makeNormaliser } from "./Normalise.ts"
import { makeParameterReader } from "./Parameters.ts"
import { readRequestBody } from "./RequestBody.ts"
import { readResult, type Result } from "./Results.ts"
import { makeSecurity, needsOf, type Requirement } from "./Security.ts"
import { makeServers, noServer } from "./Servers.ts"
import { makeWarnings, type Warnings } from "./Warnings.ts"

/** More operations than any catalog is searched with; a description that has them is broken or hostile. */
export const mostOperations = 20_000

const methods = ["get", "put", "post", "delete", "options", "head", "patch"] as const
/** With a query after `?`, as some descriptions tell variants of an operation apart by it. */
const usablePath = /^\/?[^\s?#]*(?:\?[\w\-.~!$&'()*+,;=:@%/?]*)?$/
const lengths = { summary: 120, description: 420, path: 500 }

interface Operation extends Nameable {
  readonly declared: JsonObject
  readonly pathItem: JsonObject
}

/**
 * Compiles the text of an OpenAPI 3.x or Swagger 2.0 description. Whatever cannot be used is left out with a warning;
 * a description without any usable operation is a `SourceError`.
 */
export const compileOpenApi = (material: string, options: CompileOptions): Effect.Effect<CompiledSource, SourceError> =>
  Effect.try({
    try: () => compile(material, options),
    catch: (cause) =>
      cause instanceof SourceError
        ? cause
        : sourceError(
            "invalid_specification",
            `the description could not be read: ${cause instanceof RangeError ? "it is nested too deeply" : String(cause).slice(0, 300)}.`
          )
  })

const compile = (material: string, options: CompileOptions): CompiledSource => {
  const { root, title } = readDocument(material)
  const warnings = makeWarnings()
  const refs = makeRefs(root, warnings.add)
  const operations = readOperations(root, refs, warnings)
  const names = nameOperations(operations, options.source)
  reportDuplicates(operations, names, warnings)
  const security = makeSecurity(root, refs)
  const requirements = operations.map((operation) => security.requirementFor(operation.declared))
  // Step by step over all operations, not operation by operation: a tight loop is compiled to machine code early.
  const read = readShapes(operations, root, refs, options, warnings)
  const declarations = makeDeclarations(refs)
  const declared = read.map(
    (shape) => shape && declarations.declare({ input: shape.inputs, output: shape.result.output })
  )
  const tools = operations.flatMap((operation, index) => {
    const shape = read[index]
    return shape === undefined ? [] : [toolOf(operation, names[index]!, shape, declared[index]!, requirements[index]!)]
  })
  if (tools.length === 0) throw noServer()
  const demanded =
    requirements.every((requirement) => requirement.length > 0) ||
    (security.rootRequires && operations.some((operation) => security.inherits(operation.declared)))
  return {
    ...(title === undefined ? {} : { title: oneLine(title) }),
    tools,
    warnings: warnings.list(),
    servers: [...new Set([...new Set(read.flatMap((shape) => shape?.base ?? []))].map((base) => new URL(base).origin))],
    needs: demanded ? needsOf(requirements.filter((requirement) => requirement.length > 0)) : []
  }
}

const readOperations = (root: JsonObject, refs: Refs, warnings: Warnings): ReadonlyArray<Operation> => {
  const paths = own(root, "paths")
  const operations: Array<Operation> = []
  for (const path of isObject(paths) ? Object.keys(paths) : []) {
    if (path.startsWith("x-")) continue
    const declared = (paths as JsonObject)[path]
    const ref = ownString(declared, "$ref")
    const pathItem = ref === undefined ? declared : refs.find(ref)?.value
    if (!isObject(pathItem) || path.length > lengths.path || !usablePath.test(path)) {
      warnings.add(`the path ${quoted(path.slice(0, 120))} was left out: it is not a path with operations`)
      continue
    }
    for (const method of methods) {
      const operation = own(pathItem, method)
      if (!isObject(operation)) continue
      const operationId = ownString(operation, "operationId")
      const tag = ownArray(operation, "tags").find((one) => typeof one === "string")
      operations.push({
        declared: operation,
        pathItem,
        method: method.toUpperCase(),
        path: path.startsWith("/") ? path : `/${path}`,
        ...(operationId === undefined ? {} : { operationId: operationId.slice(0, 300) }),
        ...(typeof tag === "string" ? { tag: tag.slice(0, 100) } : {})
      })
    }
    if (operations.length > mostOperations) {
      throw sourceError(
        "too_large",
        `the description has more than ${mostOperations} operations. Add a part of it, such as one of its services.`
      )
    }
  }
  if (operations.length > 0) return operations
  const webhooks = isObject(own(root, "webhooks"))
    ? " It only has webhooks, which are calls in the other direction."
    : ""
  throw sourceError(
    "no_tools",
    `the description has no operations, so there is nothing to call.${webhooks} Check that its "paths" are not empty.`
  )
}

const reportDuplicates = (
  operations: ReadonlyArray<Operation>,
  names: ReadonlyArray<string>,
  warnings: Warnings
): void => {
  const seen = new Set<string>()
  operations.forEach(({ operationId }, index) => {
    if (operationId === undefined) return
    if (seen.has(operationId))
      warnings.add(
        `operation id ${quoted(operationId.slice(0, 80))} is used twice; the later one is called ${names[index]!}`
      )
    seen.add(operationId)
  })
}

const traitsOf = (method: string): ToolTraits => {
  const readOnly = method === "GET" || method === "HEAD" || method === "OPTIONS"
  return { readOnly, destructive: method === "DELETE", idempotent: readOnly || method === "PUT" || method === "DELETE" }
}

/** What an operation takes and gives, and where it is. */
interface Shape {
  readonly base: string
  readonly inputs: Inputs
  readonly result: Result
}

const readShapes = (
  operations: ReadonlyArray<Operation>,
  root: JsonObject,
  refs: Refs,
  options: CompileOptions,
  warnings: Warnings
): ReadonlyArray<Shape | undefined> => {
  const servers = makeServers(options)
  const normaliser = makeNormaliser(refs)
  const parametersOf = makeParameterReader(refs)
  return operations.map(({ declared, pathItem, method, path }) => {
    const base = servers.baseFor(own(declared, "servers"), own(pathItem, "servers"), own(root, "servers"))
    if (base === undefined) {
      warnings.add(`${method} ${path.slice(0, 120)} was left out: its server has no absolute http or https address`)
      return undefined
    }
    const body = method === "GET" || method === "HEAD" ? undefined : readRequestBody(declared, refs)
    const inputs = mergeInputs(parametersOf(declared, pathItem, path), body, refs, normaliser)
    return { base, inputs, result: readResult(method, declared, refs) }
  })
}

const toolOf = (
  operation: Operation,
  name: string,
  { base, inputs, result }: Shape,
  declared: Declared,
  requirement: Requirement
): CompiledTool => {
  const { method, path } = operation
  const binding: OpenApiBinding = {
    method,
    base,
    path: path.split("?")[0]!,
    ...(path.includes("?") ? { query: path.slice(path.indexOf("?") + 1) } : {}),
    parameters: inputs.parameters,
    ...(inputs.body === undefined ? {} : { body: inputs.body }),
    accept: result.accept,
    ...(requirement.length === 0 ? {} : { security: requirement })
  }
  return {
    name,
    ...proseOf(operation),
    ...declared,
    traits: traitsOf(method),
    keywords: keywordsOf(operation, inputs),
    input: inputs.schema,
    binding
  }
}

const proseOf = ({ declared, method, path }: Operation): { readonly summary: string; readonly description: string } => {
  const summary = ownString(declared, "summary")
  // Half as much again as is shown, as what is taken out shortens it.
  const description = oneLine((ownString(declared, "description") ?? "").slice(0, lengths.description * 1.5))
  const deprecated = own(declared, "deprecated") === true ? "Deprecated. " : ""
  const short =
    summary === undefined || summary.trim() === ""
      ? firstSentence(description, lengths.summary)
      : cut(oneLine(summary), lengths.summary)
  const call = `${method} ${visible(cut(path, 160))}`
  const head = short === "" ? call : short
  // Many descriptions begin with their summary, give or take an "s".
  const said = description.startsWith(head.slice(0, 3)) && letters(description).startsWith(letters(head).slice(0, 60))
  const start = said ? "" : `${head}${/[.!?…]$/.test(head) ? "" : "."} `
  return {
    summary: `${deprecated}${head}`,
    description: `${deprecated}${`${start}${cut(description, lengths.description - start.length)}`.trim()}${short === "" ? "" : ` (${call})`}`
  }
}

const letters = (text: string): string =>
  text
    .slice(0, 200)
    .toLowerCase()
    .replace(/[^a-z]+/g, "")
    .replaceAll("s", "")

const keywordsOf = ({ tag, path }: Operation, inputs: Inputs): ReadonlyArray<string> => {
  const words = new Set(inputs.fields.slice(0, 60).map((field) => field.name.slice(0, 60)))
  if (tag !== undefined) words.add(tag)
  for (const segment of path.split("/").slice(0, 20))
    if (segment !== "" && !segment.startsWith("{")) words.add(segment.slice(0, 60))
  return [...words]
}
