// A question to a human. It is a durable thing of its own: asked once, answered anywhere, first answer wins.
import * as Schema from "effect/Schema"
import { InputId, RunId, Timestamp, ToolCallId } from "./ids.ts"
import { Actor } from "./Workspace.ts"

export const InputKind = Schema.Literals(["approval", "confirm", "form", "secret"])
export type InputKind = typeof InputKind.Type

/** How an input was answered. Values of secrets go to the vault; an answer only says that one was given. */
export const InputAnswer = Schema.Struct({
  decision: Schema.Literals(["approved", "denied", "submitted", "declined"]),
  /** How far an approval reaches. */
  reach: Schema.optionalKey(Schema.Literals(["once", "run", "always"])),
  /** Submitted form values as JSON text. */
  valuesJson: Schema.optionalKey(Schema.String),
  by: Actor,
  channel: Schema.String,
  at: Timestamp
})
export type InputAnswer = typeof InputAnswer.Type

export const Input = Schema.Struct({
  id: InputId,
  run: RunId,
  call: Schema.optionalKey(ToolCallId),
  kind: InputKind,
  title: Schema.String,
  /** What the person sees of the arguments, redacted, as JSON text. */
  previewJson: Schema.String,
  /** Hash of exactly what an approval covers. */
  argumentsHash: Schema.optionalKey(Schema.String),
  /** JSON Schema of a form, as text. */
  formJson: Schema.optionalKey(Schema.String),
  state: Schema.Literals(["pending", "answered", "expired", "withdrawn"]),
  answer: Schema.optionalKey(InputAnswer),
  createdAt: Timestamp,
  expiresAt: Timestamp
})
export type Input = typeof Input.Type
