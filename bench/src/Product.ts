// The built product, and folders to run it in.
import { execFile, type ExecFileException } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Bench } from "./Suite.ts"

/** The checkout. */
export const root = fileURLToPath(new URL("../..", import.meta.url))

/** Where the bundle lies; EXECUTOR_BENCH_BUNDLE names a copy, for when the usual one is being rebuilt meanwhile. */
export const bundle = process.env["EXECUTOR_BENCH_BUNDLE"] ?? join(root, "apps/cli/bundle")
export const cliProgram = join(bundle, "executor.mjs")
export const pmProgram = join(bundle, "pm.mjs")

/** Fails with what to do when there is no bundle. */
export const needBundle = (): void => {
  if (!existsSync(cliProgram)) throw new Error(`there is no ${cliProgram}: run \`npm run build\` first`)
}

/** An empty folder that goes away with the suite. */
export const temporaryFolder = (bench: Bench, name: string): string => {
  const folder = mkdtempSync(join(tmpdir(), `executor-bench-${name}-`))
  bench.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** The environment of what we start: ours, without settings that would lead to a person's own daemon. */
export const environment = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => {
  const {
    EXECUTOR_HOME: _home,
    EXECUTOR_PORT: _port,
    EXECUTOR_TARGET: _target,
    NODE_OPTIONS: _options,
    ...rest
  } = process.env
  return { ...rest, NO_COLOR: "1", ...more }
}

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. */
export const runProgram = (
  program: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {}
): Promise<Ended> =>
  new Promise((resolve) => {
    const limits = { maxBuffer: 64 * 1024 * 1024, env: options.env ?? environment() }
    execFile(program, args, { ...limits, cwd: options.cwd }, (error: ExecFileException | null, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout, stderr })
    })
  })

/** Runs it and fails unless it succeeds. */
export const mustRun = async (...given: Parameters<typeof runProgram>): Promise<Ended> => {
  const ended = await runProgram(...given)
  if (ended.code === 0) return ended
  const [program, args] = given
  throw new Error(
    `${program} ${args.join(" ")} ended with ${ended.code}: ${(ended.stderr || ended.stdout).trim().slice(-600)}`
  )
}
