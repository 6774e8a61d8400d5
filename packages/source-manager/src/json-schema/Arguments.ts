// The check of a call's arguments before anyone is asked and anything is sent: each problem names field, expected and given.
import { ToolError } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import type { ToolRecord } from "../Provider.ts"
import { isObject, own } from "./Refs.ts"
import { prepareSchema, undeclared, type PreparedSchema, type Problem } from "./SchemaCheck.ts"
import { givenOf } from "./SchemaWords.ts"

// By the schema's identity: records that a catalog keeps in memory are prepared once.
const prepared = new WeakMap<object, PreparedSchema>()

const preparedFor = (input: object): PreparedSchema => {
  let schema = prepared.get(input)
  if (schema === undefined) prepared.set(input, (schema = prepareSchema(input)))
  return schema
}

/**
 * The argument object of a call, or a `ToolError` with code `invalid_arguments` whose details list every problem.
 * No arguments at all count as an empty object.
 *
 * @param path the tool's whole path, which the message tells
 */
export const validateArguments = (
  tool: Pick<ToolRecord, "name" | "input">,
  args: unknown,
  path: string = tool.name
): Effect.Effect<Readonly<Record<string, unknown>>, ToolError> =>
  Effect.suspend(() => {
    const value = args ?? {}
    if (!isObject(value)) {
      const problem: Problem = { field: "", expected: "one object with named arguments", given: givenOf(value) }
      return Effect.fail(invalidArguments(path, [problem]))
    }
    const { input } = tool
    const problems = isObject(input) ? preparedFor(input).check(value) : []
    return problems.length === 0
      ? Effect.succeed(value)
      : Effect.fail(
          invalidArguments(
            path,
            problems.map((problem) => withSuggestion(problem, input))
          )
        )
  })

/** For whatever a provider finds wrong with arguments that no schema could say. */
export const invalidArguments = (path: string, problems: ReadonlyArray<Problem>): ToolError =>
  new ToolError({
    code: "invalid_arguments",
    message:
      `${path} was not called: ${problems.map(sentence).join("; ")}. ` +
      `tools.executor.tools.describe({ path: ${JSON.stringify(path)} }) shows what it takes.`,
    retryable: false,
    details: { problems: problems.map(({ field, expected, given }) => ({ field, expected, given })) }
  })

const sentence = ({ field, expected, given }: Problem): string => {
  if (given === "nothing") return `"${field}" is missing, expected ${expected}`
  if (given === undeclared) return `"${field}" is not declared, expected ${expected}`
  return `${field === "" ? "the argument" : `"${field}"`} must be ${expected}, given ${given}`
}

/** A name that is not declared is mostly a misspelt one. */
const withSuggestion = (problem: Problem, input: unknown): Problem => {
  if (problem.given !== undeclared || problem.field.includes(".")) return problem
  const near = nearest(problem.field, Object.keys(own(input, "properties") ?? {}))
  return near === undefined ? problem : { ...problem, expected: `${problem.expected} (is "${near}" meant?)` }
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "")

const nearest = (name: string, candidates: ReadonlyArray<string>): string | undefined => {
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of candidates.slice(0, 200)) {
    const distance = editDistance(plain(name), plain(candidate))
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

const editDistance = (left: string, right: string): number => {
  if (Math.abs(left.length - right.length) > 12 || left.length > 60) return 99
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[right.length]!
}
