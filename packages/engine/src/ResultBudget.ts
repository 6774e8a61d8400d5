// Keeps what the model reads small: a long result becomes a handle with its type and a taste of it.
import type { ExecuteResult, ResultHandle, StoredJson, TaskRun } from "@executor-v2/schema"

/** Longest JSON text of a result that is answered in full, in characters. */
export const resultBudget = 24_000
/** Beginning of a stored result that is looked at for its type and sample, in bytes. */
export const previewBytes = 32 * 1024
/** Console lines answered, in characters; the run keeps all that the sandbox kept. */
const logBudget = 4_000
const sampleChars = 1_200

/** Closes a cut-off JSON text behind its last whole value, so that it can be parsed. */
export const completeJson = (prefix: string): string => {
  const closers: Array<string> = []
  let safe = 0
  let tail = ""
  let inString = false
  for (let at = 0; at < prefix.length; at++) {
    const char = prefix[at]
    if (inString) {
      if (char === "\\") at++
      else if (char === '"') inString = false
      continue
    }
    if (char === '"') inString = true
    else if (char === "{" || char === "[") {
      closers.push(char === "{" ? "}" : "]")
      safe = at + 1
      tail = closers.toReversed().join("")
    } else if (char === "}" || char === "]") {
      closers.pop()
      safe = at + 1
      tail = closers.toReversed().join("")
    } else if (char === ",") {
      safe = at
      tail = closers.toReversed().join("")
    }
  }
  return prefix.slice(0, safe) + tail
}

/** TypeScript type of a value, as far as a look at it tells; deep and wide parts are left open. */
export const inferType = (value: unknown, depth = 3): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) {
    const items = [...new Set(value.slice(0, 5).map((item) => inferType(item, depth - 1)))]
    return items.length === 0 ? "Array<unknown>" : `Array<${items.join(" | ")}>`
  }
  if (typeof value !== "object") return typeof value
  const fields = Object.entries(value)
  if (depth === 0 || fields.length === 0) return "object"
  const shown = fields
    .slice(0, 24)
    .map(
      ([key, field]) => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)}: ${inferType(field, depth - 1)}`
    )
  return `{ ${shown.join("; ")}${fields.length > shown.length ? "; …" : ""} }`
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What the model gets in place of a long result. `beginning` is the first part of its JSON text. */
export const toHandle = (
  run: TaskRun,
  stored: Extract<StoredJson, { readonly _tag: "Artifact" }>,
  beginning: string
): ResultHandle => ({
  run: run.id,
  hash: stored.hash,
  bytes: stored.bytes,
  type: beginning.startsWith('"') ? "string" : inferType(parsed(completeJson(beginning))),
  sample: beginning.slice(0, sampleChars),
  read: `await tools.executor.artifacts.read({ run: "${run.id}" }) inside code gives the whole value; return only what you need of it`
})

/** Console output within the budget; the end is what says why something failed, so the beginning gives way. */
const boundedLogs = (run: TaskRun): ReadonlyArray<string> => {
  const kept: Array<string> = []
  let room = logBudget
  for (const line of run.logs.toReversed()) {
    room -= line.length
    if (room < 0) break
    kept.unshift(line)
  }
  const cut = run.logs.length - kept.length
  return cut > 0 || run.logsTruncated ? [`… ${cut > 0 ? `${cut} earlier` : "further"} lines left out`, ...kept] : kept
}

/** The answer to `execute` for a run as it stands. `long` is the beginning of a result kept in the artifact store. */
export const toExecuteResult = (run: TaskRun, long?: string): ExecuteResult => ({
  status: run.status,
  runId: run.id,
  ...(run.result?._tag === "Inline" ? { value: JSON.parse(run.result.json) } : {}),
  ...(run.result?._tag === "Artifact" ? { artifact: toHandle(run, run.result, long ?? "") } : {}),
  ...(run.logs.length > 0 || run.logsTruncated ? { logs: boundedLogs(run) } : {}),
  ...(run.failure === undefined ? {} : { error: toError(run.failure) })
})

const toError = ({ detailsJson, ...failure }: NonNullable<TaskRun["failure"]>): NonNullable<ExecuteResult["error"]> =>
  detailsJson === undefined ? failure : { ...failure, details: JSON.parse(detailsJson) }
