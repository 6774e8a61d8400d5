// The adapter to the daemon on this machine: finds it, has it prove itself, starts it on demand, replaces an older one.
import { apiVersion } from "@executor-v2/rpc/HostRpcs"
import { ExecutorRpcs } from "@executor-v2/rpc"
import type { ApiRange, DaemonFile } from "@executor-v2/rpc/Daemon"
import { Clock, Effect, Option, type Scope } from "effect"
import * as RpcClient from "effect/rpc/RpcClient"
import { readFileSync } from "node:fs"
import { ConnectError, DaemonUnreachable, VersionMismatch } from "../ConnectError.ts"
import type { Adapter, Connection } from "../Executor.ts"
import { filesOf, readDaemonFile, readToken, resolveHome } from "./DaemonFolder.ts"
import { challenge, makeProtocol } from "./DaemonHttp.ts"
import { startUntil, type StartOptions } from "./DaemonStart.ts"
import { compareVersions, standing } from "./Versions.ts"

export * from "../ConnectError.ts"
export { filesOf, readDaemonFile, resolveHome } from "./DaemonFolder.ts"
export type { StartOptions } from "./DaemonStart.ts"

/** Which daemon, and as whom. */
export interface PmOptions {
  /** The data folder; see `resolveHome`. */
  readonly home?: string
  /** Version of the calling program. A daemon of an older one makes room for ours when nothing runs in it. */
  readonly version: string
  /** Name of the calling program, for the journal; `sdk` when absent. */
  readonly client?: string
  /** How to start a daemon when none answers. Absent: none is started. */
  readonly start?: StartOptions
  /** What this program speaks; the contract's own version when absent. */
  readonly api?: ApiRange
}

/** What is known of a daemon that answers. Also what `executor pm status --json` tells. */
export interface Daemon {
  readonly url: string
  readonly mcpUrl: string
  readonly rpcUrl: string
  readonly pid: number
  readonly version: string
  readonly home: string
  readonly tokenFile: string
  readonly agentTokenFile: string
}

interface Found {
  readonly file: DaemonFile
  readonly token: string
  readonly closing: boolean
}

const challengeMs = 2_000
/** A daemon that makes room delivers what it runs first: at most 30 s, and some for closing. */
const handOverMs = 40_000
/** How long to wait for the end of a process that has left the folder. It matters to nobody but who counts processes. */
const leaveMs = 3_000

const describe = (home: string, { port, pid, version }: DaemonFile): Daemon => {
  const url = `http://127.0.0.1:${port}`
  const { token, agentToken } = filesOf(home)
  return {
    url,
    mcpUrl: `${url}/mcp`,
    rpcUrl: `${url}/rpc`,
    pid,
    version,
    home,
    tokenFile: token,
    agentTokenFile: agentToken
  }
}

/** The daemon of the folder, if one answers and proves that it is. The key is sent nowhere. */
const look = Effect.fnUntraced(function* (home: string) {
  const file = readDaemonFile(home)
  const token = readToken(home)
  if (file === undefined || token === undefined) return undefined
  const proof = yield* challenge(file, token, challengeMs)
  return proof === undefined ? undefined : ({ file, token, closing: proof.closing } satisfies Found as Found)
})

const unreachable = (home: string, detail: string) =>
  new ConnectError({ reason: new DaemonUnreachable({ home, detail }) })

const notRunning = "none is running. Start it with: executor pm start"

const held = (home: string) => () => {
  const pid = readDaemonFile(home)?.pid
  return (
    `another process${pid === undefined ? "" : ` (the last daemon had process id ${pid})`} holds the folder ` +
    "and does not answer. " +
    "Wait a moment, or end that process, or choose another folder with EXECUTOR_HOME"
  )
}

const open = (home: string, found: Found, options: PmOptions) =>
  makeProtocol({
    home,
    port: found.file.port,
    token: found.token,
    client: `${options.client ?? "sdk"}/${options.version}`
  })

const clientOf = (home: string, found: Found, options: PmOptions) =>
  Effect.flatMap(open(home, found, options), (protocol) =>
    RpcClient.make(ExecutorRpcs).pipe(Effect.provideService(RpcClient.Protocol, protocol))
  )

