// `executor target`: deployments beside the daemon of this machine. One is looked at before it is kept.
import type { TargetName, TokenId } from "@executor-v2/schema"
import { Effect } from "effect"
import { hostname } from "node:os"
import { createInterface } from "node:readline"
import { text } from "node:stream/consumers"
import { Writable } from "node:stream"
import { targetName } from "../Arguments.ts"
import { connectRemote, type Executor } from "../Connect.ts"
import { CommandFailure, exitCodes, wrongUsage } from "../Failure.ts"
import { changeTargets, chosenName, local, readTargets, type Target, type Targets } from "../Targets.ts"
import { json, note, oneLine, out, style, table } from "../Terminal.ts"

interface Options {
  readonly json?: true
}

export interface AddOptions extends Options {
  readonly url: string
  readonly siteUrl?: string
  readonly token?: string
}

const aside = (words: string): void => note(style(`  ${words}`, "dim", process.stderr))

/** One line from a terminal that does not show it. */
const askSecret = (question: string): Promise<string> =>
  new Promise((answer) => {
    process.stderr.write(question)
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
    const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
    lines.once("close", () => {
      process.stderr.write("\n")
      answer("")
    })
    lines.once("line", (line) => {
      answer(line)
      lines.close()
    })
  })

const tokenForms = "Give it with --token - on standard input, in EXECUTOR_TOKEN, or with --token TOKEN"

const readToken = async ({ token }: AddOptions): Promise<string> => {
  const given =
    token === "-"
      ? await text(process.stdin)
      : (token ??
        (process.env["EXECUTOR_TOKEN"] ||
          (process.stdin.isTTY && process.stderr.isTTY ? await askSecret("The owner's API token: ") : "")))
  const trimmed = given.trim()
  if (trimmed === "") throw wrongUsage(`an owner's API token is needed. ${tokenForms}`)
  if (!/^[\x21-\x7e]{1,4096}$/.test(trimmed))
    throw wrongUsage(`that is no API token: a token is one word. ${tokenForms}`)
  return trimmed
}

/** A token for the agents of this machine: the owner's is not handed on. Nothing where the host gives out none. */
const tokenForAgents = async (executor: Executor): Promise<Target["agent"]> => {
  const name = `agents on ${hostname()}`.replace(/[^\x20-\x7e]/g, "?").slice(0, 80)
  try {
    return await executor.tokens.create({ kind: "agent", name })
  } catch (error) {
    const { _tag, code } = error as { readonly _tag?: string; readonly code?: string }
    if (_tag === "Refused" && code === "unsupported") return undefined
    throw error
  }
}

/** What is not wanted any more opens nothing any more. It may be gone, or the host away: that is no reason to stop. */
const revoke = async (executor: Executor, id: TokenId | undefined): Promise<boolean> =>
  id === undefined ||
  (await executor.tokens.revoke({ id }).then(
    () => true,
    () => false
  ))

const known = ({ targets }: Targets, name: string): Target | undefined =>
  Object.hasOwn(targets, name) ? targets[name as TargetName] : undefined

const addressesOf = async ({ siteUrl, url }: AddOptions) => {
  const { checkApiUrl, counterpart, readAddresses } = await import("@executor-v2/sdk/remote")
  const site = siteUrl ?? counterpart(url, "site") ?? (counterpart(url, "API") === undefined ? undefined : url)
  if (site === undefined) throw wrongUsage("the site URL is needed too: --site-url (port 3211 of a server of your own)")
  const addresses = readAddresses({ url, siteUrl: site })
  return { ...addresses, check: () => Effect.runPromise(checkApiUrl(addresses)) }
}

const keep = async (name: TargetName, target: Target): Promise<void> =>
  changeTargets((before) => ({ ...before, targets: { ...before.targets, [name]: target } }))

