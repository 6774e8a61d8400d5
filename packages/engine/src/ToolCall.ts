// One `tools.<path>(args)`, from the guest's request to its answer. Read it top to bottom: this is the only door.
import { parseToolPath, Policies, previewArguments, type CallResult, type RunLedger } from "@executor-v2/domain"
import {
  canonicalJson,
  sha256Hex,
  ToolError,
  type Actor,
  type CallKey,
  type ToolPath,
  type WorkspaceId
} from "@executor-v2/schema"
import { validateArguments, Tools, type CatalogSnapshot, type ResolvedTool } from "@executor-v2/source-manager"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { CallReply } from "./sandbox/Sandbox.ts"

/** What all calls of one run share. */
export interface CallContext {
  readonly workspace: WorkspaceId
  readonly actor: Actor
  readonly catalog: CatalogSnapshot
  readonly ledger: RunLedger
  /** How often each call key was seen, by path and arguments. */
  readonly occurrences: Map<string, number>
}

export class ToolCalls extends Context.Service<ToolCalls>()("@executor-v2/engine/ToolCall", {
  make: Effect.gen(function* () {
    const policies = yield* Policies
    const tools = yield* Tools

    const call = Effect.fnUntraced(function* (
      context: CallContext,
      path: string,
      argsJson: string
    ): Effect.fn.Return<string, ToolError> {
      // 1. Which tool is meant, in the catalog that was pinned when the run began.
      const tool = yield* resolve(context.catalog, path)

      // 2. Are the arguments what the tool takes? Nobody is asked and nothing is sent before that is certain.
      const args = yield* Effect.flatMap(parsed(argsJson), (value) => validateArguments(tool.record, value, tool.path))

      // 3. May it be called?
      const decision = yield* policies.decide(context.workspace, tool.path)
      if (decision.effect !== "allow") return yield* denied(tool.path, decision.reason)

      // 4. A call with effects is written down before it is sent: a crash in between must not repeat it.
      const key = keyOf(context, tool.path, args)
      const open = yield* context.ledger
        .begin(key, previewArguments(args), !tool.record.traits.readOnly)
        .pipe(
          Effect.mapError(
            (failure) => new ToolError({ code: "host_failure", message: failure.message, retryable: false })
          )
        )

      // 5. Call it, and note how it came out.
      const result = yield* invoke(context, tool, args)
      yield* context.ledger.settle(open, result)
      return yield* Effect.fromResult(result)
    })

    const invoke = (
      context: CallContext,
      tool: ResolvedTool,
      args: Readonly<Record<string, unknown>>
    ): Effect.Effect<CallResult> =>
      tools.invoke(tool, args, context).pipe(
        Effect.flatMap((invoked) =>
          invoked._tag === "Done"
            ? Effect.succeed(invoked.json)
            : Effect.fail(needsHuman(tool.path, invoked.question.message))
        ),
        Effect.catchDefect(() =>
          Effect.fail(
            new ToolError({
              code: "internal",
              message: `${tool.path} failed for a reason of ours; the daemon's log has it (executor pm logs)`,
              retryable: false
            })
          )
        ),
        Effect.result
      )

    /** Answers the guest: a failure is data there, rebuilt from these fields alone. */
    const reply = (context: CallContext, path: string, argsJson: string): Effect.Effect<CallReply> =>
      Effect.match(call(context, path, argsJson), {
        onSuccess: (json) => ({ ok: true, json }),
        onFailure: ({ code, message, status, retryable, details }) => ({
          ok: false,
          json: JSON.stringify({ code, message, status, retryable, details })
        })
      })

    return { reply }
  })
}) {
  static readonly layer = Layer.effect(ToolCalls, this.make)
}

const resolve = Effect.fnUntraced(function* (
  catalog: CatalogSnapshot,
  text: string
): Effect.fn.Return<ResolvedTool, ToolError> {
  const found = Option.isNone(parseToolPath(text)) ? Option.none() : yield* catalog.resolve(text as ToolPath)
  if (Option.isSome(found)) return found.value
  const nearest = yield* catalog.nearest(text)
  const hint = nearest.length === 0 ? "" : ` Did you mean ${nearest.map((path) => `tools.${path}`).join(", ")}?`
  return yield* new ToolError({
    code: "unknown_tool",
    message: `there is no tool "${text.slice(0, 200)}".${hint} Search: await tools.executor.tools.search({ query: "what it should do" })`,
    retryable: false
  })
})

/** The text comes out of the sandbox: whoever broke into it could send anything. */
const parsed = (argsJson: string): Effect.Effect<unknown, ToolError> =>
  Effect.try({
    try: (): unknown => JSON.parse(argsJson),
    catch: () => new ToolError({ code: "invalid_arguments", message: "the arguments are not JSON", retryable: false })
  })

/** Calls are told apart by what they ask, not by where in the code they stand. */
const keyOf = (context: CallContext, path: ToolPath, args: unknown): CallKey => {
  const argumentsHash = sha256Hex(canonicalJson(args))
  const seen = `${path} ${argumentsHash}`
  const occurrence = context.occurrences.get(seen) ?? 0
  context.occurrences.set(seen, occurrence + 1)
  return { path, argumentsHash, occurrence }
}

const denied = (path: ToolPath, reason: string) =>
  new ToolError({
    code: "denied",
    message: `${path} may not be called: ${reason}. Only a human can change that: executor policies list`,
    retryable: false
  })

const needsHuman = (path: ToolPath, message: string) =>
  new ToolError({
    code: "needs_input",
    message: `${path} asks for something that only a human can give: ${message}`,
    retryable: false
  })
