// `executor sources`: what agents may reach. Adding one is a human's act, so it can be asked for.
import type { Source, SourceKind, SourceLocation } from "@executor-v2/schema"
import { stat } from "node:fs/promises"
import { resolve } from "node:path"
import { createInterface } from "node:readline"
import { sourceName } from "../Arguments.ts"
import { withExecutor } from "../Connect.ts"
import { CommandFailure, exitCodes, wrongUsage } from "../Failure.ts"
import { json, note, oneLine, out, plain, progress, style, table } from "../Terminal.ts"

interface Options {
  readonly json?: true
}

export interface AddOptions extends Options {
  readonly name?: string
  readonly kind?: string
  readonly baseUrl?: string
  readonly yes?: true
}

const forms = "Forms: executor sources add <url | file>, or executor sources add --name NAME -- COMMAND"

const locate = async (
  where: string | undefined,
  command: ReadonlyArray<string>,
  options: AddOptions
): Promise<SourceLocation> => {
  const [program, ...args] = command
  const base = options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }
  if (program !== undefined) {
    if (where !== undefined) throw wrongUsage(`an address (${where}) or a command after --, not both`)
    if (options.name === undefined) throw wrongUsage("a command needs a name: --name NAME")
    if (options.baseUrl !== undefined)
      throw wrongUsage("--base-url is for descriptions of HTTP services, not for a command")
    return { _tag: "Stdio", command: program, args, cwd: process.cwd() }
  }
  if (where === undefined) throw wrongUsage(`nothing to add. ${forms}`)
  if (/^https?:\/\//i.test(where)) {
    if (!URL.canParse(where)) throw wrongUsage(`${where} is not an address`)
    return { _tag: "Url", url: where, ...base }
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(where)) throw wrongUsage(`only http and https addresses are read: ${where}`)
  const path = resolve(where)
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true) throw wrongUsage(`${where} is a folder; name the description in it`)
  if (found?.isFile() !== true) throw wrongUsage(`${where} is neither an address (https://…) nor a file here. ${forms}`)
  return { _tag: "File", path, ...base }
}

/** One line from the person; nothing when the terminal is closed instead. */
const ask = (question: string): Promise<string> =>
  new Promise((answer) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr })
    lines.once("close", () => answer(""))
    lines.question(question, (text) => {
      answer(text)
      lines.close()
    })
  })

/** A process will run with this person's rights: it is shown whole, and started only after a yes. */
const consent = async (location: SourceLocation, options: AddOptions): Promise<void> => {
  if (location._tag !== "Stdio" || options.yes === true) return
  const command = [location.command, ...location.args].map((word) => JSON.stringify(plain(word))).join(" ")
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw wrongUsage(`this starts a process with your rights: ${command}\nSay yes to it with --yes, before the --`)
  }
  note(`This source is a process that runs with your rights:\n  ${command}\n  in ${location.cwd ?? "."}`)
  const answer = await ask("Start it, now and whenever its tools are called? [y/N] ")
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure("nothing was added", exitCodes.failed, "declined")
}

/** What stands in the way of a source that needs a credential. */
const needsOf = (source: Source): string =>
  source.needs
    .map(
      ({ kind, placement, scheme }) =>
        `${oneLine(scheme, 60)} (${kind}${placement === undefined ? "" : ` in ${placement.in} ${oneLine(placement.name, 60)}`})`
    )
    .join(" and ") || "a credential"

const describeState = (source: Source, shown: (text: string) => string = plain): string => {
  switch (source.state) {
    case "connected":
      return `${style("connected", "green")} ${source.toolCount} ${source.toolCount === 1 ? "tool" : "tools"}`
    case "auth_required":
      return `${style("auth_required", "yellow")} needs ${needsOf(source)}`
    case "error":
      return `${style("error", "red")} ${shown(source.failure?.message ?? "")}`
    default:
      return source.state
  }
}

const exitCodeOf = ({ state }: Source): number =>
  state === "error" ? exitCodes.failed : state === "auth_required" ? exitCodes.waiting : exitCodes.done

/** The last state of a registration, with what a script can go by. */
const settle = (source: Source, options: Options): void => {
  const aside = (text: string) => note(style(`  ${text}`, "dim", process.stderr))
  process.exitCode = exitCodeOf(source)
  if (options.json === true) return json(source)
  out(`${source.name}: ${describeState(source)}`)
  for (const warning of source.warnings.slice(0, shownWarnings)) aside(oneLine(warning))
  if (source.warnings.length > shownWarnings)
    aside(`and ${source.warnings.length - shownWarnings} more: executor sources list --json`)
  if (source.state === "connected") aside(`try: executor tools list ${source.name}`)
  if (source.state === "auth_required")
    aside("giving credentials to sources is not built yet; its tools cannot be called")
  if (source.state === "error")
    aside(
      `once its cause is gone: executor sources refresh ${source.name}; or forget it: executor sources remove ${source.name}`
    )
}

const shownWarnings = 5

const follow = async (states: AsyncIterable<Source>, label: string): Promise<Source> => {
  const spinner = progress(label)
  try {
    let last: Source | undefined
    for await (const source of states) {
      last = source
      spinner.say(`${source.name}: ${source.state}`)
    }
    if (last === undefined)
      throw new CommandFailure("the daemon ended the registration without an answer; see: executor pm logs")
    return last
  } finally {
    spinner.done()
  }
}

export const add = async (
  where: string | undefined,
  command: ReadonlyArray<string>,
  options: AddOptions
): Promise<void> => {
  const name = options.name === undefined ? {} : { name: sourceName(options.name) }
  const location = await locate(where, command, options)
  await consent(location, options)
  // The parser takes no other words.
  const kind = options.kind === undefined ? {} : { kind: options.kind as SourceKind }
  await withExecutor(async (executor) => {
    settle(await follow(executor.sources.add({ location, ...name, ...kind }), "adding"), options)
  })
}

export const refresh = async (given: string, options: Options): Promise<void> => {
  const name = sourceName(given)
  await withExecutor(async (executor) =>
    settle(await follow(executor.sources.refresh({ name }), `refreshing ${name}`), options)
  )
}

export const remove = async (given: string, options: Options): Promise<void> => {
  const name = sourceName(given)
  await withExecutor(async (executor) => {
    await executor.sources.remove({ name })
    if (options.json === true) json({ removed: name })
    else out(`${name}: removed`)
  })
}

export const list = (options: Options): Promise<void> =>
  withExecutor(async (executor) => {
    const sources = await executor.sources.list()
    if (options.json === true) json(sources)
    else if (sources.length === 0) out("no sources yet; add one: executor sources add https://…/openapi.json")
    else
      out(
        table(
          ["name", "kind", "state"],
          sources.map((source) => [source.name, source.kind ?? "", describeState(source, oneLine)])
        )
      )
  })
