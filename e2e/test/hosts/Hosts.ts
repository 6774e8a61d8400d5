// The two hosts as their users have them: started, stopped, and reached by their addresses, their keys and the command line.
// Nothing else is known of them here, so that a scenario cannot tell which one it runs on.
import type { Executor } from "@executor-v2/sdk"
import type { Daemon } from "@executor-v2/sdk/pm"
import type { Remote } from "@executor-v2/sdk/remote"
import type { CommandResult } from "../Product.ts"
import { localHost } from "./LocalHost.ts"
import { remoteHost } from "./RemoteHost.ts"

export type HostName = "local" | "remote"

/** A connection by the SDK, with the owner's key. */
export type Connection = Executor.Executor<Daemon | Remote>

/** A host that runs, and one person's machine that uses it. */
export interface TestHost {
  readonly name: HostName
  /** The folder in which this person's commands run. */
  readonly folder: string
  readonly mcpUrl: string
  readonly rpcUrl: string
  readonly ownerKey: string
  readonly agentKey: string
  readonly start: () => Promise<void>
  /** Stops it for good and takes its data away. */
  readonly stop: () => Promise<void>
  /** A planned restart: what is going on may end first. */
  readonly restart: () => Promise<void>
  /** It is cut off in the middle of everything and started again, with time enough for it to notice what was cut off. */
  readonly crash: () => Promise<void>
  /** `executor ARGS`, to its end, without a terminal. */
  readonly cli: (...args: ReadonlyArray<string>) => Promise<CommandResult>
  /** The one JSON document of a command, asked for with `--json`. */
  readonly json: <A>(...args: ReadonlyArray<string>) => Promise<A>
  readonly connect: () => Promise<Connection>
}

/** Settings that both hosts take in the same way. */
export interface Settings {
  /** Exact origins that are reached although they are not public. */
  readonly allowOrigins: string
}

export const hosts: Readonly<Record<HostName, (settings: Settings) => TestHost>> = {
  local: localHost,
  remote: remoteHost
}
