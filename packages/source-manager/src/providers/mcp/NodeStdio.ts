// MCP servers as child processes (Node only): no shell, few environment variables, gone with all their children.
import crossSpawn from "cross-spawn"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { ChildProcessWithoutNullStreams } from "node:child_process"
import { statSync } from "node:fs"
import { sourceError, type SourceError } from "../../Provider.ts"
import { makeLineReader } from "./LineReader.ts"
import { StdioLauncher, type StdioCommand, type StdioListener, type StdioProcess } from "./StdioLauncher.ts"
import { makeTail } from "./Tail.ts"

export interface NodeStdioOptions {
  /** Working folder of commands that name none. */
  readonly cwd: string
  /** Where the variables that pass are taken from. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** All that a server gets to see of this process's environment; what else it needs has to be declared. */
const passed =
  process.platform === "win32"
    ? [
        "APPDATA",
        "COMSPEC",
        "HOMEDRIVE",
        "HOMEPATH",
        "LOCALAPPDATA",
        "PATH",
        "PATHEXT",
        "PROCESSOR_ARCHITECTURE",
        "PROGRAMDATA",
        "PROGRAMFILES",
        "PROGRAMFILES(X86)",
        "PROGRAMW6432",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "USERNAME",
        "USERPROFILE",
        "WINDIR"
      ]
    : ["HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"]

const environment = (env: NodeStdioOptions["env"]): Record<string, string> => {
  const wanted = new Set(passed)
  const entries = Object.entries(env).filter(
    ([name, value]) => value !== undefined && wanted.has(process.platform === "win32" ? name.toUpperCase() : name)
  )
  return Object.fromEntries(entries) as Record<string, string>
}

/** Where programs come from that people are most often told to start servers with. */
const origins: Readonly<Record<string, string>> = {
  npx: "it comes with Node.js, https://nodejs.org",
  node: "it comes with Node.js, https://nodejs.org",
  uvx: "it comes with uv, https://docs.astral.sh/uv",
  uv: "see https://docs.astral.sh/uv",
  docker: "see https://docs.docker.com/get-docker",
  bunx: "it comes with Bun, https://bun.sh",
  deno: "see https://deno.com"
}

const notStarted = (command: string, cwd: string, cause: NodeJS.ErrnoException): SourceError => {
  const fail = (message: string) => sourceError("process_failed", message)
  if (!isFolder(cwd))
    return fail(`the working folder ${cwd} of ${command} is not there; create it or name another with cwd`)
  if (cause.code === "ENOENT") {
    const how = origins[command] ?? `check the spelling, and that "${command}" runs in a terminal`
    return fail(`command "${command}" was not found on PATH; install it first (${how})`)
  }
  if (cause.code === "EACCES") return fail(`command "${command}" may not be executed; check its permissions`)
  return fail(`command "${command}" could not be started: ${cause.code ?? cause.message}`)
}

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** Reaches the process and everything it started: it leads a group of its own. */
const signal = (child: ChildProcessWithoutNullStreams, name: "SIGTERM" | "SIGKILL"): void => {
  if (child.pid === undefined) return
  try {
    if (process.platform === "win32")
      crossSpawn("taskkill", ["/T", "/F", "/PID", String(child.pid)], { stdio: "ignore", windowsHide: true })
    else process.kill(-child.pid, name)
  } catch {
    // Nobody is left in the group.
  }
}

const exited = (child: ChildProcessWithoutNullStreams): boolean => child.exitCode !== null || child.signalCode !== null

const within = (child: ChildProcessWithoutNullStreams, ms: number): Promise<void> =>
  new Promise((resolve) => {
    if (exited(child)) return resolve()
    const timer = setTimeout(resolve, ms)
    child.once("exit", () => {
      clearTimeout(timer)
      resolve()
    })
  })

/** The order that MCP asks for: close its input, then ask, then force (specification, Lifecycle, Shutdown, stdio). */
const stop = async (child: ChildProcessWithoutNullStreams): Promise<void> => {
  child.stdin.end()
  await within(child, 700)
  if (!exited(child)) {
    signal(child, "SIGTERM")
    await within(child, 1_000)
  }
  // Also when it is gone: what it started may not be.
  signal(child, "SIGKILL")
  await within(child, 1_000)
  child.stdout.destroy()
  child.stderr.destroy()
}

const spawned = (child: ChildProcessWithoutNullStreams): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once("spawn", resolve)
    child.once("error", reject)
  })

const watch = (child: ChildProcessWithoutNullStreams, listener: StdioListener): StdioProcess => {
  const tail = makeTail()
  let told = false
  let unreadable: string | undefined
  const gone = () => {
    if (told) return
    told = true
    listener.onExit()
  }
  const reader = makeLineReader(listener.onLine, () => {
    unreadable = "wrote a line of more than 10 MB and was stopped"
    signal(child, "SIGKILL")
    gone()
  })
  child.stdout.on("data", reader)
  child.stderr.on("data", tail.add)
  // A broken pipe shows in the callback of the write that met it.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => {})
  child.on("error", gone)
  child.on("close", gone)
  return {
    pid: child.pid,
    write: (line) =>
      new Promise((resolve, reject) => {
        child.stdin.write(`${line}\n`, (error) => (error === null || error === undefined ? resolve() : reject(error)))
      }),
    ending: () =>
      unreadable ??
      (child.signalCode !== null
        ? `was ended by ${child.signalCode}`
        : child.exitCode !== null
          ? `ended with exit code ${child.exitCode}`
          : undefined),
    stderr: tail.text
  }
}

const launch = (options: NodeStdioOptions) =>
  Effect.fn("NodeStdio.launch")(function* (
    { command, args, cwd = options.cwd }: StdioCommand,
    listener: StdioListener
  ): Effect.fn.Return<StdioProcess, SourceError, Scope.Scope> {
    const child = yield* Effect.acquireRelease(
      Effect.tryPromise({
        try: async () => {
          const started = crossSpawn(command, [...args], {
            cwd,
            env: environment(options.env),
            stdio: ["pipe", "pipe", "pipe"],
            shell: false,
            detached: process.platform !== "win32",
            windowsHide: true
          }) as ChildProcessWithoutNullStreams
          await spawned(started)
          return started
        },
        catch: (cause) => notStarted(command, cwd, cause as NodeJS.ErrnoException)
      }),
      (started) => Effect.promise(() => stop(started))
    )
    return watch(child, listener)
  })

/** Processes of the machine that this daemon runs on. */
export const layer = (options: NodeStdioOptions): Layer.Layer<StdioLauncher> =>
  Layer.succeed(StdioLauncher, StdioLauncher.of({ launch: launch(options) }))
