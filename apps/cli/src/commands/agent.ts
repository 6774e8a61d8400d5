// `executor claude` and its kin: make sure that the host answers, write a configuration for this launch, hand the terminal over.
import spawn from "cross-spawn"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { constants } from "node:os"
import { delimiter, join } from "node:path"
import type { Agent } from "../agents/Agent.ts"
import { claude } from "../agents/claude.ts"
import { codex } from "../agents/codex.ts"
import { gemini } from "../agents/gemini.ts"
import { opencode } from "../agents/opencode.ts"
import { agentAccess, resolveHome } from "../Connect.ts"
import { CommandFailure } from "../Failure.ts"
import { note, style } from "../Terminal.ts"

const agents: Readonly<Record<string, Agent>> = { claude, codex, opencode, gemini }

/** Whether a program of this name is on the PATH; on Windows with one of the endings of programs. */
const isInstalled = (program: string): boolean => {
  const endings = process.platform === "win32" ? (process.env["PATHEXT"] ?? ".EXE;.CMD").split(";") : [""]
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "")
  return folders.some((folder) =>
    endings.some((ending) => {
      const stat = statSync(join(folder, program + ending), { throwIfNoEntry: false })
      return stat?.isFile() === true && (process.platform === "win32" || (stat.mode & 0o111) !== 0)
    })
  )
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

/** Folders of launches carry the process id of their launcher: what a killed one left, the next one takes away. */
const sweep = (folder: string): void => {
  for (const name of readdirSync(folder)) {
    const pid = /^[a-z]+-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true })
  }
}

/** A folder for this launch alone, gone with this process however it ends short of being killed. */
const launchFolder = (home: string, name: string): string => {
  const folder = join(home, "launch")
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  sweep(folder)
  const own = mkdtempSync(join(folder, `${name}-${process.pid}-`))
  process.once("exit", () => rmSync(own, { recursive: true, force: true }))
  return own
}

const passed = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const

/** Runs the agent on this terminal and ends as it ends, by the same signal where it was one. */
const handOver = (agent: Agent, args: ReadonlyArray<string>, env: Readonly<Record<string, string>>): Promise<void> =>
  new Promise((resolve, reject) => {
    // An owner's token that somebody has in a variable is not for agents.
    const { EXECUTOR_TOKEN: _, ...inherited } = process.env
    const child = spawn(agent.program, [...args], { stdio: "inherit", env: { ...inherited, ...env } })
    // A terminal sends Ctrl-C to both; it must not reach the agent twice.
    const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
    const listeners = passed.map((signal) => {
      const typed = onTerminal && (signal === "SIGINT" || signal === "SIGQUIT")
      const pass = () => void (typed || child.kill(signal))
      if (process.platform !== "win32" || signal !== "SIGQUIT") process.on(signal, pass)
      return () => process.off(signal, pass)
    })
    child.once("error", (error) => reject(new CommandFailure(`${agent.name} cannot be started: ${error.message}`)))
    child.once("exit", (code, signal) => {
      for (const remove of listeners) remove()
      process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal]
      resolve()
    })
  })

export const launch = async (name: string, args: ReadonlyArray<string>): Promise<void> => {
  const agent = agents[name]!
  if (!isInstalled(agent.program)) {
    throw new CommandFailure(
      `${agent.name} is not installed here ("${agent.program}" is not on the PATH). Install it with:\n  ${agent.install}`
    )
  }
  const { key, mcpUrl, url } = await agentAccess()
  const own = launchFolder(resolveHome(), name)
  const { args: given, env } = agent.launch(
    {
      mcpUrl,
      key,
      writeFile: (file, content) => {
        const path = join(own, file)
        writeFileSync(path, content, { mode: 0o600, flag: "wx" })
        return path
      }
    },
    args
  )
  if (process.stderr.isTTY) note(style(`${agent.name} with executor at ${url}`, "dim", process.stderr))
  await handOver(agent, given, env)
}
