// `executor pm`: the local daemon itself.
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { connectLocal, resolveHome, runningDaemon, stopDaemon } from "../Connect.ts"
import { CommandFailure, exitCodes } from "../Failure.ts"
import { json, out, plain, progress, style } from "../Terminal.ts"

interface Options {
  readonly json?: true
}

export const start = async (options: Options): Promise<void> => {
  const executor = await connectLocal()
  const { at } = executor
  await executor.close()
  if (options.json === true) json({ running: true, ...at })
  else out(`${style("running", "green")} at ${at.url} (process ${at.pid}, version ${at.version}, data in ${at.home})`)
}

export const stop = async (options: Options): Promise<void> => {
  const spinner = progress("stopping: running code is delivered first")
  const stopped = await stopDaemon("executor pm stop").finally(spinner.done)
  if (options.json === true) json({ stopped })
  else out(stopped ? "stopped" : `no daemon was running (data in ${resolveHome()})`)
}

export const status = async (options: Options): Promise<void> => {
  const daemon = await runningDaemon()
  if (daemon === undefined) process.exitCode = exitCodes.unreachable
  if (options.json === true)
    return json(daemon === undefined ? { running: false, home: resolveHome() } : { running: true, ...daemon })
  if (daemon === undefined) return out(`not running (data in ${resolveHome()}). Start it with: executor pm start`)
  out(`${style("running", "green")} at ${daemon.url} (process ${daemon.pid}, version ${daemon.version})`)
  out(`  MCP   ${daemon.mcpUrl}\n  RPC   ${daemon.rpcUrl}\n  data  ${daemon.home}`)
}

const readLog = async (file: string): Promise<string> => {
  try {
    return await readFile(file, "utf8")
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === "ENOENT") return ""
    throw new CommandFailure(`cannot read the log: ${message}`)
  }
}

/** The last lines of the daemon's log. */
export const logs = async (options: Options & { readonly lines: number }): Promise<void> => {
  const file = join(resolveHome(), "pm.log")
  const all = (await readLog(file)).split("\n").filter((line) => line !== "")
  const lines = options.lines === 0 ? [] : all.slice(-options.lines)
  if (options.json === true) json({ file, lines })
  else out(all.length === 0 ? `nothing logged yet (${file})` : lines.map(plain).join("\n"))
}
