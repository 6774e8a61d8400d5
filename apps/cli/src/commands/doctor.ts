// `executor doctor`: reads everything, changes nothing, works without the daemon and on a folder it could not open.
import { execFile } from "node:child_process"
import { createRequire } from "node:module"
import { promisify } from "node:util"
import { pmCommand, resolveHome, runningDaemon } from "../Connect.ts"
import { CommandFailure, exitCodes } from "../Failure.ts"
import { json, oneLine, out, plain, style } from "../Terminal.ts"
import { version } from "../Version.ts"

interface Finding {
  readonly level: "ok" | "warning" | "error"
  readonly what: string
  readonly next?: string
}

interface FolderReport {
  readonly findings: ReadonlyArray<Finding>
  readonly folder: { readonly lock: { readonly held: boolean } }
}

const marks = {
  ok: () => style("✓", "green"),
  warning: () => style("!", "yellow"),
  error: () => style("✗", "red")
} as const

const machine = `executor ${version} with Node ${process.versions.node} on ${process.platform}-${process.arch}`

/** Loads the native parts in a process of their own, as the daemon does. */
const nativeFinding = async (): Promise<Finding> => {
  const { resolve } = createRequire(import.meta.url)
  try {
    const parts = ["isolated-vm", "oxc-transform"].map((name) => resolve(name))
    await promisify(execFile)(process.execPath, [
      "--no-node-snapshot",
      "-e",
      "process.argv.slice(1).forEach(require)",
      ...parts
    ])
    return { level: "ok", what: "sandbox engine and transpiler load" }
  } catch (error) {
    const { message, stderr = "" } = error as { readonly message: string; readonly stderr?: string }
    const why = /^\w*Error: .*$/m.exec(stderr)?.[0] ?? message.split("\n")[0]
    return {
      level: "error",
      what: `the sandbox cannot be loaded here: ${why}`,
      next: "install executor again, with optional dependencies, for this platform"
    }
  }
}

const daemonFindings = async (held: boolean): Promise<ReadonlyArray<Finding>> => {
  const daemon = await runningDaemon()
  if (daemon === undefined) {
    return held
      ? [
          {
            level: "error",
            what: "a process holds the data folder and does not answer",
            next: "wait a moment, or end that process (its id is in daemon.json of the folder), then try again"
          }
        ]
      : [{ level: "ok", what: "no daemon is running; the next command starts one" }]
  }
  const same = daemon.version === version
  return [
    {
      level: same ? "ok" : "warning",
      what: `daemon ${oneLine(daemon.version, 40)} answers at ${daemon.url} (process ${daemon.pid})`,
      ...(same ? {} : { next: "restart it: executor pm stop && executor pm start" })
    }
  ]
}

/** The daemon's own program looks at the folder: only it knows the files. It takes no lock and writes nothing. */
const folderReport = async (home: string): Promise<FolderReport> => {
  const [program, ...args] = pmCommand
  try {
    const { stdout } = await promisify(execFile)(program, [...args, "inspect", home], { maxBuffer: 64 * 1024 * 1024 })
    return JSON.parse(stdout) as FolderReport
  } catch (error) {
    const { message, stderr = "" } = error as { readonly message: string; readonly stderr?: string }
    throw new CommandFailure(`${home} cannot be looked at: ${stderr.trim() || message}`)
  }
}

export const doctor = async (options: { readonly json?: true }): Promise<void> => {
  const home = resolveHome()
  const { findings: ofFolder, folder } = await folderReport(home)
  const findings = [
    { level: "ok", what: machine } as const,
    await nativeFinding(),
    ...ofFolder,
    ...(await daemonFindings(folder.lock.held))
  ]
  const healthy = findings.every(({ level }) => level !== "error")
  process.exitCode = healthy ? exitCodes.done : exitCodes.failed
  if (options.json === true) return json({ healthy, version, home, findings, folder })
  for (const { level, what, next } of findings)
    out(`${marks[level]()} ${plain(what)}${next === undefined ? "" : `\n    ${style(plain(next), "dim")}`}`)
}
