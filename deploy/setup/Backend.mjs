// The backend's own side: starting it, waiting for it, its admin key, the digests of its images.
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { writeDotEnv } from "./DotEnv.mjs"
import { folder } from "./Settings.mjs"
import { run } from "./Shell.mjs"
import { Stop } from "./Stop.mjs"

/** @typedef {import("./Settings.mjs").Settings} Settings */

/** @param {readonly string[]} args @param {string} failed @returns {import("./Shell.mjs").Command} */
const compose = (args, failed) => ({
  program: "docker",
  args: ["compose", "--project-directory", folder, ...args],
  cwd: folder,
  failed
})

const needsDocker = "Docker with Compose v2 is needed, and its daemon must run: docker compose version; docker info"

/** Starts backend and dashboard, or leaves them as they run. */
export const start = compose(["up", "--detach"], needsDocker)

/** @param {Settings} settings @returns {import("./Shell.mjs").Command} */
export const askKey = ({ container }) => {
  const failed =
    "The backend must run; its log says why it does not: docker compose --project-directory deploy logs backend"
  const script = "./generate_admin_key.sh"
  const command =
    container === undefined
      ? compose(["exec", "-T", "backend", script], failed)
      : { program: "docker", args: ["exec", container, script], cwd: folder, failed }
  return { ...command, quiet: true }
}

/** The key that may do everything. It is kept nowhere: it derives from the instance's name and secret. @param {Settings} settings */
export const adminKey = async (settings) => {
  if (settings.key !== undefined) return settings.key
  const said = (await run(askKey(settings))).split("\n").map((text) => text.trim())
  const key = said.findLast((text) => text !== "") ?? ""
  if (!/^[\w-]+\|[\w-]+$/.test(key)) throw new Stop("the backend's generate_admin_key.sh did not answer with a key", 1)
  return key
}

/** @param {string} url */
const look = async (url) => {
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(5_000) })
    return { status: response.status, text: (await response.text()).slice(0, 2_000) }
  } catch (error) {
    const { cause, message } = /** @type {Error} */ (error)
    return { status: 0, text: cause instanceof Error ? cause.message : message }
  }
}

/** @param {Settings} settings */
export const healthy = async ({ apiHere, waitMs }) => {
  const until = Date.now() + waitMs
  for (;;) {
    const { status, text } = await look(`${apiHere}/version`)
    if (status === 200) return
    if (Date.now() >= until)
      throw new Stop(
        `no backend answers at ${apiHere} (${status === 0 ? text : `status ${status}`}). ` +
          "Its log says why: docker compose --project-directory deploy logs backend",
        4
      )
    await pause(500)
  }
}

/** That what was deployed answers where HTTP actions are. Returns its version. @param {Settings} settings */
export const deployed = async ({ siteHere }) => {
  const { status, text } = await look(`${siteHere}/health`)
  /** @type {{ ok?: unknown, host?: unknown, version?: unknown } | undefined} */
  let health
  try {
    health = JSON.parse(text)
  } catch {
    health = undefined
  }
  if (status === 200 && health?.ok === true && health.host === "convex") return String(health.version)
  throw new Stop(
    `Executor was deployed, but ${siteHere}/health does not say so (${status === 0 ? text : `status ${status}`}). ` +
      "Is that the address of the HTTP actions?",
    4
  )
}

const images = /** @type {const} */ ({ backend: "CONVEX_BACKEND_IMAGE", dashboard: "CONVEX_DASHBOARD_IMAGE" })

/** The commands of `pin` that are run before it is known which images there are. */
export const pull = compose(["pull"], needsDocker)
export const askImages = { ...compose(["config", "--format", "json"], needsDocker), quiet: true }

/** Pulls the images and writes their digests to `.env`. */
export const pin = async () => {
  await run(pull)
  const { services } = JSON.parse(await run(askImages))
  /** @type {Record<string, string>} */
  const pinned = {}
  for (const [service, variable] of Object.entries(images)) {
    const image = String(services[service].image)
    const [name = "", tag] = (image.split("@")[0] ?? "").split(/:(?=[^/:]+$)/)
    const answer = await run({
      program: "docker",
      args: ["image", "inspect", "--format", "{{json .RepoDigests}}", image],
      cwd: folder,
      quiet: true,
      failed: needsDocker
    })
    const digest = /** @type {string[]} */ (JSON.parse(answer)).find((one) => one.startsWith(`${name}@sha256:`))
    if (digest === undefined) throw new Stop(`${image} was not pulled from its registry and has no digest`, 1)
    pinned[variable] = `${name}${tag === undefined ? "" : `:${tag}`}${digest.slice(name.length)}`
  }
  writeDotEnv(join(folder, ".env"), pinned)
  return pinned
}
