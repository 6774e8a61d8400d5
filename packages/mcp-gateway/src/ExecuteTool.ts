// The one tool: its definition, its arguments, and the way of a call through the engine and back.
import {
  RunId,
  type Actor,
  type ExecuteResult,
  type HostFailure,
  type NotFound,
  type Refused,
  type WorkspaceId
} from "@executor-v2/schema"
import type { CallToolResult, Tool } from "@modelcontextprotocol/server"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { description } from "./Instructions.ts"
import { toToolError, toToolResult } from "./ResultText.ts"

export const toolName = "execute"

/**
 * The tool as listed. No output schema and only the annotation that matters: each costs tokens in every conversation.
 * `alwaysLoad` keeps Claude Code from hiding it behind its tool search.
 */
export const executeTool = (sources: ReadonlyArray<string>): Tool => ({
  name: toolName,
  title: "Execute TypeScript",
  description: description(sources),
  inputSchema: {
    type: "object",
    properties: {
      code: { type: "string", description: "TypeScript to run" },
      resume: { type: "string", description: "in place of code: waiting.resume of an earlier answer" }
    }
  },
  annotations: { destructiveHint: true },
  _meta: { "anthropic/alwaysLoad": true }
})

interface Asked {
  readonly workspace: WorkspaceId
  readonly actor: Actor
  /** Milliseconds after which the answer is a handle. */
  readonly patienceMs: number
  readonly onProgress?: (progress: { readonly calls: number }) => void
}

/** What the tool needs of the engine's `Execute`. */
export interface ExecuteBackend {
  readonly execute: (
    request: Asked & {
      readonly code: string
      /** Told the run's id as soon as there is one. */
      readonly onOpened?: (run: RunId) => void
    }
  ) => Effect.Effect<ExecuteResult, Refused | HostFailure>
  readonly resume: (request: Asked & { readonly run: RunId }) => Effect.Effect<ExecuteResult, NotFound | HostFailure>
  readonly cancel: (workspace: WorkspaceId, actor: Actor, run: RunId) => Effect.Effect<unknown, NotFound | HostFailure>
}

type Arguments =
  | { readonly _tag: "Code"; readonly code: string }
  | { readonly _tag: "Resume"; readonly run: RunId }
  | { readonly _tag: "Wrong"; readonly message: string }

const isRunId = Schema.is(RunId)
const wrong = (message: string): Arguments => ({ _tag: "Wrong", message })
const example = 'Example: execute({ code: "return 1 + 1" })'

/** Reads the arguments by hand: JSON Schema cannot say "exactly one" in few tokens, and its errors help no model. */
export const readArguments = (given: Readonly<Record<string, unknown>> | undefined): Arguments => {
  const { code, resume, ...others } = given ?? {}
  const [other] = Object.keys(others)
  if (other !== undefined)
    return wrong(`unknown argument "${other.slice(0, 60)}": pass code or resume, nothing else. ${example}`)
  if (code !== undefined && resume !== undefined) return wrong("pass either code or resume, not both")
  if (resume !== undefined) {
    if (isRunId(resume)) return { _tag: "Resume", run: resume }
    return wrong('resume must be the text in waiting.resume of an earlier answer, such as "run_…"')
  }
  if (code === undefined) return wrong(`pass code, the TypeScript to run, or resume. ${example}`)
  if (typeof code !== "string")
    return wrong(`code must be a string of TypeScript, not ${code === null ? "null" : typeof code}. ${example}`)
  if (code.trim() === "") return wrong(`code is empty. ${example}`)
  return { _tag: "Code", code }
}

/** One call of the tool. Every failure becomes an answer that the model can act on; only interruption is left over. */
export const callExecute = (
  backend: ExecuteBackend,
  given: Readonly<Record<string, unknown>> | undefined,
  asked: Asked,
  onOpened?: (run: RunId) => void
): Effect.Effect<CallToolResult> => {
  const read = readArguments(given)
  if (read._tag === "Wrong") return Effect.succeed(toToolError("invalid_arguments", read.message))
  const answer: Effect.Effect<ExecuteResult, Refused | HostFailure | NotFound> =
    read._tag === "Code"
      ? backend.execute({ ...asked, code: read.code, ...(onOpened === undefined ? {} : { onOpened }) })
      : backend.resume({ ...asked, run: read.run })
  return Effect.matchCauseEffect(answer, {
    onSuccess: (result) => Effect.succeed(toToolResult(result)),
    onFailure: (cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.interrupt
      const failure = cause.reasons.find(Cause.isFailReason)
      if (failure !== undefined) return Effect.succeed(toToolError(codeOf(failure.error), failure.error.message))
      // A defect may carry anything, so the model gets none of it; the log does.
      return Effect.as(
        Effect.logError("execute failed", cause),
        toToolError(
          "internal",
          "Executor failed for a reason of its own; try again, or ask the human to run: executor doctor"
        )
      )
    }
  })
}

const codeOf = (error: Refused | HostFailure | NotFound): string =>
  error._tag === "Refused" ? error.code : error._tag === "NotFound" ? "not_found" : "host_failure"
