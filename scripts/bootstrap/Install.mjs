// The dependencies: `pnpm install` from the lockfile, skipped when nothing that decides its outcome has changed.
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { downloadSettings, reachable } from "./Npm.mjs"
import { downloadAdvice, npmWords, say, Stop, tail } from "./Report.mjs"
import { capture, show } from "./Run.mjs"

const stampFile = (/** @type {string} */ root) => join(root, "node_modules", ".bootstrap-stamp")

/**
 * The folders of the workspace, as far as this layout goes: `apps/*`, `packages/*` and single folders at the top.
 * @param {string} root
 */
export const workspaceFolders = (root) => {
  const nested = ["apps", "packages"].flatMap((group) => {
    const folder = join(root, group)
    return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
  })
  const top = ["bench", "e2e"].map((name) => join(root, name))
  return [root, ...nested, ...top].filter((folder) => existsSync(join(folder, "package.json"))).sort()
}

/**
 * The fields of a package.json that decide what is installed; scripts and exports may change freely.
 * @param {string} file
 */
const dependencyFields = (file) => {
  const manifest = JSON.parse(readFileSync(file, "utf8"))
  const { name, version, dependencies, devDependencies, optionalDependencies, peerDependencies, bin } = manifest
  return { name, version, dependencies, devDependencies, optionalDependencies, peerDependencies, bin }
}

/**
 * A digest of everything that decides the outcome of an install.
 * @param {string} root @param {string} node path of the Node that native parts are chosen for
 */
export const installStamp = (root, node) => {
  const digest = createHash("sha256").update(JSON.stringify([node, process.platform, process.arch]))
  for (const name of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc", "scripts/toolchain.json"]) {
    const file = join(root, name)
    digest.update(`\0${name}\0`).update(existsSync(file) ? readFileSync(file) : "")
  }
  for (const folder of workspaceFolders(root)) {
    digest.update(`\0${folder}\0`).update(JSON.stringify(dependencyFields(join(folder, "package.json"))))
  }
  return digest.digest("hex")
}

/** @param {string} root @param {string} stamp */
export const installed = (root, stamp) => {
  try {
    return readFileSync(stampFile(root), "utf8") === stamp
  } catch {
    return false
  }
}

/** @param {string} output */
const advice = (output) => {
  if (/ERR_PNPM_(OUTDATED_LOCKFILE|LOCKFILE_CONFIG_MISMATCH|NO_LOCKFILE)/.test(output)) {
    return "The lockfile does not match the package.json files: run `npm run pnpm -- install` and commit the lockfile."
  }
  if (/ERR_PNPM_IGNORED_BUILDS/.test(output))
    return "List the package under allowBuilds in pnpm-workspace.yaml (true or false)."
  if (/ENOSPC/.test(output)) return "The disk is full."
  return downloadAdvice(output)
}

/**
 * How to reach the packages. A registry that does not answer is found out here, by one request: pnpm itself would ask
 * for each
 * of some hundred packages, with retries, before it gives up. The store may still hold everything.
 * @param {string} root @param {string} known a package that exists on every registry we can use
 */
const downloadFlags = async (root, known) => {
  const answer = await reachable(root, known)
  if (answer.ok) return { flags: ["--fetch-retry-factor=2", "--fetch-retry-mintimeout=1000"], why: "" }
  say("the registry does not answer; trying with the packages that are already on this machine")
  return { flags: ["--offline"], why: answer.output }
}

/**
 * Installs from the lockfile. Call it under the lock.
 * @param {string} root @param {{ node: string, pnpm: string, known: string }} tools @param {NodeJS.ProcessEnv} env
 */
export const install = async (root, tools, env) => {
  const stamp = installStamp(root, tools.node)
  if (installed(root, stamp)) return
  rmSync(stampFile(root), { force: true })
  const [settings, { flags, why }] = await Promise.all([downloadSettings(root), downloadFlags(root, tools.known)])
  say("installing dependencies from pnpm-lock.yaml (the first time takes about half a minute)")
  const where = { cwd: root, env: { ...settings, ...env } }
  const args = [tools.pnpm, "install", "--frozen-lockfile", ...flags]
  if (process.stderr.isTTY && why === "") {
    const code = await show(tools.node, args, where)
    if (code !== 0) throw new Stop("pnpm install failed; its message is above", "Once its cause is gone, run it again.")
  } else {
    const result = await capture(tools.node, [...args, "--reporter=append-only"], where)
    const offline = result.code !== 0 && why !== "" && !/LOCKFILE/.test(result.output)
    if (offline) throw new Stop(`the packages cannot be downloaded\n${npmWords(why)}`, downloadAdvice(why))
    if (result.code !== 0) throw new Stop(`pnpm install failed\n${tail(result.output)}`, advice(result.output))
  }
  writeFileSync(stampFile(root), stamp)
}
