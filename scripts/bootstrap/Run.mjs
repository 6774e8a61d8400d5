// Starts children: one that is waited for quietly, and one that takes the terminal over, signals and exit code
// included.
import { spawn } from "node:child_process"
import { constants } from "node:os"
import { Stop } from "./Report.mjs"

/** @typedef {{ cwd: string, env: NodeJS.ProcessEnv }} Where */

/**
 * Runs a command and keeps what it prints. Never rejects: a command that cannot be started has code 127.
 * @param {string} command @param {readonly string[]} args @param {Where & { shell?: boolean }} where
 * @returns {Promise<{ code: number, stdout: string, output: string }>}
 */
export const capture = (command, args, where) =>
  new Promise((done) => {
    const child = spawn(command, args, { ...where, stdio: ["ignore", "pipe", "pipe"], windowsHide: true })
    let stdout = ""
    let output = ""
    child.stdout.on("data", (chunk) => {
      stdout += chunk
      output += chunk
    })
    child.stderr.on("data", (chunk) => void (output += chunk))
    child.on("error", (error) => done({ code: 127, stdout, output: `${output}${error.message}\n` }))
    child.on("close", (code) => done({ code: code ?? 1, stdout, output }))
  })

/**
 * Runs a command whose output belongs on the person's screen but not on stdout. Resolves with its exit code.
 * @param {string} command @param {readonly string[]} args @param {Where} where @returns {Promise<number>}
 */
export const show = (command, args, where) =>
  new Promise((done, fail) => {
    const child = spawn(command, args, { ...where, stdio: ["ignore", 2, 2] })
    child.on("error", fail)
    child.on("close", (code) => done(code ?? 1))
  })

const forwarded = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])

/**
 * npm does not pass SIGTERM on: its shell dies of it, and the script lives on without a parent. Under npm, losing the
 * parent
 * therefore means to stop. @param {import("node:child_process").ChildProcess} child
 */
const stopWithNpm = (child) => {
  if (process.env["npm_lifecycle_event"] === undefined || process.platform === "win32") return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    child.kill("SIGTERM")
  }, 250)
  watch.unref()
}

/**
 * Hands the terminal over to a command and ends this process as the command ends: same exit code, same signal.
 * A terminal sends Ctrl-C to the whole foreground group, so it is not sent a second time when there is a terminal.
 * @param {string} command @param {readonly string[]} args @param {Where} where @returns {Promise<never>}
 */
export const become = (command, args, where) =>
  new Promise((_, fail) => {
    const child = spawn(command, args, { ...where, stdio: "inherit" })
    const onTerminal = Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY)
    const typed = new Set(["SIGINT", "SIGQUIT"])
    for (const signal of forwarded) {
      if (process.platform === "win32" && signal === "SIGQUIT") continue
      process.on(signal, () => {
        if (!(onTerminal && typed.has(signal))) child.kill(signal)
      })
    }
    stopWithNpm(child)
    child.on("error", (error) => fail(new Stop(`cannot start ${command}: ${error.message}`)))
    child.on("exit", (code, signal) => {
      if (signal === null) process.exit(code ?? 1)
      for (const name of forwarded) process.removeAllListeners(name)
      if (process.platform !== "win32") process.kill(process.pid, signal)
      // Reached when the signal is one that a process may ignore, and on Windows.
      setTimeout(() => process.exit(128 + constants.signals[signal]), 100)
    })
  })
