// The product's side: its functions, variables and tokens, through Convex's own command line.
import { join } from "node:path"
import { run } from "./Shell.mjs"
import { Stop } from "./Stop.mjs"

/**
 * @typedef {import("./Settings.mjs").Settings} Settings
 * @typedef {{ id: string, kind: "owner" | "agent", name: string, createdAt: number, revokedAt?: number }} Token
 */

/**
 * The key goes by the environment: arguments of programs can be read by others.
 * @param {Settings} settings @param {string} key @param {readonly string[]} args @param {string} failed
 * @returns {import("./Shell.mjs").Command}
 */
export const convex = ({ apiHere, app }, key, args, failed) => ({
  program: process.execPath,
  args: [join(app, "node_modules/convex/bin/main.js"), ...args],
  cwd: app,
  env: {
    CONVEX_SELF_HOSTED_URL: apiHere,
    CONVEX_SELF_HOSTED_ADMIN_KEY: key,
    CONVEX_DEPLOYMENT: undefined,
    CONVEX_DEPLOY_KEY: undefined
  },
  secret: key,
  failed
})

/** What the operator allows, as variables of the deployment. Nothing when `.env` does not speak of it. @param {Settings} settings */
export const variableArgs = ({ allowOrigins }) =>
  allowOrigins === undefined
    ? undefined
    : allowOrigins === ""
      ? ["env", "remove", "EXECUTOR_ALLOW_ORIGINS"]
      : ["env", "set", "EXECUTOR_ALLOW_ORIGINS", allowOrigins]

/** Types were checked before a release, and the committed generated files are not to be changed by a deploy. */
export const deployArgs = ["deploy", "--typecheck", "disable", "--codegen", "disable"]

/** @param {Settings} settings @param {string} key */
export const deploy = async (settings, key) => {
  const variables = variableArgs(settings)
  if (variables !== undefined) await run(convex(settings, key, variables, "Is the admin key the one of this backend?"))
  await run(convex(settings, key, deployArgs, "What Convex says above is the reason; the functions are as they were"))
}

/**
 * Calls an internal function and returns its result.
 * @param {Settings} settings @param {string} key @param {string} name @param {object} args @returns {Promise<unknown>}
 */
const call = async (settings, key, name, args) => {
  const asked = ["run", "--typecheck", "disable", "--codegen", "disable", name, JSON.stringify(args)]
  const failed = "Is Executor deployed there? First: node deploy/setup.mjs"
  const answer = await run({ ...convex(settings, key, asked, failed), quiet: true })
  try {
    return JSON.parse(answer)
  } catch {
    throw new Stop(`${name} did not answer with JSON. ${failed}`, 1)
  }
}

/** @param {Settings} settings @param {string} key @returns {Promise<Token[]>} */
export const tokens = async (settings, key) => {
  /** @type {Token[]} */
  const all = []
  /** @type {string | null} */
  let after = ""
  while (after !== null) {
    const page = /** @type {{ tokens: Token[], next: string | null }} */ (
      await call(settings, key, "persistence:tokenList", { workspace: settings.workspace, after })
    )
    all.push(...page.tokens)
    after = page.next
  }
  return all
}

/** Makes an owner's token. This is the only time that it is known. @param {Settings} settings @param {string} key @param {string} name */
export const createToken = async (settings, key, name) => {
  const { token } = /** @type {{ token: string }} */ (
    await call(settings, key, "tokens:create", { workspace: settings.workspace, name })
  )
  return token
}

/** @param {Settings} settings @param {string} key */
export const revokeToken = async (settings, key) => {
  const { id, workspace } = settings
  if ((await call(settings, key, "persistence:tokenRevoke", { workspace, id, at: Date.now() })) !== true)
    throw new Stop(`workspace "${workspace}" has no token ${id}. List them with: node deploy/setup.mjs tokens`, 1)
}
