// The way from a command to the daemon: found, started when it is not there, and asked to prove itself by the SDK.
import { Executor as Sdk } from "@executor-v2/sdk"
import { find, pm, readDaemonFile, resolveHome, stop, type Daemon, type PmOptions } from "@executor-v2/sdk/pm"
import { Effect, Option } from "effect"
import { statSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { CommandFailure, exitCodes } from "./Failure.ts"
import { progress } from "./Terminal.ts"
import { version } from "./Version.ts"

export type Executor = Sdk.Executor<Daemon>

const pmProgram = fileURLToPath(new URL("./pm.mjs", import.meta.url))

/** The daemon's program, built beside this one, and how Node runs it. */
export const pmCommand = [process.execPath, "--disable-warning=ExperimentalWarning", pmProgram] as const

/** Which data folder and with which settings; those of the environment when absent. */
export interface Place {
  readonly home?: string
  readonly env?: Readonly<Record<string, string>>
}

const options = ({ env, home }: Place): PmOptions => ({
  version,
  client: "executor-cli",
  ...(home === undefined ? {} : { home }),
  start: { command: pmCommand, ...(env === undefined ? {} : { env }) }
})

/** Only the local daemon is built; a script that asks for another target must not reach this one by mistake. */
const checkTarget = (): void => {
  const target = process.env["EXECUTOR_TARGET"]
  if (target !== undefined && target !== "" && target !== "local") {
    throw new CommandFailure(
      `EXECUTOR_TARGET is "${target}", and this version knows only "local"`,
      exitCodes.unreachable,
      "unknown_target"
    )
  }
}

/**
 * In a checkout the program may be built again under a daemon of the same version. Parts that this one has not loaded yet are
 * gone then, so it makes room. Packed files are older than any daemon that runs from them.
 */
const replaceOldBuild = async (home?: string): Promise<void> => {
  const named = readDaemonFile(resolveHome(home))
  const built = statSync(pmProgram, { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (named === undefined || named.version !== version || named.startTime >= built) return
  // Asked over its own interface, after it has proved what it is: a process id in a file is no proof.
  await stopDaemon("a newer build takes its place", home === undefined ? {} : { home })
}

/** An open connection; the daemon is started when none answers. */
export const connect = async (place: Place = {}): Promise<Executor> => {
  checkTarget()
  await replaceOldBuild(place.home)
  const spinner = progress("starting the daemon")
  return await Sdk.create({ adapter: pm(options(place)) }).finally(spinner.done)
}

/** Runs one command's work on a connection, which it closes. */
export const withExecutor = async (work: (executor: Executor) => Promise<void>): Promise<void> => {
  const executor = await connect()
  try {
    await work(executor)
  } finally {
    await executor.close()
  }
}

/** The daemon that answers, if one does. */
export const runningDaemon = (home?: string): Promise<Daemon | undefined> =>
  Effect.runPromise(Effect.map(find(home), Option.getOrUndefined))

/** Stops the daemon; `false` when there was none. */
export const stopDaemon = (reason: string, place: Place = {}): Promise<boolean> =>
  Effect.runPromise(stop({ ...options(place), reason }))

export { resolveHome }
