// The way from a command to its host: the daemon of this machine, found, started when it is not there, and asked to prove itself
// by the SDK; or the deployment that was chosen.
import { Executor as Sdk } from "@executor-v2/sdk"
import { find, pm, readDaemonFile, resolveHome, stop, type Daemon, type PmOptions } from "@executor-v2/sdk/pm"
import type { Remote } from "@executor-v2/sdk/remote"
import { Effect, Option } from "effect"
import { readFileSync, statSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { CommandFailure } from "./Failure.ts"
import { chosenTarget, type Chosen, type Target } from "./Targets.ts"
import { progress } from "./Terminal.ts"
import { version } from "./Version.ts"

export type LocalExecutor = Sdk.Executor<Daemon>
export type Executor = Sdk.Executor<Daemon | Remote>

const client = "executor-cli"
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
  client,
  ...(home === undefined ? {} : { home }),
  start: { command: pmCommand, ...(env === undefined ? {} : { env }) }
})

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

/** An open connection to the daemon of this machine, which is started when none answers. */
export const connectLocal = async (place: Place = {}): Promise<LocalExecutor> => {
  await replaceOldBuild(place.home)
  const spinner = progress("starting the daemon")
  return await Sdk.create({ adapter: pm(options(place)) }).finally(spinner.done)
}

/** An open connection to a deployment. What it takes is loaded here, so that work on this machine does not pay for it. */
export const connectRemote = async ({ siteUrl, token, url }: Omit<Target, "agent">): Promise<Sdk.Executor<Remote>> => {
  const spinner = progress(`connecting to ${siteUrl}`)
  const { remote } = await import("@executor-v2/sdk/remote")
  return await Sdk.create({ adapter: remote({ url, siteUrl, token, version, client }) }).finally(spinner.done)
}

/** An open connection to the host that this command goes to. */
export const connect = async (): Promise<Executor> => {
  const target = chosenTarget()
  return target === undefined ? await connectLocal() : await connectRemote(target)
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

/** How agents reach a host: with a key that opens nothing but the MCP endpoint. */
export interface AgentAccess {
  readonly url: string
  readonly mcpUrl: string
  readonly key: string
}

export const localAccess = (daemon: Daemon): AgentAccess => ({
  url: daemon.url,
  mcpUrl: daemon.mcpUrl,
  key: readFileSync(daemon.agentTokenFile, "utf8").trim()
})

const agentKeyOf = ({ agent, name }: Chosen): string => {
  if (agent !== undefined) return agent.token
  throw new CommandFailure(
    `the target "${name}" gave out no token for agents, and the owner's is not for them. ` +
      "Once the deployment gives out tokens, add the target again"
  )
}

/** The access of agents to the host that this command goes to, which answers: a daemon is started when none does. */
export const agentAccess = async (): Promise<AgentAccess> => {
  const target = chosenTarget()
  if (target === undefined) {
    const executor = await connectLocal()
    await executor.close()
    return localAccess(executor.at)
  }
  const key = agentKeyOf(target)
  const executor = await connectRemote(target)
  await executor.close()
  return { url: executor.at.url, mcpUrl: executor.at.mcpUrl, key }
}

/** The daemon that answers, if one does. */
export const runningDaemon = (home?: string): Promise<Daemon | undefined> =>
  Effect.runPromise(Effect.map(find(home), Option.getOrUndefined))

/** Stops the daemon; `false` when there was none. */
export const stopDaemon = (reason: string, place: Place = {}): Promise<boolean> =>
  Effect.runPromise(stop({ ...options(place), reason }))

export { resolveHome }