/** Whether a process runs. Linux still lists one that has ended as `Z` until its parent asks, which some never do. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"))
  } catch {
    return true
  }
}

/** Waits until the daemon has left the folder and its process has ended: it takes its announcement back before that. */
const untilGone = Effect.fnUntraced(function* (home: string, daemon: DaemonFile) {
  const end = (yield* Clock.currentTimeMillis) + handOverMs
  while (isAlive(daemon.pid) && readDaemonFile(home)?.instanceId === daemon.instanceId) {
    if ((yield* Clock.currentTimeMillis) >= end) {
      return yield* unreachable(
        home,
        `the daemon with process id ${daemon.pid} was asked to stop and is still there. End it, then try again`
      )
    }
    yield* Effect.sleep(50)
  }
  const left = yield* Clock.currentTimeMillis
  while (isAlive(daemon.pid) && (yield* Clock.currentTimeMillis) < left + leaveMs) yield* Effect.sleep(10)
})

/** Asks a daemon to stop and waits for it. */
const dismiss = Effect.fnUntraced(function* (home: string, found: Found, reason: string, options: PmOptions) {
  if (!found.closing) {
    const client = yield* clientOf(home, found, options)
    yield* client["Host.Shutdown"]({ reason }).pipe(
      Effect.mapError((error) => unreachable(home, `it could not be stopped: ${error.message}`))
    )
  }
  yield* untilGone(home, found.file)
}, Effect.scoped)

const isIdle = (home: string, found: Found, options: PmOptions) =>
  Effect.flatMap(clientOf(home, found, options), (client) => client["Host.Status"]()).pipe(
    Effect.map((status) => status.activeRuns === 0),
    Effect.orElseSucceed(() => false),
    Effect.scoped
  )

/** Makes sure that the daemon found is one to talk to: `false` when it made room and another must be started. */
const agree = Effect.fnUntraced(function* (home: string, found: Found, options: PmOptions) {
  const ours = options.api ?? { min: apiVersion, max: apiVersion }
  const { apiVersion: theirs, version } = found.file
  const mismatch = (detail: string) =>
    new ConnectError({ reason: new VersionMismatch({ ours: options.version, theirs: version, detail }) })
  const now = standing(ours, theirs)
  if (now === "program_older")
    return yield* mismatch(
      "this program is too old for it. Upgrade this program, or stop the daemon with its own: executor pm stop"
    )
  if (now === "daemon_older" && options.start === undefined)
    return yield* mismatch("the daemon is too old. Restart it with: executor pm start")
  const outdated =
    now === "daemon_older" ||
    (options.start !== undefined &&
      compareVersions(options.version, version) > 0 &&
      (yield* isIdle(home, found, options)))
  if (outdated) yield* dismiss(home, found, `making room for version ${options.version}`, options)
  return !outdated
})

const settle = Effect.fnUntraced(function* (home: string, options: PmOptions) {
  const first = yield* look(home)
  const found = first && !first.closing ? first : undefined
  if (found !== undefined && (yield* agree(home, found, options))) return found
  if (options.start === undefined)
    return yield* unreachable(home, first ? "it is stopping. Try again in a moment" : notRunning)
  if (first?.closing) yield* untilGone(home, first.file)
  const started = yield* startUntil(
    home,
    options.start,
    Effect.map(look(home), (each) => (each?.closing ? undefined : each)),
    held(home)
  )
  // Somebody else may have started a daemon of another version in the meantime: that one stays, if we can talk to it.
  if (standing(options.api ?? { min: apiVersion, max: apiVersion }, started.file.apiVersion) === "speaks")
    return started
  const detail = "the two have no version of the interface in common. Upgrade the older of them"
  return yield* new ConnectError({
    reason: new VersionMismatch({ ours: options.version, theirs: started.file.version, detail })
  })
})

/** The adapter: `Executor.create({ adapter: pm({ version, start: { command } }) })`. */
export const pm = (options: PmOptions): Adapter<Daemon> => {
  const home = resolveHome(options.home)
  const connect: Effect.Effect<Connection<Daemon>, ConnectError, Scope.Scope> = Effect.gen(function* () {
    const found = yield* settle(home, options)
    return { protocol: yield* open(home, found, options), host: describe(home, found.file) }
  })
  return { connect }
}

/** The daemon that answers for the folder, without starting one. */
export const find = (home?: string): Effect.Effect<Option.Option<Daemon>> => {
  const folder = resolveHome(home)
  return Effect.map(look(folder), (found) =>
    Option.map(Option.fromUndefinedOr(found), ({ file }) => describe(folder, file))
  )
}

/** Stops the daemon of the folder and waits until it is gone; `false` when none was running. */
export const stop = (options: PmOptions & { readonly reason: string }): Effect.Effect<boolean, ConnectError> => {
  const home = resolveHome(options.home)
  return Effect.flatMap(look(home), (found) =>
    found === undefined ? Effect.succeed(false) : Effect.as(dismiss(home, found, options.reason, options), true)
  )
}
