// One sandbox process as the host sees it: started with nothing of ours (no environment, no descriptor but its pipe, no
// file it may read but its own code), spoken to in frames, and killed rather than argued with.
import { spawn, type ChildProcess } from "node:child_process"
import { createRequire } from "node:module"
import { getPriority, setPriority } from "node:os"
import { dirname, parse, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { residentSize, type ResidentSize } from "./ResidentSize.ts"
import { decodeFromChild, encodeToChild, frameReader, type FromChild, type ToChild } from "./WireFormat.ts"

/** Why a process stopped: `reason` is ours when we killed it. */
export interface Stopped {
  readonly killed: boolean
  readonly signal: string | undefined
  readonly code: number | undefined
}

export interface SandboxProcess {
  readonly pid: number | undefined
  readonly send: (message: ToChild) => void
  readonly resident: ResidentSize
  /** Longest frame accepted from now on, in bytes. */
  maxFrame: number
  /** Who hears the frames, and the end, of this process. */
  onMessage: (message: FromChild) => void
  onStopped: (stopped: Stopped) => void
  readonly alive: () => boolean
  /** Ends it at once; it is not asked. */
  readonly kill: () => void
}

export interface SpawnOptions {
  /** Path of `child.ts`, or of its bundle. */
  readonly entry: string
  /** Heap limit of the isolates that it keeps warm, in MiB. */
  readonly memoryMb: number
}

/** Text for the person who has to mend the installation. */
export const noEngine = (detail: string): string =>
  `the sandbox engine isolated-vm cannot be loaded on ${process.platform}-${process.arch} with Node ${process.version}. ` +
  "It comes prebuilt for Linux (x64, arm64), macOS (Apple silicon) and Windows (x64) with Node 24; elsewhere build it with " +
  "`npm rebuild isolated-vm` (needs Python and a C++ compiler), or use a remote target (`executor target add`). " +
  `Details: ${detail}`

/** Files that a child loads, and the folders it may read. */
interface Parts {
  readonly engine: string
  readonly transpiler: string
  readonly readable: ReadonlyArray<string>
}

/** The outermost `node_modules` folder on the way to a file: links inside it may lead anywhere in it. */
const modulesFolder = (path: string): string => {
  const parts = path.split(sep)
  const at = parts.indexOf("node_modules")
  return at < 0 ? dirname(path) : parts.slice(0, at + 1).join(sep)
}

const located = new Map<string, Parts>()

/** The native parts, found from where the child's entry lies. A missing transpiler is the child's to report. */
const locateParts = (entry: string): Parts => {
  const known = located.get(entry)
  if (known !== undefined) return known
  const find = (name: string): string | undefined => {
    try {
      return createRequire(entry).resolve(name)
    } catch {
      return undefined
    }
  }
  const engine = find("isolated-vm")
  if (engine === undefined) throw new Error(noEngine(`it is not installed beside ${entry}`))
  const transpiler = find("oxc-transform") ?? "oxc-transform"
  const folders = new Set([engine, transpiler].filter((path) => path.includes(sep)).map(modulesFolder))
  // Source files lie one folder above the entry; a bundle's chunks lie beside it. The loaders ask which libc this is.
  const own = entry.endsWith(".ts") ? dirname(dirname(entry)) : dirname(entry)
  const parts = { engine, transpiler, readable: [own, ...folders, "/etc/alpine-release", "/usr/bin/ldd"] }
  located.set(entry, parts)
  return parts
}

const flags = (options: SpawnOptions, readable: ReadonlyArray<string>): ReadonlyArray<string> => [
  "--no-node-snapshot", // asked for by isolated-vm on Node ≥ 20
  "--max-old-space-size=256", // the process's own heap only carries texts
  "--permission",
  "--allow-addons",
  ...readable.map((path) => `--allow-fs-read=${path}`),
  options.entry
]

/**
 * How far a guest stands back behind the host on a busy machine, of 19 at most: the host must answer others meanwhile,
 * and its slowest answers during an attack take half as long. Further back, a busy machine starves the guest.
 */
const niceness = 5

/** To be called before the process has threads of its own: later ones take it over, earlier ones would not. */
const standBack = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) setPriority(pid, Math.min(19, getPriority() + niceness))
  } catch {
    // It has ended already, or the system does not allow it; its limits hold all the same.
  }
}

/** Starts a process. It is ready once it has said `Ready`; `Unavailable` says why it never will be. */
export const start = (options: SpawnOptions): SandboxProcess => {
  const { engine, readable, transpiler } = locateParts(options.entry)
  const args = [...flags(options, readable), engine, transpiler, String(options.memoryMb)]
  const child: ChildProcess = spawn(process.execPath, args, {
    env: {},
    cwd: parse(process.execPath).root,
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true
  })
  standBack(child.pid)
  const input = child.stdin!
  const output = child.stdout!
  let stopped = false
  let killed = false
  const stop = (code: number | null, signal: string | null) => {
    if (stopped) return
    stopped = true
    self.resident.close()
    self.onStopped({ killed, code: code ?? undefined, signal: signal ?? undefined })
  }
  const kill = () => {
    if (killed || stopped) return
    killed = true
    child.kill("SIGKILL")
    input.destroy()
    output.destroy()
  }
  const read = frameReader(
    () => self.maxFrame,
    (frame) => {
      if (!killed) self.onMessage(decodeFromChild(frame))
    }
  )
  const self: SandboxProcess = {
    pid: child.pid,
    send: (message) => {
      if (!killed && !stopped) input.write(encodeToChild(message))
    },
    resident: child.pid === undefined ? { look: () => 0, close: () => {} } : residentSize(child.pid),
    maxFrame: 1_048_576,
    onMessage: () => {},
    onStopped: () => {},
    alive: () => !killed && !stopped,
    kill
  }
  output.on("data", (chunk: Buffer) => {
    try {
      read(chunk)
    } catch {
      // Malformed frames: whatever writes them is no longer the code we started.
      child.kill("SIGKILL")
    }
  })
  input.on("error", () => {})
  output.on("error", () => {})
  child.on("error", () => stop(null, null))
  // Not "exit": what it said last is still to be read then.
  child.on("close", stop)
  // A waiting process must not keep the host alive; whoever awaits a run does that.
  child.unref()
  for (const stream of [input, output]) if ("unref" in stream) (stream as unknown as { unref(): void }).unref()
  return self
}

/** Where the child's entry lies by default: beside this module, as source or as the bundle's own chunk. */
export const defaultEntry = (moduleUrl: string): string =>
  fileURLToPath(new URL(moduleUrl.endsWith(".ts") ? "./child.ts" : "./sandbox-child.mjs", moduleUrl))
