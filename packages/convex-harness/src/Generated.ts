// Regenerates a `_generated` folder without a deployment, and tells how it differs from the committed one.
import { execFile } from "node:child_process"
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { promisify } from "node:util"

/** One generated file that is not as committed. */
export interface GeneratedDifference {
  readonly file: string
  /** `missing`: generated, not committed. `stale`: committed with other content. `extra`: committed, no longer generated. */
  readonly kind: "missing" | "stale" | "extra"
}

const run = promisify(execFile)

/**
 * Runs `convex codegen` over a copy of the functions folder. Returns how the committed `_generated` differs; with `write` it is
 * replaced instead and nothing differs afterwards. The flag it needs is not documented: convex's version is pinned.
 * @throws Error with the command's output when it fails.
 */
export async function regenerate(
  folder: string,
  options: { readonly write?: boolean } = {}
): Promise<ReadonlyArray<GeneratedDifference>> {
  const source = resolve(folder)
  const project = await mkdtemp(join(tmpdir(), "convex-codegen-"))
  try {
    await cp(source, join(project, "convex"), {
      recursive: true,
      filter: (path) => path !== join(source, "_generated")
    })
    await writeFile(join(project, "package.json"), '{ "type": "module", "dependencies": { "convex": "*" } }')
    await symlink(modulesNear(source), join(project, "node_modules"))
    const convex = join(dirname(createRequire(import.meta.url).resolve("convex/package.json")), "bin/main.js")
    const args = [convex, "codegen", "--system-udfs", "--typecheck", "disable"]
    const env = { PATH: process.env["PATH"] ?? "", HOME: project, CI: "1" }
    await run(process.execPath, args, { cwd: project, env }).catch((error: { readonly stderr?: string }) => {
      throw new Error(`convex codegen failed:\n${error.stderr ?? "it could not be started"}`)
    })
    const fresh = await filesOf(join(project, "convex/_generated"))
    const target = join(source, "_generated")
    const committed = await filesOf(target)
    if (options.write !== true) return compare(committed, fresh)
    await rm(target, { recursive: true, force: true })
    await cp(join(project, "convex/_generated"), target, { recursive: true })
    return []
  } finally {
    await rm(project, { recursive: true, force: true })
  }
}

type Files = ReadonlyMap<string, string>

function compare(committed: Files, fresh: Files): ReadonlyArray<GeneratedDifference> {
  const differences: Array<GeneratedDifference> = []
  for (const [file, content] of fresh) {
    const before = committed.get(file)
    if (before !== content) differences.push({ file, kind: before === undefined ? "missing" : "stale" })
  }
  for (const file of committed.keys()) if (!fresh.has(file)) differences.push({ file, kind: "extra" })
  return differences
}

async function filesOf(folder: string): Promise<Files> {
  const names = existsSync(folder) ? (await readdir(folder, { recursive: true })).sort() : []
  const files = names.filter((name) => /\.[a-z]+$/.test(name))
  return new Map(
    await Promise.all(files.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const))
  )
}

function modulesNear(folder: string): string {
  const candidate = join(folder, "node_modules")
  if (existsSync(candidate)) return candidate
  if (dirname(folder) === folder)
    throw new Error("no node_modules above the functions folder: install the dependencies first")
  return modulesNear(dirname(folder))
}
