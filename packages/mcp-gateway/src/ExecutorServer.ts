// The MCP server that the product shows: one tool, for either era, for one principal. Holds no state of its own.
import type { RunId } from "@executor-v2/schema"
import type { CallToolResult, Server, ServerContext } from "@modelcontextprotocol/server"
import * as Effect from "effect/Effect"
import { callExecute, executeTool, toolName, type ExecuteBackend } from "./ExecuteTool.ts"
import { instructions } from "./Instructions.ts"
import type { McpSdk } from "./McpSdk.ts"
import { patienceOf } from "./Patience.ts"
import { actorOf, type Principal } from "./Principal.ts"
import { startProgress } from "./Progress.ts"

export interface ExecutorServerParts {
  readonly version: string
  readonly backend: ExecuteBackend
  /** Names of the sources that can be called, in the order in which the model shall read them. */
  readonly sourceNames: (principal: Principal) => Promise<ReadonlyArray<string>>
  /** Runs an effect of the engine; rejects when `signal` interrupts it. */
  readonly run: <A>(effect: Effect.Effect<A>, signal?: AbortSignal) => Promise<A>
}

/** The list may change with every source; listeners are told, others look again after a minute. */
const cacheHints = {
  "tools/list": { ttlMs: 60_000, cacheScope: "private" },
  "server/discover": { ttlMs: 3_600_000, cacheScope: "private" }
} as const

/** Elicited answers would be validated with it; we ask none here, and the default one compiles code at run time. */
const noValidator = {
  getValidator: () => {
    throw new Error("this server validates no elicited answers")
  }
}

export const executorServer = (sdk: McpSdk, parts: ExecutorServerParts, principal: Principal): Server => {
  const server = new sdk.Server(
    { name: "executor", title: "Executor", version: parts.version },
    {
      capabilities: { tools: { listChanged: true } },
      instructions,
      cacheHints,
      jsonSchemaValidator: noValidator
    }
  )
  server.setRequestHandler("tools/list", async () => ({ tools: [executeTool(await parts.sourceNames(principal))] }))
  server.setRequestHandler("tools/call", ({ params }, context) => {
    if (params.name === toolName) return call(parts, principal, server, params.arguments, context)
    const unknown = `there is no tool "${params.name.slice(0, 80)}"; the only one is "${toolName}"`
    throw new sdk.ProtocolError(sdk.ProtocolErrorCode.InvalidParams, unknown)
  })
  return server
}

/** A client that stopped waiting because its own clock ran out says so; it does not want the work undone. */
const timedOut = (reason: unknown): boolean => typeof reason === "string" && /time(d|s)?[ -]?out/i.test(reason)

/**
 * Cancelling a call that started a run (legacy: `notifications/cancelled`, modern: the closed stream) cancels the run:
 * we answer before any known client's clock runs out, so a cancel is somebody's wish to stop, and code that goes on
 * calling tools after that would be a surprise. Two exceptions: a cancel whose reason is a timeout, and the cancel of
 * a `resume`, which only waits for a run that is somebody else's as well; both leave the run alone.
 * A legacy stream that breaks without a cancel is no wish at all, says the protocol: the run goes on.
 */
const call = async (
  { backend, run }: ExecutorServerParts,
  principal: Principal,
  server: Server,
  given: Readonly<Record<string, unknown>> | undefined,
  { mcpReq }: ServerContext
): Promise<CallToolResult> => {
  const client = server.getClientVersion()
  const { signal, _meta } = mcpReq
  const actor = actorOf(principal, client)
  const token = _meta?.progressToken
  let opened: RunId | undefined
  let unwanted = false
  const stop = (): void => {
    if (opened !== undefined && unwanted) void run(Effect.ignore(backend.cancel(principal.workspace, actor, opened)))
  }
  const onAbort = (): void => {
    unwanted = !timedOut(signal.reason)
    stop()
  }
  signal.addEventListener("abort", onAbort, { once: true })
  const progress =
    token === undefined
      ? undefined
      : startProgress((value, message) => {
          const params = { progressToken: token, progress: value, message }
          mcpReq.notify({ method: "notifications/progress", params }).catch(() => {})
        })
  const asked = {
    workspace: principal.workspace,
    actor: actorOf(principal, client),
    patienceMs: principal.patienceMs ?? patienceOf(client, token !== undefined),
    ...(progress === undefined
      ? {}
      : { onProgress: (update: { readonly calls: number }) => progress.calls(update.calls) })
  }
  try {
    return await run(
      callExecute(backend, given, asked, (id) => {
        opened = id
        stop()
      }),
      signal
    )
  } finally {
    progress?.stop()
    signal.removeEventListener("abort", onAbort)
  }
}