export const add = async (given: string, options: AddOptions): Promise<void> => {
  const name = targetName(given)
  const { check, siteUrl, url } = await addressesOf(options)
  const before = known(readTargets(), name)
  if (before !== undefined && before.siteUrl !== siteUrl) {
    const message = `"${name}" is ${before.siteUrl} already. Choose another name, or first: executor target remove ${name}`
    throw new CommandFailure(message, exitCodes.failed, "name_taken")
  }
  const token = await readToken(options)
  const executor = await connectRemote({ url, siteUrl, token })
  try {
    await check()
    const { sources, tools, version } = await executor.host.status()
    const agent = await tokenForAgents(executor)
    await keep(name, { url, siteUrl, token, ...(agent === undefined ? {} : { agent }) }).catch(
      async (error: unknown) => {
        await revoke(executor, agent?.id)
        throw error
      }
    )
    if (before?.agent !== undefined) await revoke(executor, before.agent.id)
    if (options.json === true)
      return json({
        name,
        url,
        siteUrl,
        version,
        sources,
        tools,
        agents: agent !== undefined,
        renewed: before !== undefined
      })
    out(
      `${name}: ${style(before === undefined ? "added" : "renewed", "green")}, version ${oneLine(version, 40)}, ${tools} tools`
    )
    if (agent === undefined)
      aside("it gave out no token for agents: `executor claude` and `executor mcp` cannot use it")
    aside(`use it for everything: executor target use ${name}; or for one command: --target ${name}`)
  } finally {
    await executor.close()
  }
}

const unknown = (name: string): CommandFailure =>
  new CommandFailure(`there is no target "${name}". See: executor target list`, exitCodes.failed, "not_found")

const overridden = (): void => {
  const asked = process.env["EXECUTOR_TARGET"]
  if (asked) aside(`EXECUTOR_TARGET is set: commands go to "${oneLine(asked, 60)}" until it is unset`)
}

export const use = async (given: string, options: Options): Promise<void> => {
  const name = given === local ? undefined : targetName(given)
  await changeTargets((before) => {
    const { current: _, ...rest } = before
    if (name === undefined) return rest
    if (known(before, name) === undefined) throw unknown(name)
    return { ...rest, current: name }
  })
  if (options.json === true) return json({ current: name ?? local })
  out(name === undefined ? "commands go to the daemon of this machine" : `commands go to ${name}`)
  overridden()
}

export const list = async (options: Options): Promise<void> => {
  const targets = readTargets()
  const current = chosenName(targets)
  const rows = Object.entries(targets.targets).map(([name, { agent, siteUrl, url }]) => ({
    name,
    url,
    siteUrl,
    agents: agent !== undefined,
    current: name === current
  }))
  if (options.json === true) return json([{ name: local, current: current === local }, ...rows])
  const mark = (marked: boolean) => (marked ? style("*", "green") : "")
  out(
    table(
      ["", "name", "site URL", "API URL"],
      [
        [mark(current === local), local, "the daemon of this machine"],
        ...rows.map((row) => [mark(row.current), row.name, oneLine(row.siteUrl), oneLine(row.url)])
      ]
    )
  )
}

export const remove = async (given: string, options: Options): Promise<void> => {
  if (given === local) throw wrongUsage("the daemon of this machine is always there; stop it with: executor pm stop")
  const name = targetName(given)
  let removed: Target | undefined
  let wasCurrent = false
  await changeTargets(({ current, targets, version }) => {
    const { [name]: target, ...rest } = targets
    if (target === undefined) throw unknown(name)
    removed = target
    wasCurrent = current === name
    return { version, targets: rest, ...(current === undefined || wasCurrent ? {} : { current }) }
  })
  const revoked = await revokeAgents(removed!)
  if (options.json === true) return json({ removed: name, revoked })
  out(`${name}: removed${wasCurrent ? "; commands go to the daemon of this machine again" : ""}`)
  if (!revoked)
    aside("the deployment could not be asked to revoke the token of this machine's agents: have it revoked there")
}

/** Agents that were started with it keep it in their memory: it is to open nothing any more. */
const revokeAgents = async (target: Target): Promise<boolean> => {
  if (target.agent === undefined) return true
  try {
    const executor = await connectRemote(target)
    const revoked = await revoke(executor, target.agent.id)
    await executor.close()
    return revoked
  } catch {
    return false
  }
}
