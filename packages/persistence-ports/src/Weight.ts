// How much text a kept run and its calls hold, and what is left of a run when there is too much of it.
import type { Failure, StoredJson, TaskRun, ToolCall } from "@executor-v2/schema"

/** Longest text of any one field that a shortened run keeps, in characters. */
const shortLength = 400

const ofValue = (value: StoredJson | undefined): number => (value?._tag === "Inline" ? value.json.length : 0)

const ofFailure = (failure: Failure | undefined): number =>
  failure === undefined ? 0 : failure.message.length + (failure.detailsJson?.length ?? 0)

/** Characters of what the code of a run decides the length of. */
export const charactersOfRun = ({ code, logs, result, failure }: TaskRun): number =>
  code.length + logs.reduce((sum, line) => sum + line.length, 0) + ofValue(result) + ofFailure(failure)

/** The same of a call. */
export const charactersOfCall = ({ argumentsPreview, outcome }: ToolCall): number =>
  argumentsPreview.length +
  (outcome?._tag === "Returned" ? ofValue(outcome.value) : outcome?._tag === "Failed" ? ofFailure(outcome.failure) : 0)

/** A copy: an engine's slice of a text keeps the whole text in memory. */
const cut = (text: string): string =>
  text.length <= shortLength ? text : (JSON.parse(JSON.stringify(`${text.slice(0, shortLength - 1)}…`)) as string)

const letGo = "… what this run wrote and returned is no longer kept: later runs wrote too much"

/** Who ran what, when and how it ended. What is short already stays as it is. */
export const shortRun = (whole: TaskRun): TaskRun => {
  if (charactersOfRun(whole) <= 4 * shortLength) return whole
  const { result, failure, ...run } = whole
  const { detailsJson: _, ...told } = failure ?? {}
  return {
    ...run,
    code: cut(run.code),
    logs: [letGo],
    ...(result === undefined || ofValue(result) > shortLength ? {} : { result }),
    ...(failure === undefined ? {} : { failure: { ...(told as Failure), message: cut(failure.message) } })
  }
}
