// Starting the tools of node_modules with the Node that runs this, without a shell in between.
import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { stripVTControlCharacters } from "node:util"

/** The root of this checkout, where the tools are installed. */
export const root = dirname(dirname(import.meta.dirname))

export interface Finished {
  readonly code: number
  /** stdout and stderr, in order of arrival. */
  readonly output: string
}

/** The script behind a command of an installed package: `binOf("vitest")`. */
export const binOf = (name: string, command = name): string => {
  const folder = join(root, "node_modules", name)
  const manifest = join(folder, "package.json")
  if (!existsSync(manifest)) throw new Error(`${name} is not installed: run \`npm run setup\``)
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as {
    readonly bin: string | { readonly [key: string]: string }
  }
  const path = typeof bin === "string" ? bin : bin[command]
  if (path === undefined) throw new Error(`${name} has no command ${command}`)
  return join(folder, path)
}

/** Output that is read by programs: some tools paint it on a terminal only, others in CI too. */
const plain: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined }

/** Runs a script under this Node in a folder and keeps its output. */
export const capture = (cwd: string, script: string, args: ReadonlyArray<string>): Promise<Finished> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [script, ...args], { cwd, env: plain, stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    child.stdout.on("data", (chunk: Buffer) => void (output += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => void (output += chunk.toString()))
    child.on("error", fail)
    child.on("close", (code) => done({ code: code ?? 1, output: stripVTControlCharacters(output) }))
  })

/** Runs a script under this Node on the caller's own terminal; passes SIGTERM on. Resolves with the exit code. */
export const inherit = (script: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}): Promise<number> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, ...env }
    })
    const stop = (signal: NodeJS.Signals): void => void child.kill(signal)
    // Ctrl-C reaches the child by itself; we only have to outlive it, to report.
    const stay = (): void => undefined
    process.on("SIGTERM", stop)
    process.on("SIGINT", stay)
    child.on("error", fail)
    child.on("close", (code) => {
      process.off("SIGTERM", stop)
      process.off("SIGINT", stay)
      done(code ?? 1)
    })
  })
