// Runs the programs that the set-up consists of. What they say goes to stderr, without the admin key; what they answer
// is returned.
import { spawn } from "node:child_process"
import { Stop } from "./Stop.mjs"

/**
 * @typedef {object} Command
 * @property {string} program
 * @property {readonly string[]} args
 * @property {string} cwd
 * @property {Record<string, string | undefined>} [env] Beside the environment of this process. `undefined` removes.
 * @property {string} [secret] Shown as `…` wherever the program says it.
 * @property {boolean} [quiet] What it answers is for us only, and not shown.
 * @property {string} failed What to say and do when it fails.
 */

/**
 * As a person could type it.
 * @param {Pick<Command, "program" | "args">} command
 */
export const typed = ({ args, program }) =>
  [program, ...args]
    .map((word) => (/^[\w@%+=:,./|-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ")

/** Passes whole lines on, so that no secret is cut in two. @param {string | undefined} secret */
const passing = (secret) => {
  let rest = ""
  /** @param {string} text */
  const show = (text) => void process.stderr.write(secret === undefined ? text : text.replaceAll(secret, "…"))
  return {
    /** @param {string} chunk */
    take: (chunk) => {
      const lines = (rest + chunk).split("\n")
      rest = lines.pop() ?? ""
      for (const text of lines) show(`${text}\n`)
    },
    end: () => {
      if (rest !== "") show(`${rest}\n`)
    }
  }
}

/**
 * Runs a command to its end. Resolves with what it wrote to stdout; throws a `Stop` when it fails.
 * @param {Command} command @returns {Promise<string>}
 */
export const run = ({ args, cwd, env, failed, program, quiet, secret }) =>
  new Promise((done, fail) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true
    })
    let answer = ""
    const out = passing(secret)
    const aside = passing(secret)
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      answer += chunk
      if (quiet !== true) out.take(chunk)
    })
    child.stderr.setEncoding("utf8").on("data", aside.take)
    child.on("error", (error) => fail(new Stop(`cannot start ${program}: ${error.message}. ${failed}`)))
    child.on("close", (code) => {
      out.end()
      aside.end()
      if (code === 0) done(answer)
      else fail(new Stop(`${typed({ program, args: args.slice(0, 4) })} … ended with code ${code}. ${failed}`))
    })
  })
