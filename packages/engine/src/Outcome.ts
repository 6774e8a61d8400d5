// How the end of a sandboxed program becomes the end of its run. The message says truthfully what happened.
import type { RunEnd } from "@executor-v2/domain"
import type { Failure, RunStatus, StoredJson } from "@executor-v2/schema"
import type { EndReason, SandboxOutcome, SandboxResult } from "./sandbox/Sandbox.ts"

const timeouts: ReadonlySet<EndReason> = new Set<EndReason>(["turn-timeout", "cpu-timeout", "wall-timeout"])

const failureOf = (outcome: Exclude<SandboxOutcome, { readonly _tag: "Returned" }>): Failure => {
  if (outcome._tag === "Ended")
    return { code: outcome.reason.replaceAll("-", "_"), message: outcome.message, retryable: false }
  const { name, message, code, line, column } = outcome
  return {
    code: code ?? "uncaught_error",
    message: name === "ToolError" || name === "Error" ? message : `${name}: ${message}`,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column })
  }
}

const statusOf = (outcome: SandboxOutcome): RunStatus => {
  if (outcome._tag === "Returned") return "completed"
  if (outcome._tag === "Threw") return outcome.code === "denied" ? "denied" : "failed"
  return timeouts.has(outcome.reason) ? "timed_out" : "failed"
}

/** `value` is the stored form of what the program returned, where it returned something. */
export const endOf = (result: SandboxResult, value?: StoredJson): RunEnd => ({
  status: statusOf(result.outcome),
  ...(value === undefined ? {} : { result: value }),
  ...(result.outcome._tag === "Returned" ? {} : { failure: failureOf(result.outcome) }),
  logs: result.openCalls === 0 ? result.logs : [...result.logs, cutOff(result.openCalls)],
  logsTruncated: result.logsTruncated,
  callCount: result.calls
})

const cutOff = (calls: number): string =>
  `executor: ${calls} tool call${calls === 1 ? " was" : "s were"} still open when the code returned and had to be cut off: await every call`

/** A run that never reached the sandbox, or was taken out of it. */
export const endedBy = (status: RunStatus, failure: Failure, callCount = 0): RunEnd => ({
  status,
  failure,
  logs: [],
  logsTruncated: false,
  callCount
})
