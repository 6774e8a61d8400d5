// How a run's end is told: every reason has one sentence that is true and says what to do next.
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { EndReason, SandboxLimits, SandboxOutcome } from "./Sandbox.ts"

const messages = (limits: SandboxLimits): Record<EndReason, string> => ({
  "turn-timeout": `the code ran for more than ${limits.turnMs} ms without awaiting anything: split long work, and end its loops`,
  "cpu-timeout": `the code used more than ${limits.cpuMs} ms of processor time: compute less, or let a tool do it`,
  "wall-timeout": `the code was still running after ${limits.wallMs} ms (waiting for tools not counted): do less in one run`,
  memory:
    `the code needed more memory than it may use (${limits.memoryMb} MB of heap, ${limits.rssMb} MB in all): ` +
    "work on less data at a time",
  "call-cap": `the code made more than ${limits.calls} tool calls in one run: make fewer, or split the work over several runs`,
  "never-settles": "the code waits for a promise that can never settle: no tool call and no timer is open",
  "result-too-large": `the result is more than ${limits.resultChars} characters of JSON: return less, for example a summary or a page`,
  crashed:
    "the sandbox ended unexpectedly while the code ran: nothing of it goes on; run it again, in smaller parts if it happens again"
})

/** The outcome of a run that was ended for `reason`. */
export const ended = (reason: EndReason, limits: SandboxLimits): SandboxOutcome => ({
  _tag: "Ended",
  reason,
  message: messages(limits)[reason]
})

const Thrown = Schema.fromJsonString(
  Schema.Struct({
    name: Schema.String,
    message: Schema.String,
    code: Schema.optionalKey(Schema.String),
    line: Schema.optionalKey(Schema.Int),
    column: Schema.optionalKey(Schema.Int)
  })
)
const decodeThrown = Schema.decodeUnknownOption(Thrown)

/** The outcome of a run whose code threw; `json` is what the guest says about the error. */
export const threw = (json: string): SandboxOutcome =>
  Option.match(decodeThrown(json), {
    onNone: () => ({ _tag: "Threw", name: "Error", message: "the code threw a value that cannot be read" }),
    onSome: (fields) => ({
      ...fields,
      _tag: "Threw",
      name: fields.name.slice(0, 200),
      message: fields.message.slice(0, 2_200)
    })
  })

/** The outcome of a program that the engine refuses to compile. Its message may end in ` [code.js:LINE:COLUMN]`. */
export const refused = (detail: string): SandboxOutcome => {
  const place = /^(.*) \[code\.js:(\d+):(\d+)\]$/s.exec(detail)
  if (place === null) return { _tag: "Threw", name: "SyntaxError", message: detail }
  return { _tag: "Threw", name: "SyntaxError", message: place[1]!, line: Number(place[2]), column: Number(place[3]) }
}
