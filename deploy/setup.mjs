#!/usr/bin/env node
// From nothing to a deployment that answers: starts a Convex backend, deploys Executor to it and says how to connect.
// Needs Node 20 and an installed checkout (npm run setup). It keeps nothing: the admin key is asked for when it is needed,
// handed on in the environment of the programs that need it, and shown nowhere.
//   node deploy/setup.mjs --help
import * as Backend from "./setup/Backend.mjs"
import * as Deployment from "./setup/Deployment.mjs"
import { readSettings, usage } from "./setup/Settings.mjs"
import { run, typed } from "./setup/Shell.mjs"
import { Stop } from "./setup/Stop.mjs"

/** @typedef {import("./setup/Settings.mjs").Settings} Settings */

/** @param {string} text */
const say = (text) => void process.stderr.write(`${text}\n`)
/** @param {string} text */
const out = (text) => void process.stdout.write(`${text}\n`)

/** @param {Settings} settings */
const addCommand = ({ siteUrl, target, url }) => `executor target add ${target} --url ${url} --site-url ${siteUrl}`

/** @param {Settings} settings */
const ownBackend = ({ container, external }) => container === undefined && !external

/** What the commands would run, in their order. @param {Settings} settings @returns {string[]} */
const planned = (settings) => {
  const { apiHere, command, id, siteHere, workspace } = settings
  if (command === "pin")
    return [typed(Backend.pull), typed(Backend.askImages), "docker image inspect … (each image)", "write deploy/.env"]
  /** @param {readonly string[]} args */
  const convex = (args) => typed({ program: "npx", args: ["convex", ...args] })
  /** @param {string} name @param {object} args */
  const call = (name, args) => convex(["run", name, JSON.stringify(args)])
  const list = call("persistence:tokenList", { workspace, after: "" })
  const create = call("tokens:create", { workspace, name: settings.name ?? (command === "up" ? "first" : "owner") })
  const variables = Deployment.variableArgs(settings)
  const steps = {
    up: [
      ...(variables === undefined ? [] : [convex(variables)]),
      convex(Deployment.deployArgs),
      `GET ${siteHere}/health`,
      list,
      `${create}  # only when no owner's token is there`
    ],
    token: [create],
    tokens: [list],
    revoke: [call("persistence:tokenRevoke", { workspace, id, at: "now" })]
  }
  return [
    ...(command === "up" && ownBackend(settings) ? [typed(Backend.start)] : []),
    `GET ${apiHere}/version  # until it answers`,
    ...(settings.external ? [] : [`CONVEX_SELF_HOSTED_ADMIN_KEY=$(${typed(Backend.askKey(settings))})`]),
    `CONVEX_SELF_HOSTED_URL=${apiHere}`,
    ...steps[command]
  ]
}

/** @param {Settings} settings @param {string | undefined} token @param {string} version */
const tell = (settings, token, version) => {
  const { json, siteUrl, url, workspace } = settings
  const command = addCommand(settings)
  if (json) return out(JSON.stringify({ url, siteUrl, version, workspace, ...(token && { token }), command }))
  out(`API URL    ${url}`)
  out(`site URL   ${siteUrl}   (MCP at ${siteUrl}/mcp)`)
  if (token === undefined)
    out(`workspace  ${workspace}: it has an owner's token already. Another one: node deploy/setup.mjs token`)
  else out(`token      ${token}   (the owner's, of workspace ${workspace}; shown only now)`)
  out(`\nConnect from any machine; it asks for the token:\n  ${command}`)
}

/** @param {Settings} settings */
const up = async (settings) => {
  if (ownBackend(settings)) {
    say("starting the backend")
    await run(Backend.start)
  }
  say(`waiting for ${settings.apiHere}`)
  await Backend.healthy(settings)
  const key = await Backend.adminKey(settings)
  say("deploying")
  await Deployment.deploy(settings, key)
  const version = await Backend.deployed(settings)
  const there = await Deployment.tokens(settings, key)
  const owned = there.some(({ kind, revokedAt }) => kind === "owner" && revokedAt === undefined)
  const token = owned ? undefined : await Deployment.createToken(settings, key, settings.name ?? "first")
  tell(settings, token, version)
}

/** @param {Settings} settings */
const token = async (settings) => {
  await Backend.healthy(settings)
  const key = await Backend.adminKey(settings)
  const made = await Deployment.createToken(settings, key, settings.name ?? "owner")
  if (settings.json) out(JSON.stringify({ token: made, workspace: settings.workspace, command: addCommand(settings) }))
  else out(`${made}\n\nIt is shown only now. Connect with it; the command asks for it:\n  ${addCommand(settings)}`)
}

/** @param {Settings} settings */
const tokens = async (settings) => {
  await Backend.healthy(settings)
  const all = await Deployment.tokens(settings, await Backend.adminKey(settings))
  if (settings.json) return out(JSON.stringify(all))
  for (const { createdAt, id, kind, name, revokedAt } of all)
    out(
      [id, kind.padEnd(5), new Date(createdAt).toISOString(), revokedAt === undefined ? "" : "revoked", name].join("  ")
    )
  if (all.length === 0) say(`workspace ${settings.workspace} has no tokens`)
}

/** @param {Settings} settings */
const revoke = async (settings) => {
  await Backend.healthy(settings)
  await Deployment.revokeToken(settings, await Backend.adminKey(settings))
  if (settings.json) out(JSON.stringify({ revoked: settings.id }))
  else out(`${settings.id}: revoked; it opens nothing any more`)
}

/** @param {Settings} settings */
const pin = async ({ json }) => {
  const images = await Backend.pin()
  if (json) return out(JSON.stringify(images))
  for (const [name, image] of Object.entries(images)) out(`${name}=${image}`)
  say("written to deploy/.env")
}

const commands = { up, token, tokens, revoke, pin }

const main = async () => {
  const args = process.argv.slice(2)
  if (args.includes("--help") || args.includes("-h")) return out(usage)
  const settings = readSettings(args, process.env)
  if (!settings.dryRun) return commands[settings.command](settings)
  const steps = planned(settings)
  out(settings.json ? JSON.stringify({ steps }) : steps.join("\n"))
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Stop)) throw error
  say(`setup: ${error.message}`)
  process.exitCode = error.code
}
