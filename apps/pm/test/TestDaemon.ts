// Real daemons for the end-to-end tests: the program from source, each in a data folder of its own.
import { Executor } from "@executor-v2/sdk"
import { pm, type Daemon, type PmOptions } from "@executor-v2/sdk/pm"
import { spawn, type ChildProcess } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { version } from "../src/Version.ts"

export const command = [
  process.execPath,
  "--disable-warning=ExperimentalWarning",
  fileURLToPath(new URL("../src/main.ts", import.meta.url))
] as const

export const newHome = (): string => fs.mkdtempSync(path.join(os.tmpdir(), "executor-pm-"))

export const daemonFile = (home: string) =>
  JSON.parse(fs.readFileSync(path.join(home, "daemon.json"), "utf8")) as {
    readonly pid: number
    readonly port: number
    readonly instanceId: string
  }

export const keyOf = (home: string, file: "token" | "agent-token"): string =>
  fs.readFileSync(path.join(home, file), "utf8").trim()

/** Connects as a program would that starts the daemon on demand. */
export const connect = (home: string, options: Partial<PmOptions> = {}): Promise<Executor.Executor<Daemon>> =>
  Executor.create({
    adapter: pm({
      home,
      version,
      client: "test",
      start: { command, patienceMs: 45_000, env: { EXECUTOR_PORT: "0" } },
      ...options
    })
  })

export interface Ended {
  readonly status: number | null
  readonly output: string
}

export interface Started {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
}

/** Starts the program in the foreground of the test, behind `wrap` when given. */
export const start = (
  home: string,
  env: Readonly<Record<string, string>> = {},
  wrap: ReadonlyArray<string> = []
): Started => {
  const [program, ...args] = [...wrap, ...command]
  const child = spawn(program!, args, {
    env: { ...process.env, EXECUTOR_PORT: "0", ...env, EXECUTOR_HOME: home },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
  return {
    process: child,
    ended: new Promise((resolve) => child.once("close", (status) => resolve({ status, output })))
  }
}

/** Waits until something holds; the deadline of the test is the only clock. */
export const until = async <A>(look: () => A | undefined | false | Promise<A | undefined | false>): Promise<A> => {
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** Whether a process runs. Linux still lists one that has ended as `Z` until its parent asks: some machines take a second. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return !/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, "latin1"))
  } catch {
    return true
  }
}

/** Ends whatever daemon the folder names, and the folder. */
export const cleanUp = async (home: string): Promise<void> => {
  const named = fs.existsSync(path.join(home, "daemon.json")) ? daemonFile(home) : undefined
  if (named !== undefined && isAlive(named.pid)) {
    process.kill(named.pid, "SIGKILL")
    await until(() => !isAlive(named.pid))
  }
  fs.rmSync(home, { recursive: true, force: true })
}
