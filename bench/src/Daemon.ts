// Daemons of the built product, each in a data folder and on a port of its own.
import { Executor } from "@executor-v2/sdk"
import { pm, type Daemon as Facts } from "@executor-v2/sdk/pm"
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { mcpClient, type McpClient } from "./McpClient.ts"
import { environment, needBundle, pmProgram, temporaryFolder } from "./Product.ts"
import type { Bench } from "./Suite.ts"

export interface Daemon {
  readonly home: string
  readonly url: string
  readonly pid: number
  /** `performance.now()` when it was started. */
  readonly startedAt: number
  /** Speaks MCP with an agent's key. */
  readonly agent: () => McpClient
  /** Speaks RPC with the owner's key. */
  readonly owner: () => Promise<Executor.Executor<Facts>>
  /** Asks it to end and waits for it. */
  readonly stop: () => Promise<void>
}

/** Starts a program that says on standard output where it listens; resolves when it does. */
export const startServer = (
  args: ReadonlyArray<string>,
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {}
): Promise<{
  readonly url: string
  readonly pid: number
  readonly startedAt: number
  /** What it has said so far. */
  readonly output: () => string
  readonly stop: () => Promise<void>
}> =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const child = spawn(process.execPath, args, {
      env: options.env ?? environment(),
      cwd: options.cwd,
      stdio: ["ignore", "pipe", "pipe"]
    })
    let output = ""
    let errors = ""
    const ended = new Promise<void>((done) => child.once("close", () => done()))
    const stop = () => {
      child.kill("SIGTERM")
      return ended
    }
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text))
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0]
      if (url !== undefined) resolve({ url, pid: child.pid!, startedAt, output: () => output, stop })
    })
    void ended.then(() => reject(new Error(`${args.join(" ")} ended before it listened: ${errors.trim().slice(-600)}`)))
  })

export interface DaemonOptions {
  /** An existing data folder; a new one when absent. */
  readonly home?: string
  readonly env?: Readonly<Record<string, string>>
  /** Further flags of Node. */
  readonly flags?: ReadonlyArray<string>
}

/** Starts the daemon; it ends with the suite at the latest. */
export const startDaemon = async (bench: Bench, options: DaemonOptions = {}): Promise<Daemon> => {
  needBundle()
  const home = options.home ?? temporaryFolder(bench, "home")
  const env = environment({ ...options.env, EXECUTOR_HOME: home, EXECUTOR_PORT: "0" })
  const flags = ["--disable-warning=ExperimentalWarning", ...(options.flags ?? [])]
  const { url, pid, startedAt, stop: end } = await startServer([...flags, pmProgram], { env })
  let ending: Promise<void> | undefined
  const stop = () => (ending ??= end())
  bench.defer(stop)
  return {
    home,
    url,
    pid,
    startedAt,
    stop,
    agent: () => {
      const client = mcpClient(`${url}/mcp`, readFileSync(join(home, "agent-token"), "utf8").trim())
      bench.defer(client.close)
      return client
    },
    owner: async () => {
      const executor = await Executor.create({ adapter: pm({ home, version: "0.0.0", client: "bench" }) })
      bench.defer(() => executor.close().catch(() => {}))
      return executor
    }
  }
}
