// Which backend is set up, and where: the command line and deploy/.env, judged before anything is done.
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { readDotEnv } from "./DotEnv.mjs"
import { Stop } from "./Stop.mjs"

export const folder = dirname(dirname(fileURLToPath(import.meta.url)))

export const usage = `Usage: node deploy/setup.mjs [COMMAND] [OPTIONS]

Starts a Convex backend with Docker Compose, deploys Executor to it and says how to connect. It may be run again at any
time: after a change of deploy/.env, or to deploy a newer version.

Commands
  up            (default) all of that; makes an owner's token only when the workspace has none
  token         makes another owner's token, for a person or to replace one
  tokens        lists the tokens of the workspace, never the tokens themselves
  revoke ID     revokes a token at once
  pin           pulls the images and writes their digests to deploy/.env

Options
  --workspace NAME    whose tokens (default: default)
  --name NAME         what to call a new token (default: first, or owner)
  --target NAME       the target's name in the command that is printed (default: team)
  --container ID      the backend runs in this container; Docker Compose is not used
  --external          the backend runs elsewhere: CONVEX_SELF_HOSTED_URL and CONVEX_SELF_HOSTED_ADMIN_KEY are set
  --site-url URL      where its HTTP actions are (with --external; default: CONVEX_SITE_ORIGIN of deploy/.env)
  --wait SECONDS      how long to wait for the backend (default: 180)
  --json              one JSON document on stdout, nothing else there
  --dry-run           prints what would be run, and changes nothing
  --help`

const options = /** @type {const} */ ({
  workspace: { type: "string", default: "default" },
  name: { type: "string" },
  target: { type: "string", default: "team" },
  container: { type: "string" },
  external: { type: "boolean", default: false },
  "site-url": { type: "string" },
  wait: { type: "string", default: "180" },
  json: { type: "boolean", default: false },
  "dry-run": { type: "boolean", default: false },
  help: { type: "boolean", default: false }
})

const commands = /** @type {const} */ (["up", "token", "tokens", "revoke", "pin"])

/** @param {string} message */
const wrong = (message) => new Stop(`${message}. See: node deploy/setup.mjs --help`, 2)

/** @param {readonly string[]} args */
const parsed = (args) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw wrong(/** @type {Error} */ (error).message.split(". To ")[0] ?? "")
  }
}

/**
 * An origin: scheme, host, port, nothing behind them.
 * @param {string} text @param {string} name @returns {string}
 */
const originOf = (text, name) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new Stop(`${name}: "${text}" is no address of the form https://host or http://host:port`, 2)
  if (text.replace(/\/$/, "") !== url.origin)
    throw new Stop(`${name}: "${text}" must be an origin alone, such as ${url.origin}`, 2)
  return url.origin
}

/** @param {string} url */
const local = (url) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname)

/** @param {string} word @param {string} name @param {RegExp} form */
const checked = (word, name, form) => {
  if (!form.test(word)) throw wrong(`${name}: "${word}" is not allowed`)
  return word
}

/**
 * The addresses: those that clients are told, and those that this machine uses.
 * @param {ReturnType<typeof parsed>["values"]} values @param {Record<string, string | undefined>} env
 */
const addressesOf = (values, env) => {
  if (values.external) {
    const { CONVEX_SELF_HOSTED_ADMIN_KEY: key, CONVEX_SELF_HOSTED_URL: api } = env
    if (!api || !key)
      throw wrong("--external needs CONVEX_SELF_HOSTED_URL and CONVEX_SELF_HOSTED_ADMIN_KEY in the environment")
    const site = values["site-url"] ?? env["CONVEX_SITE_ORIGIN"]
    if (!site) throw wrong("--external needs --site-url, the address of the HTTP actions")
    const url = originOf(api, "CONVEX_SELF_HOSTED_URL")
    const siteUrl = originOf(site, "--site-url")
    return { url, siteUrl, apiHere: url, siteHere: siteUrl, key }
  }
  if (values["site-url"] !== undefined) throw wrong("--site-url goes with --external; otherwise set CONVEX_SITE_ORIGIN")
  const apiHere = `http://127.0.0.1:${checked(env["PORT"] || "3210", "PORT", /^\d{1,5}$/)}`
  const siteHere = `http://127.0.0.1:${checked(env["SITE_PORT"] || "3211", "SITE_PORT", /^\d{1,5}$/)}`
  const url = originOf(env["CONVEX_CLOUD_ORIGIN"] || apiHere, "CONVEX_CLOUD_ORIGIN")
  const siteUrl = originOf(env["CONVEX_SITE_ORIGIN"] || siteHere, "CONVEX_SITE_ORIGIN")
  return { url, siteUrl, apiHere, siteHere, key: undefined }
}

/** @param {string | undefined} text @returns {string | undefined} `undefined`: leave it as it is. */
const allowedOrigins = (text) =>
  text === undefined
    ? undefined
    : text
        .split(/[\s,]+/)
        .filter((origin) => origin !== "")
        .map((origin) => originOf(origin, "EXECUTOR_ALLOW_ORIGINS"))
        .join(" ")

/**
 * Everything that is wanted. Throws a `Stop` with what is wrong.
 * @param {readonly string[]} args @param {NodeJS.ProcessEnv} environment
 */
export const readSettings = (args, environment) => {
  const { positionals, values } = parsed(args)
  const [given = "up", id, ...more] = positionals
  const command = commands.find((name) => name === given)
  if (command === undefined) throw wrong(`there is no command "${given}"`)
  if (more.length > 0 || (id !== undefined && command !== "revoke")) throw wrong("too many words")
  if (command === "revoke" && id === undefined) throw wrong("which token? List them with: node deploy/setup.mjs tokens")
  if (values.container !== undefined && values.external) throw wrong("--container and --external exclude each other")
  if (command === "pin" && (values.container !== undefined || values.external))
    throw wrong("pin is for the images of docker-compose.yml")
  const env = readDotEnv(join(folder, ".env"), environment)
  const addresses = addressesOf(values, env)
  if (addresses.url === addresses.siteUrl)
    throw new Stop(`the API and the HTTP actions need two origins; both are ${addresses.url}`, 2)
  for (const url of [addresses.url, addresses.siteUrl])
    if (url.startsWith("http:") && !local(url))
      throw new Stop(
        `${url}: tokens would travel in the clear. Put a reverse proxy with TLS before it, and use https`,
        2
      )
  const app = join(dirname(folder), "apps/convex")
  if (!existsSync(join(app, "node_modules/convex/bin/main.js")))
    throw new Stop("the checkout is not installed. First: npm run setup", 1)
  return {
    ...addresses,
    command,
    app,
    id: checked(id ?? "token", "ID", /^[\w-]{1,80}$/),
    workspace: checked(values.workspace, "--workspace", /^[a-z0-9][a-z0-9-]{0,39}$/),
    name: values.name === undefined ? undefined : checked(values.name, "--name", /^[\x20-\x7e]{1,80}$/),
    target: checked(values.target, "--target", /^[a-z0-9][a-z0-9-]{0,39}$/),
    container: values.container === undefined ? undefined : checked(values.container, "--container", /^[\w.-]{1,128}$/),
    external: values.external,
    waitMs: Number(checked(values.wait, "--wait", /^\d{1,5}$/)) * 1000,
    allowOrigins: allowedOrigins(env["EXECUTOR_ALLOW_ORIGINS"]),
    json: values.json,
    dryRun: values["dry-run"]
  }
}

/** @typedef {ReturnType<typeof readSettings>} Settings */
