// The composition root of the daemon: closes the ports, opens the doors, waits, and goes in order.
import { HostInfo, Runs, Sources, Workspaces } from "@executor-v2/domain"
import { Execute, Kernel } from "@executor-v2/engine"
import { ChildPool } from "@executor-v2/engine/sandbox/ChildPool"
import * as IsolateSandbox from "@executor-v2/engine/sandbox/IsolateSandbox"
import * as OxcTranspile from "@executor-v2/engine/OxcTranspile"
import { McpGateway } from "@executor-v2/mcp-gateway"
import { nodeMcpHandler } from "@executor-v2/mcp-gateway/NodeMcpHttp"
import { DataFolderError, LocalPersistence, toDataFolderError } from "@executor-v2/persistence-local"
import { apiVersion } from "@executor-v2/rpc/HostRpcs"
import { Challenge, heldExit } from "@executor-v2/rpc/Daemon"
import type { Actor, WorkspaceId } from "@executor-v2/schema"
import * as NodeFiles from "@executor-v2/source-manager/NodeFiles"
import * as NodeOutbound from "@executor-v2/source-manager/network/NodeOutbound"
import * as NodeStdio from "@executor-v2/source-manager/providers/mcp/NodeStdio"
import * as WorkerCompiler from "@executor-v2/source-manager/compile/WorkerCompiler"
import { Cause, Effect, Exit, Layer, Logger, Option, Schema, Scope, Stream } from "effect"
import { randomUUID } from "node:crypto"
import { announce, prove, retract } from "./Discovery.ts"
import { openKeys, type Keys, type KeysError } from "./Keys.ts"
import { listen, type Listener, type ListenError, type Rooms } from "./Listener.ts"
import { loggerTo, makeLog, withoutKeys, type PmLog } from "./PmLog.ts"
import { compactionWorker, compileWorker, sandboxChild } from "./Scripts.ts"
import { readSettings, SettingsError, type Settings } from "./Settings.ts"
import { makeStopping, obeySignals, type Stopping } from "./Stopping.ts"
import * as TokenRpcHandlers from "./TokenRpcHandlers.ts"
import { buildId, version } from "./Version.ts"

/** How long running work may take to end, and answers to leave, once the daemon is asked to stop. */
const drainMs = 30_000
const deliverMs = 2_000

/** How long after the start to get ready for a first run, in milliseconds: whoever waited for the start comes before. */
const warmAfterMs = 250

const system: Actor = { kind: "system" }

/** What one start of the daemon knows of itself. */
interface Instance {
  readonly settings: Settings
  readonly stopping: Stopping
  readonly log: PmLog
  readonly id: string
  readonly startedAt: number
  /** Known once it listens; nothing of ours may be called from inside. */
  port: number | undefined
}

