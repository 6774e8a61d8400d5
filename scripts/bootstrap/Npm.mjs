// The npm that came with the running Node: our way to the registry, because it knows the person's registry, proxy and
// certificates.
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { toolEnvironment } from "./Environment.mjs"
import { capture } from "./Run.mjs"

/** Called without a shell where possible: arguments then need no quoting. */
const command = () => {
  const caller = process.env["npm_execpath"]
  const home = dirname(process.execPath)
  const candidates = [
    ...(caller !== undefined && /npm-cli\.[cm]?js$/.test(caller) ? [caller] : []),
    join(home, "node_modules", "npm", "bin", "npm-cli.js"),
    join(home, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js")
  ]
  const script = candidates.find((file) => existsSync(file))
  return script === undefined
    ? { command: "npm", args: [], shell: process.platform === "win32" }
    : { command: process.execPath, args: [script], shell: false }
}

/** Few and short retries: somebody without a network should read so within seconds. */
const retries = [
  "--fetch-retries=2",
  "--fetch-retry-factor=2",
  "--fetch-retry-mintimeout=1000",
  "--fetch-retry-maxtimeout=4000"
]

/** Runs npm in `folder`. @param {string} folder @param {readonly string[]} args */
export const npm = (folder, args) => {
  const { command: program, args: first, shell } = command()
  const all = [...first, ...args, "--loglevel=error", ...retries]
  return capture(program, all, { cwd: folder, env: toolEnvironment(process.env, []), shell })
}

/** npm's settings that pnpm does not find by itself: it reads neither npm's global file nor `npm_config_*`. */
const shared = ["registry", "cafile", "proxy", "https-proxy", "noproxy", "strict-ssl"]

/**
 * The person's download settings, translated into variables that pnpm reads.
 * @param {string} folder @returns {Promise<NodeJS.ProcessEnv>}
 */
export const downloadSettings = async (folder) => {
  const result = await npm(folder, ["config", "list", "--json"])
  if (result.code !== 0) return {}
  const settings = JSON.parse(result.stdout)
  /** @type {NodeJS.ProcessEnv} */
  const env = {}
  for (const name of shared) {
    const value = Array.isArray(settings[name]) ? settings[name].join(",") : settings[name]
    if (value === null || value === undefined || value === "") continue
    env[`pnpm_config_${name.replaceAll("-", "_")}`] = String(value)
  }
  const authority = env["pnpm_config_cafile"]
  if (authority !== undefined) env["NODE_EXTRA_CA_CERTS"] = process.env["NODE_EXTRA_CA_CERTS"] ?? authority
  return env
}

/**
 * Whether the registry answers for one small question; the output says why not.
 * @param {string} folder
 * @param {string} spec
 */
export const reachable = async (folder, spec) => {
  const result = await npm(folder, ["view", spec, "version"])
  return { ok: result.code === 0, output: result.output }
}
