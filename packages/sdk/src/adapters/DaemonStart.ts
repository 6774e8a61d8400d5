// Starting a daemon and waiting until it answers. Several programs may do this at once: the data folder's lock lets one
// daemon win, the others leave with `heldExit`, and everybody ends up with the winner.
import { heldExit, type DaemonFile } from "@executor-v2/rpc/Daemon"
import { Clock, Effect } from "effect"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { ConnectError, DaemonStartFailed, DaemonUnreachable } from "../ConnectError.ts"
import { logTail } from "./DaemonFolder.ts"

/** How to start the daemon, and how long to wait for it. */
export interface StartOptions {
  /** Program and arguments, such as `[process.execPath, ".../pm.mjs"]`: the daemon itself, no wrapper around it. */
  readonly command: readonly [program: string, ...args: ReadonlyArray<string>]
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds; 15,000 when absent. */
  readonly patienceMs?: number
}

interface Attempt {
  readonly exited: () => { readonly code: number | null; readonly output: string } | undefined
  /** Lets go of the process, so that this program may end; ends it when another one than `winner` came out. */
  readonly release: (winner: number | undefined) => void
}

const maxOutput = 4_096
const pollMs = 25
/** How long to leave the folder's lock to others before trying again. */
const heldPauseMs = 250

/** A folder that is there and that nobody will want to unmount; some accounts name a home that does not exist. */
const workFolder = (): string => (fs.existsSync(os.homedir()) ? os.homedir() : path.parse(process.execPath).root)

const attempt = (home: string, options: StartOptions): Attempt => {
  const [program, ...args] = options.command
  let output = ""
  let exit: { readonly code: number | null; readonly output: string } | undefined
  const child = spawn(program, args, {
    cwd: workFolder(),
    detached: true,
    env: { ...process.env, ...options.env, EXECUTOR_HOME: home },
    stdio: ["ignore", "ignore", "pipe"],
    windowsHide: true
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-maxOutput)
  })
  child.once("error", (error) => {
    exit = { code: null, output: error.message }
  })
  child.once("close", (code) => {
    exit ??= { code, output: output.trim() }
  })
  return {
    exited: () => exit,
    release: (winner) => {
      // A late starter would wait for nobody, and take the folder when the winner is stopped.
      if (winner !== undefined && winner !== child.pid && exit === undefined) child.kill()
      child.stderr.destroy()
      child.unref()
    }
  }
}

/**
 * Starts daemons until `find` has one that answers. `busy` tells why there is none although the folder is held, for the
 * message when patience ends.
 */
export const startUntil = <A extends { readonly file: DaemonFile }>(
  home: string,
  options: StartOptions,
  find: Effect.Effect<A | undefined>,
  busy: () => string
): Effect.Effect<A, ConnectError> =>
  Effect.gen(function* () {
    const patienceMs = options.patienceMs ?? 15_000
    const end = (yield* Clock.currentTimeMillis) + patienceMs
    let current: Attempt | undefined
    let notBefore = 0
    let heldByOther = false
    let winner: number | undefined
    yield* Effect.addFinalizer(() => Effect.sync(() => current?.release(winner)))
    while (true) {
      const found = yield* find
      if (found !== undefined) {
        winner = found.file.pid
        return found
      }
      const now = yield* Clock.currentTimeMillis
      const over = current?.exited()
      if (over !== undefined && over.code !== heldExit) {
        const detail = over.code === null ? "it could not be run" : `it ended with status ${over.code}`
        const reason = new DaemonStartFailed({
          home,
          detail,
          output: over.output === "" ? logTail(home, 5) : over.output
        })
        return yield* new ConnectError({ reason })
      }
      if (over !== undefined) {
        current = undefined
        heldByOther = true
        notBefore = now + heldPauseMs
      }
      if (now >= end) {
        const reason = heldByOther
          ? new DaemonUnreachable({ home, detail: busy() })
          : new DaemonStartFailed({
              home,
              detail: `it does not answer after ${patienceMs} ms`,
              output: logTail(home, 5)
            })
        return yield* new ConnectError({ reason })
      }
      if (current === undefined && now >= notBefore) current = attempt(home, options)
      yield* Effect.sleep(pollMs)
    }
  }).pipe(Effect.scoped)