/** Every port closed, by what this machine has. */
const kernelOf = (instance: Instance) => {
  const { settings, stopping } = instance
  const host = Layer.succeed(
    HostInfo,
    HostInfo.of({
      version,
      kind: "local",
      startedAt: instance.startedAt,
      shutdown: (reason) => Effect.sync(() => stopping.request(reason))
    })
  )
  return McpGateway.layer.pipe(
    Layer.provideMerge(Kernel.features),
    Layer.provideMerge(
      Layer.mergeAll(
        host,
        OxcTranspile.layer.pipe(Layer.provideMerge(IsolateSandbox.layer({ childEntry: sandboxChild() }))),
        WorkerCompiler.layer(compileWorker()),
        NodeFiles.layer,
        NodeStdio.layer({ cwd: settings.home, env: process.env }),
        NodeOutbound.layer({
          allowOrigins: settings.allowOrigins,
          ownPorts: () => (instance.port === undefined ? [] : [instance.port])
        })
      )
    ),
    Layer.provideMerge(LocalPersistence.layer({ home: settings.home, compactionWorker: compactionWorker() }))
  )
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

/** Made by the first who asks for it. */
const once = <A>(make: () => Promise<A>): (() => Promise<A>) => {
  let made: Promise<A> | undefined
  return () => (made ??= make())
}

const decodeChallenge = Schema.decodeUnknownOption(Schema.fromJsonString(Challenge))

/** What answers behind the doors. */
const roomsOf = Effect.fnUntraced(function* (instance: Instance, keys: Keys, workspace: WorkspaceId) {
  const gateway = yield* McpGateway
  const scope = yield* Effect.scope
  const runPromise = Effect.runPromiseWith(yield* Effect.context<Layer.Success<ReturnType<typeof kernelOf>>>())
  const mcp = nodeMcpHandler(gateway)
  const rpc = once(async () => {
    const { makeRpcRoom } = await import("./RpcRoom.ts")
    const handlers = Layer.merge(Kernel.rpcHandlers, TokenRpcHandlers.layer)
    const room = makeRpcRoom({ workspace, principalOf: keys.principalOf }, handlers)
    return runPromise(Scope.provide(room, scope))
  })
  return {
    principalOf: keys.principalOf,
    health: () => ({ ok: true, version }),
    challenge: (body, port) => {
      const asked = decodeChallenge(body)
      const key = keys.owner()
      if (Option.isNone(asked) || key === undefined) return undefined
      return prove(key, asked.value.nonce, { instanceId: instance.id, port, closing: instance.stopping.isRequested() })
    },
    mcp: (request, response, principal) => mcp(request, response, { workspace, ...principal }),
    rpc: async (request, response) => (await rpc()).http(request, response),
    socket: async (request, socket, head) => (await rpc()).socket(request, socket, head),
    onDefect: (error) => instance.log.line("ERROR", `a request failed: ${stackOf(error)}`)
  } satisfies Rooms as Rooms
})

/** Lets running work end and its answers leave. */
const drain = Effect.fnUntraced(function* (listener: Listener) {
  const execute = yield* Execute
  const gateway = yield* McpGateway
  yield* Effect.timeoutOption(execute.drain, drainMs)
  yield* Effect.timeoutOption(gateway.drained, deliverMs)
  yield* Effect.promise(() => listener.idle(deliverMs))
})

/** Loads and starts what the first run would otherwise wait for; a process that nobody uses is released again. */
const warm = Effect.gen(function* () {
  const gateway = yield* McpGateway
  const pool = yield* ChildPool
  yield* Effect.sleep(warmAfterMs)
  pool.warm()
  yield* gateway.warm
})

/** A file of ours that cannot be written, such as on a full disk, is told with what to do about it. */
const inFolder = (home: string, use: () => void): Effect.Effect<void, DataFolderError> =>
  Effect.try({ try: use, catch: (cause) => toDataFolderError(home, cause) })

/** From an open data folder to the end of the daemon's life; the reason for the end. */
const serve = Effect.fnUntraced(function* (instance: Instance) {
  const { settings, stopping } = instance
  const keys = yield* Effect.try({ try: () => openKeys(settings.home), catch: (error) => error as KeysError })
  const workspace = yield* (yield* Workspaces).ensureDefault()
  const sources = yield* Sources
  yield* sources.recover(workspace, system)
  const interrupted = yield* (yield* Runs).recover(workspace, system)
  if (interrupted > 0) yield* Effect.logWarning(`${interrupted} runs were cut off when the daemon ended before`)

  const gateway = yield* McpGateway
  yield* sources.changes(workspace).pipe(
    Stream.runForEach(() => gateway.sourcesChanged),
    Effect.forkScoped
  )

  const rooms = yield* roomsOf(instance, keys, workspace)
  const listener = yield* Effect.acquireRelease(
    Effect.tryPromise({ try: () => listen(rooms, settings.port), catch: (error) => error as ListenError }),
    (open) => Effect.promise(() => open.close())
  )
  instance.port = listener.port
  yield* inFolder(settings.home, () =>
    announce(settings.home, {
      pid: process.pid,
      startTime: instance.startedAt,
      port: listener.port,
      apiVersion: { min: apiVersion, max: apiVersion },
      version,
      buildId: buildId(),
      instanceId: instance.id
    })
  )
  yield* Effect.logInfo(`version ${version}, process ${process.pid}, listening on http://127.0.0.1:${listener.port}`)
  process.stdout.write(`executor daemon on http://127.0.0.1:${listener.port}\n`)

  yield* Effect.forkScoped(warm)

  const local = yield* LocalPersistence.LocalPersistence
  const end = yield* Effect.raceFirst(
    Effect.map(stopping.requested, (reason) => ({ status: 0, reason })),
    Effect.map(local.stopped, ({ detail }) => ({ status: 1, reason: detail }))
  )
  yield* Effect.logInfo(`stopping: ${end.reason}`)
  // Without a journal nothing more can be finished: what waits is told why, and that is all.
  stopping.request(end.reason)
  if (end.status === 0) yield* drain(listener)
  else yield* Effect.promise(() => listener.idle(deliverMs))
  return end
})

/** One life of the daemon: the status to end with. */
const live = Effect.fnUntraced(function* (log: PmLog, stopping: Stopping) {
  const settings = yield* readSettings
  const instance: Instance = { settings, stopping, log, id: randomUUID(), startedAt: Date.now(), port: undefined }
  // Whoever waits for our end reads the announcement: it goes after the journal has written its last line.
  yield* Effect.addFinalizer(() => Effect.sync(() => retract(settings.home, instance.id)))
  const context = yield* Layer.build(kernelOf(instance))
  // The folder is ours from here on, its log too.
  yield* inFolder(settings.home, () => log.open(settings.home))
  return yield* Effect.provideContext(serve(instance), context)
}, Effect.scoped)

/** The status that tells whoever started us why there is no daemon. */
const statusOf = (error: unknown): number =>
  error instanceof SettingsError ? 2 : error instanceof DataFolderError && error.reason._tag === "Held" ? heldExit : 1

/** Runs the daemon until it is told to stop, then ends the process. */
export const main = async (): Promise<void> => {
  const log = makeLog()
  const stopping = makeStopping()
  const leave = (status: number, level: string, message: string): never => {
    log.line(level, message)
    if (status !== 0) process.stderr.write(`executor daemon: ${withoutKeys(message)}\n`)
    process.exit(status)
  }
  // Whoever started us may be gone by the time we say something.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
  process.on("uncaughtException", (error) => leave(1, "FATAL", stackOf(error)))
  obeySignals(stopping, (signal) => leave(1, "WARN", `${signal} again: leaving at once`))
  const exit = await Effect.runPromiseExit(Effect.provide(live(log, stopping), Logger.layer([loggerTo(log)])))
  if (Exit.isSuccess(exit))
    return leave(exit.value.status, exit.value.status === 0 ? "INFO" : "FATAL", `ended: ${exit.value.reason}`)
  const error = Cause.squash(exit.cause)
  leave(statusOf(error), "FATAL", error instanceof Error ? error.message : String(error))
}
