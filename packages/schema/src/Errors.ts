// Errors that cross a wire: what a caller of a tool or of an RPC is told. Each message says what to do next.
import * as Schema from "effect/Schema"
import type { Failure } from "./Run.ts"

/** Why a tool call failed. Code sees it as `ToolError` with the same fields. */
export class ToolError extends Schema.TaggedError<ToolError>()("ToolError", {
  /** `unknown_tool`, `invalid_arguments`, `denied`, `auth_required`, `upstream_error`, `timeout`, `unreachable`, … */
  code: Schema.String,
  message: Schema.String,
  /** HTTP status of the upstream's answer. */
  status: Schema.optionalKey(Schema.Int),
  retryable: Schema.Boolean,
  details: Schema.optionalKey(Schema.Json)
}) {}

/** The form in which a tool's failure is journalled. */
export const toFailure = (error: ToolError): Failure => ({
  code: error.code,
  message: error.message,
  retryable: error.retryable,
  ...(error.status === undefined ? {} : { status: error.status }),
  ...(error.details === undefined ? {} : { detailsJson: JSON.stringify(error.details) })
})

/** The thing asked for is not there. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {
  what: Schema.String,
  id: Schema.String,
  /** What to do, or what was probably meant. */
  hint: Schema.String
}) {
  override get message() {
    return `there is no ${this.what} "${this.id}". ${this.hint}`
  }
}

/** The request was understood and refused: by a rule, by a key's limits, or because a human must do it. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  code: Schema.Literals(["name_taken", "needs_human", "invalid", "not_allowed", "busy", "unsupported"]),
  message: Schema.String
}) {}

/** No key, or a key that does not open this door. */
export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", { message: Schema.String }) {}

/** The host cannot do its work, for a reason that is not the caller's: a full disk, a broken folder, no sandbox. */
export class HostFailure extends Schema.TaggedError<HostFailure>()("HostFailure", { message: Schema.String }) {}
