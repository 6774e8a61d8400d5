// What one `execute` answers, the same over MCP, RPC, command line and SDK.
import * as Schema from "effect/Schema"
import { ArtifactHash, InputId, RunId } from "./ids.ts"
import { RunStatus } from "./Run.ts"

/** A result too large for the model: a handle to all of it and a taste. */
export const ResultHandle = Schema.Struct({
  /** The run whose result it is: what `artifacts.read` takes. */
  run: RunId,
  hash: ArtifactHash,
  /** Length of the JSON text in UTF-8. */
  bytes: Schema.Int,
  /** TypeScript type inferred from the value. */
  type: Schema.String,
  /** Beginning of the value, as JSON text cut off at some point. */
  sample: Schema.String,
  /** The call that reads more of it. */
  read: Schema.String
})
export type ResultHandle = typeof ResultHandle.Type

/** A failure as the caller sees it. `details` is any JSON value. */
export const ExecuteFailure = Schema.Struct({
  code: Schema.String,
  message: Schema.String,
  status: Schema.optionalKey(Schema.Int),
  retryable: Schema.optionalKey(Schema.Boolean),
  details: Schema.optionalKey(Schema.Json),
  line: Schema.optionalKey(Schema.Int),
  column: Schema.optionalKey(Schema.Int)
})
export type ExecuteFailure = typeof ExecuteFailure.Type

export const ExecuteResult = Schema.Struct({
  status: RunStatus,
  runId: RunId,
  value: Schema.optionalKey(Schema.Json),
  artifact: Schema.optionalKey(ResultHandle),
  logs: Schema.optionalKey(Schema.Array(Schema.String)),
  error: Schema.optionalKey(ExecuteFailure),
  /** Present while the run goes on or waits: how to fetch its result. */
  waiting: Schema.optionalKey(
    Schema.Struct({
      resume: Schema.String,
      message: Schema.String,
      inputs: Schema.optionalKey(Schema.Array(InputId))
    })
  )
})
export type ExecuteResult = typeof ExecuteResult.Type
