// Words of the command line that must have a form, checked before anything is asked of the daemon.
import { PolicyId, PolicyPattern, RunId, SourceName, TargetName } from "@executor-v2/schema"
import { Schema } from "effect"
import { wrongUsage } from "./Failure.ts"

const isName = Schema.is(SourceName)

/** The nearest name that would do. */
const nearestName = (text: string): string | undefined => {
  const near = text
    .replace(/[^A-Za-z0-9_]+/g, "_")
    .replace(/^[^A-Za-z]+/, "")
    .replace(/^[A-Z]/, (first) => first.toLowerCase())
    .slice(0, 40)
  return isName(near) ? near : undefined
}

export const sourceName = (text: string): SourceName => {
  if (isName(text)) return text
  const near = nearestName(text)
  throw wrongUsage(
    `"${text}" cannot be the name of a source: a lower-case letter first, then letters, digits and _, at most 40` +
      (near === undefined ? "" : `. How about ${near}?`)
  )
}

/** The name that a description gets from its file, as a daemon that reads the file itself would give it. */
export const nameOfFile = (path: string): SourceName => {
  const file = path.split(/[/\\]/).at(-1) ?? ""
  const stem = file.replace(/\.(json|ya?ml)$/i, "").replace(/[.-]?(openapi|swagger)[.-]?/i, "") || "source"
  const name = stem.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? "")
  const near = nearestName(name)
  if (near !== undefined) return near as SourceName
  throw wrongUsage(`${file} makes no name for a source: --name NAME`)
}

const isTarget = Schema.is(TargetName)

export const targetName = (text: string): TargetName => {
  if (isTarget(text) && text !== "local") return text
  throw wrongUsage(
    text === "local"
      ? '"local" is the daemon of this machine: choose another name'
      : `"${text}" cannot be the name of a target: lower-case letters, digits and -, at most 40, such as prod`
  )
}

const isRun = Schema.is(RunId)

export const runId = (text: string): RunId => {
  if (isRun(text)) return text
  throw wrongUsage(`"${text}" is not the id of a run (run_…). See: executor runs list`)
}

const isPolicy = Schema.is(PolicyId)

export const policyId = (text: string): PolicyId => {
  if (isPolicy(text)) return text
  throw wrongUsage(`"${text}" is not the id of a policy (policy_…). See: executor policies list`)
}

const isPattern = Schema.is(PolicyPattern)

export const policyPattern = (text: string): PolicyPattern => {
  if (isPattern(text)) return text
  throw wrongUsage(
    `"${text}" is not a pattern over tool paths. Examples: github.issues.create, github.*.delete, github.** (quote the stars)`
  )
}

/** The single argument of a tool: one JSON object. */
export const jsonObject = (text: string | undefined, example: string): Record<string, unknown> => {
  let value: unknown
  try {
    value = JSON.parse(text ?? "{}")
  } catch (error) {
    throw wrongUsage(`the arguments are not JSON (${(error as SyntaxError).message}). Example: ${example}`)
  }
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>
  throw wrongUsage(`the arguments of a tool are one JSON object. Example: ${example}`)
}
