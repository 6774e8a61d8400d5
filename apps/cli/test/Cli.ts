// Runs the built command line as a person or a script would: in a folder of its own, with a data folder of its own.
import { spawn, type ChildProcess } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"

/** What `npm run executor` runs. `npm test` builds it first. */
export const bundle = fileURLToPath(new URL("../bundle/executor.mjs", import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Options {
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string
}

export interface Started {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
}

/** The environment of somebody who set nothing but the data folder; ports are free ones, so that tests meet nobody. */
export const environment = ({ env, home }: Pick<Options, "env" | "home">): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: join(home, "..", "person"),
  EXECUTOR_HOME: home,
  EXECUTOR_PORT: "0",
  ...env
})

export const launch = (command: ReadonlyArray<string>, options: Options): Started => {
  const [program = "", ...args] = command
  const child = spawn(program, args, {
    env: environment(options),
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd })
  })
  child.stdin?.end(options.input)
  let stdout = ""
  let stderr = ""
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text))
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return { process: child, ended }
}

export const start = (args: ReadonlyArray<string>, options: Options): Started =>
  launch([process.execPath, bundle, ...args], options)

/** `executor ARGS`, to its end. */
export const executor = (args: ReadonlyArray<string>, options: Options): Promise<Ended> => start(args, options).ended

/** The one JSON document of a command that was asked for one. */
export const documentOf = async <A>(args: ReadonlyArray<string>, options: Options): Promise<A> =>
  JSON.parse((await executor([...args, "--json"], options)).stdout) as A

/** Whether a process runs. Linux still lists one that has ended as `Z` until its parent asks: some machines take a second. */
export const isAlive = (pid: number): boolean => {
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

/** Waits until something holds; the deadline of the test is the only clock. */
export const until = async <A>(look: () => A | undefined | false): Promise<A> => {
  for (;;) {
    const seen = look()
    if (seen !== undefined && seen !== false) return seen
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** The process of a data folder's daemon. */
export const daemonPid = (home: string): number =>
  (JSON.parse(readFileSync(join(home, "daemon.json"), "utf8")) as { readonly pid: number }).pid

const removeHome = async (folder: string, home: string): Promise<void> => {
  if (existsSync(join(home, "daemon.json"))) {
    const pid = daemonPid(home)
    if (isAlive(pid)) process.kill(pid, "SIGKILL")
    await until(() => !isAlive(pid))
  }
  rmSync(folder, { recursive: true, force: true })
}

/** A folder for one test or one file of tests: `later` takes what is to be done when it is over. */
export const makeFolder = (later: (undo: () => Promise<void>) => void = onTestFinished) => {
  if (!existsSync(bundle)) throw new Error(`${bundle} is not there: build it with npm run build`)
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "executor-cli-")))
  const home = join(folder, "home")
  mkdirSync(join(folder, "person"))
  later(() => removeHome(folder, home))
  return { folder, home, person: join(folder, "person") }
}
