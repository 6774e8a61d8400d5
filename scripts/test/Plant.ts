// A small repository in a temporary folder, in which a test plants a violation.
import { spawn } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { onTestFinished } from "vitest"
import type { Architecture } from "../check/Architecture.ts"
import { root as checkout } from "../check/Commands.ts"

/** Writes the files below a new folder, which is gone when the test is over. */
export const plant = (files: { readonly [path: string]: string | object }): string => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "executor-scripts-")))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content, undefined, 2))
  }
  return root
}

/** Makes the installed packages of this checkout visible in a planted repository. */
export const withTools = (root: string): string => {
  symlinkSync(join(checkout, "node_modules"), join(root, "node_modules"), "junction")
  return root
}

/** Copies files of this checkout into a planted repository. */
export const withCopies = (root: string, ...paths: ReadonlyArray<string>): string => {
  for (const path of paths) cpSync(join(checkout, path), join(root, path), { recursive: true })
  return root
}

/** A package.json of the workspace. */
export const manifest = (name: string, dependencies: ReadonlyArray<string> = [], more: object = {}): object => ({
  name,
  type: "module",
  dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, "workspace:*"])),
  ...more
})

/** An architecture.json in which everything is as strict as can be, but for what a test says. */
export const house = (parts: Partial<Architecture> = {}): Architecture => ({
  packages: {},
  portable: { packages: [], evalAllowed: {}, nodeAllowed: {} },
  pure: { folder: "packages/domain/src/rules", packages: ["@executor-v2/schema"], effect: ["Option", "pipe"] },
  sizes: { file: 10, function: 4, make: 6, suites: [], exceptions: [] },
  ...parts
})

/** Violations as a person reads them: `file:line message`. */
export const lines = (report: {
  readonly violations: ReadonlyArray<{
    readonly file: string
    readonly line?: number | undefined
    readonly message: string
  }>
}): ReadonlyArray<string> =>
  report.violations.map(({ file, line, message }) => `${file}${line === undefined ? "" : `:${line}`} ${message}`)

/** The environment without what the npm that runs these tests has put there. */
export const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/.test(name))
)

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the bootstrap of a planted repository. `said` resolves once stderr holds the text. */
export const startBootstrap = (root: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}) => {
  const child = spawn(process.execPath, [join(root, "scripts/bootstrap.mjs"), ...args], {
    cwd: root,
    env: { ...environment, ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (chunk: Buffer) => void (stdout += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => void (stderr += chunk.toString()))
  const ended = new Promise<Ended>((done, fail) => {
    child.on("error", fail)
    child.on("close", (code, signal) => done({ code, signal, stdout, stderr }))
  })
  const said = (text: string): Promise<void> =>
    new Promise((done) => {
      const look = (): void => void (stderr.includes(text) && done())
      child.stderr.on("data", look)
      look()
    })
  return { ended, said }
}

/** Runs the bootstrap of a planted repository to its end. */
export const bootstrap = (root: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  startBootstrap(root, args, env).ended
