// What the model reads: one compact JSON text per answer, within a budget that every client shows in full.
import type { ExecuteFailure, ExecuteResult, RunStatus } from "@executor-v2/schema"
import type { CallToolResult } from "@modelcontextprotocol/server"

/** Longest text of an answer, in characters. The engine keeps results below it; this holds whatever it does. */
export const answerBudget = 30_000

const failed: ReadonlySet<RunStatus> = new Set<RunStatus>(["failed", "timed_out", "denied", "cancelled", "interrupted"])

const messageLength = 4_000

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length)}… (${text.length - length} more characters left out)`

/** The last lines that fit; the end of a log says why something failed. */
const lastLines = (lines: ReadonlyArray<string>, room: number): ReadonlyArray<string> => {
  const kept: Array<string> = []
  let left = room
  for (const line of lines.toReversed()) {
    left -= JSON.stringify(line).length + 1
    if (left < 0) break
    kept.unshift(line)
  }
  return kept.length === lines.length ? kept : [`… ${lines.length - kept.length} earlier lines left out`, ...kept]
}

/** Gives way in the order of what is missed least: logs, details of an error, then the value itself. */
const bounded = (result: ExecuteResult): ExecuteResult => {
  const { logs, error, value, ...rest } = result
  const short: ExecuteResult = error === undefined ? rest : { ...rest, error: shortened(error) }
  const length = value === undefined ? 0 : JSON.stringify(value).length
  const used = JSON.stringify(short).length + length
  if (used > answerBudget - 2_000) {
    const note = `the value (${length} characters) is too long for one answer; return fewer fields or items`
    return { ...short, logs: [note] }
  }
  const whole = value === undefined ? short : { ...short, value }
  return logs === undefined ? whole : { ...whole, logs: lastLines(logs, answerBudget - used - 200) }
}

const shortened = ({ details, message, ...error }: ExecuteFailure): ExecuteFailure => {
  const short = { ...error, message: cut(message, messageLength) }
  return details !== undefined && JSON.stringify(details).length <= messageLength ? { ...short, details } : short
}

/** The answer's text: the result as JSON, at most `answerBudget` characters. */
export const resultText = (result: ExecuteResult): string => {
  const text = JSON.stringify(result)
  return text.length <= answerBudget ? text : JSON.stringify(bounded(result))
}

/**
 * The answer once, as text, without `structuredContent`. Clients differ in what they hand to the model: some only the
 * text, some only the structure, some both. Text reaches all of them; both would cost the model every byte twice, and
 * an output schema would cost tokens on every listing. Programs parse the text: it is the result and nothing else.
 */
export const toToolResult = (result: ExecuteResult): CallToolResult => {
  const content: CallToolResult["content"] = [{ type: "text", text: resultText(result) }]
  return failed.has(result.status) ? { content, isError: true } : { content }
}

/** An answer for a call that never became a run. It has the shape of a failed run, without an id. */
export const toToolError = (code: string, message: string): CallToolResult => ({
  content: [
    { type: "text", text: JSON.stringify({ status: "failed", error: { code, message: cut(message, messageLength) } }) }
  ],
  isError: true
})
