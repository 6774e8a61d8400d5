// Environments for children. `npm run` adds some thirty variables and puts the project's bins on PATH; what we start
// must see the person's own environment, or our tools, but never npm's leftovers.
import { delimiter, sep } from "node:path"

/**
 * Settings of the person's npm that downloads need: registry, proxies, certificates, scoped registries and their keys.
 */
const kept = new RegExp(
  "^npm_config_(registry|proxy|http_proxy|https_proxy|noproxy|cafile|ca|cert|key|strict_ssl|userconfig|globalconfig|" +
    "cache|offline|prefer_offline|@.*|//.*)$"
)

/**
 * npm writes its variables in lower case; `NPM_CONFIG_PREFIX` and the like are the person's own.
 * @param {string} name
 */
const fromNpm = (name) => (name.startsWith("npm_") && !kept.test(name)) || name === "INIT_CWD"

/** @param {NodeJS.ProcessEnv} env */
const pathKey = (env) => Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH"

/**
 * The folders that npm put first on PATH: `node_modules/.bin` of the project and above, and its own node-gyp.
 * @param {string} folder
 */
const addedByNpm = (folder) =>
  folder.endsWith(`node_modules${sep}.bin`) || folder.endsWith(`run-script${sep}lib${sep}node-gyp-bin`)

/**
 * The environment as it was before `npm run`.
 * @param {NodeJS.ProcessEnv} env @returns {NodeJS.ProcessEnv}
 */
export const personEnvironment = (env) => {
  if (env["npm_lifecycle_event"] === undefined) return { ...env }
  const result = Object.fromEntries(Object.entries(env).filter(([name]) => !fromNpm(name)))
  if (env["NODE"] === env["npm_node_execpath"]) delete result["NODE"]
  if (env["EDITOR"] === "vi") delete result["EDITOR"]
  delete result["COLOR"]
  const path = pathKey(result)
  const folders = (result[path] ?? "").split(delimiter)
  while (folders[0] !== undefined && addedByNpm(folders[0])) folders.shift()
  result[path] = folders.join(delimiter)
  return result
}

/**
 * The environment of our own tools: ours first on PATH, nothing of npm but its download settings, no telemetry.
 * @param {NodeJS.ProcessEnv} env @param {readonly string[]} folders @returns {NodeJS.ProcessEnv}
 */
export const toolEnvironment = (env, folders) => {
  const result = Object.fromEntries(Object.entries(env).filter(([name]) => !fromNpm(name)))
  const path = pathKey(result)
  result[path] = [...folders, ...(result[path] ?? "").split(delimiter)].join(delimiter)
  return {
    ...result,
    // Without these pnpm fetches and starts another pnpm, and asks a question that nobody answers.
    pnpm_config_pm_on_fail: "ignore",
    pnpm_config_confirm_modules_purge: "false",
    pnpm_config_update_notifier: "false",
    TURBO_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1"
  }
}
