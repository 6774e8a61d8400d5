// Calls a tool on its server, over the connection that all calls of the source share.
import { ToolError } from "@executor-v2/schema"
import type { Tool } from "@modelcontextprotocol/client"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { cut, oneLine } from "../../json-schema/Prose.ts"
import type { Invocation, Invoked, SourceError } from "../../Provider.ts"
import { type Connection, loadSdk } from "./Connection.ts"
import type { Connections } from "./Connections.ts"
import { type AuthNeeded, type Circumstances, excerpt, isTimeout, networkError, statusOf } from "./Failures.ts"
import type { McpBinding } from "./Material.ts"
import { type Limits, Patience } from "./Patience.ts"
import { questionOf, resultOf } from "./Result.ts"
import { NotSent } from "./StdioTransport.ts"

/** The request never reached the server, so that sending it once more cannot do anything twice. */
class Unsent extends Schema.TaggedError<Unsent>()("Unsent", { cause: Schema.Defect() }) {}

/** The server knows nothing of the session any more: older ones forget when they restart. */
const sessionLost = (cause: unknown, { era, client }: Connection): boolean =>
  era === "legacy" && client.transport?.sessionId !== undefined && [400, 404].includes(statusOf(cause) ?? 0)

const send = async (
  { tool, args, signal }: Invocation,
  connection: Connection,
  limits: Limits,
  interrupted: AbortSignal
) => {
  const { client, era } = connection
  const binding = tool.binding as McpBinding
  const sdk = await loadSdk()
  // Questions are taken only where the answer can come with a second call; older servers would hold this one open.
  const meta = era === "modern" ? { _meta: { [sdk.CLIENT_CAPABILITIES_META_KEY]: { elicitation: { form: {} } } } } : {}
  try {
    return await client.callTool(
      { name: binding.tool, arguments: { ...args }, ...meta },
      {
        timeout: limits.silent,
        maxTotalTimeout: limits.total,
        resetTimeoutOnProgress: true,
        onprogress: () => {},
        signal: signal === undefined ? interrupted : AbortSignal.any([signal, interrupted]),
        allowInputRequired: true,
        // Keeps the SDK from listing the tools again to find out about headers.
        toolDefinition: {
          name: binding.tool,
          inputSchema: binding.mirrors === true ? (tool.input as Tool["inputSchema"]) : { type: "object" }
        }
      }
    )
  } catch (cause) {
    if (cause instanceof NotSent || sessionLost(cause, connection)) {
      connection.kill()
      throw new Unsent({ cause })
    }
    throw cause
  }
}

const toolError = (code: string, message: string, retryable: boolean, status?: number): ToolError =>
  new ToolError({ code, message, retryable, ...(status === undefined ? {} : { status }) })

/** Why there is no connection to call over: nothing was sent. */
const unconnected = (path: string, error: SourceError | AuthNeeded): ToolError => {
  if (error._tag === "AuthNeeded") {
    return toolError(
      "auth_required",
      `${path} was not called: ${error.message}. A human can type: executor sources auth ${path.split(".")[0]}`,
      false,
      401
    )
  }
  const { code, message, status } = error.failure
  const known = code === "timeout" ? "timeout" : code === "refused_address" ? "refused_address" : "unreachable"
  return toolError(known, `${path} was not called: ${message}`, code === "timeout" || code === "unreachable", status)
}

const unknownEffect = "Whether it took effect is not known: look before calling it again"

/** Why a call that was sent did not come back with a result. */
const unanswered = (
  path: string,
  cause: unknown,
  { where, ending, excess, stderr, seconds }: Circumstances
): ToolError => {
  if (excess !== undefined) return toolError("upstream_error", `${path}: ${where} ${excess}. ${unknownEffect}`, false)
  const network = networkError(cause)
  if (network !== undefined) {
    const sent = "reason" in network && network.reason === "refused" ? "" : `. ${unknownEffect}`
    return toolError("unreachable", `${path}: ${network.message}${sent}`, false)
  }
  if (isTimeout(cause)) {
    return toolError("timeout", `${path} said nothing for ${seconds} s and was cancelled. ${unknownEffect}`, false)
  }
  const status = statusOf(cause)
  if (status !== undefined) {
    const text = excerpt((cause as { data?: { text?: unknown } }).data?.text, 500)
    return toolError(
      "upstream_error",
      `${path}: ${where} answered ${status}${text}`,
      [429, 502, 503, 504].includes(status),
      status
    )
  }
  if (ending !== undefined) {
    const wrote = stderr === undefined || stderr === "" ? "" : ` It wrote: ${stderr}`
    return toolError("upstream_error", `${path}: ${where} ${ending} during the call. ${unknownEffect}.${wrote}`, false)
  }
  const message = cause instanceof Error ? cause.message : String(cause)
  return toolError("upstream_error", `${path}: ${cut(oneLine(message), 1_000)}`, false)
}

export const invoke = (connections: Connections) => {
  const once = (call: Invocation, path: string) =>
    Effect.gen(function* () {
      const { location, privateOrigins } = call.source
      const connection = yield* connections
        .get({ location, privateOrigins })
        .pipe(Effect.mapError((error) => unconnected(path, error)))
      const limits = yield* Patience
      const result = yield* Effect.tryPromise({
        try: (interrupted) => send(call, connection, limits, interrupted),
        catch: (cause) =>
          cause instanceof Unsent
            ? cause
            : call.signal?.aborted === true
              ? toolError("cancelled", `${path} was cancelled with its run. ${unknownEffect}`, false)
              : unanswered(path, cause, connection.circumstances(limits.silent / 1_000))
      })
      const sdk = yield* Effect.promise(loadSdk)
      if (!sdk.isInputRequiredResult(result)) return yield* resultOf(path, result)
      const question = yield* questionOf(call.source.name, result)
      return { _tag: "NeedsInput", question } satisfies Invoked
    }).pipe(Effect.scoped)

  return Effect.fn("McpProvider.invoke")((call: Invocation): Effect.Effect<Invoked, ToolError> => {
    const path = `${call.source.name}.${call.tool.name}`
    return once(call, path).pipe(
      Effect.catchTag("Unsent", () => once(call, path)),
      Effect.catchTag("Unsent", () =>
        Effect.fail(
          toolError("unreachable", `${path} was not called: its server ends or forgets us as soon as it is asked`, true)
        )
      )
    )
  })
}
