// The bundled CLI: built again when a source is newer than the last build, otherwise left alone without starting any
// tool.
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { workspaceFolders } from "./Install.mjs"
import { say, Stop, tail } from "./Report.mjs"
import { capture } from "./Run.mjs"

/** The file that `npm run executor` and `npm start` run. @param {string} root */
export const bundleEntry = (root) => join(root, "apps", "cli", "bundle", "executor.mjs")

const stampFile = (/** @type {string} */ root) => join(root, ".tools", "build-stamp")

/** @param {string} folder @returns {string[]} */
const filesBelow = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.isFile() ? [path] : []
  })

/** @param {string} folder one package: its sources, static files and configuration, not its tests or outputs */
const inputsOf = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return ["src", "build", "public", "static"].includes(entry.name) ? filesBelow(path) : []
    return entry.isFile() && /\.(json|ts|mts|js|mjs|html)$/.test(entry.name) ? [path] : []
  })

/**
 * Packages that are built or are part of what is built, and the modules of this folder that the launcher of the CLI
 * holds.
 * @param {string} root
 */
const buildInputs = (root) => [
  ...["pnpm-lock.yaml", "turbo.json", "scripts/toolchain.json"].map((name) => join(root, name)),
  ...filesBelow(join(root, "scripts", "bootstrap")),
  ...workspaceFolders(root)
    .filter((folder) => ["apps", "packages"].includes(basename(dirname(folder))))
    .flatMap(inputsOf)
]

/** A digest over the names, sizes and times of everything that the bundles are made of. @param {string} root */
export const sourceStamp = (root) => {
  const digest = createHash("sha256")
  for (const file of buildInputs(root).sort()) {
    const { size, mtimeMs } = statSync(file)
    digest.update(`${file}\0${size}\0${mtimeMs}\0`)
  }
  return digest.digest("hex")
}

/** @param {string} root */
export const built = (root) => {
  try {
    return existsSync(bundleEntry(root)) && readFileSync(stampFile(root), "utf8") === sourceStamp(root)
  } catch {
    return false
  }
}

/**
 * Builds what is stale, through Turborepo. Quiet unless it fails. Call it under the lock.
 * @param {string} root @param {string} node @param {NodeJS.ProcessEnv} env
 */
export const build = async (root, node, env) => {
  if (built(root)) return
  say("building")
  rmSync(stampFile(root), { force: true })
  const stamp = sourceStamp(root)
  const turbo = join(root, "node_modules", "turbo", "bin", "turbo")
  const args = [turbo, "run", "build", "--output-logs=errors-only", "--ui=stream", "--no-update-notifier"]
  const result = await capture(node, args, { cwd: root, env })
  if (result.code !== 0)
    throw new Stop(`the build failed\n${tail(result.output, 60)}`, "Correct what it names, then run it again.")
  if (!existsSync(bundleEntry(root))) {
    throw new Stop(
      `the build passed but left no ${bundleEntry(root)}\n${tail(result.output, 10)}`,
      "See the build script of apps/cli."
    )
  }
  mkdirSync(dirname(stampFile(root)), { recursive: true })
  writeFileSync(stampFile(root), stamp)
}
