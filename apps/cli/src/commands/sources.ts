// `executor sources`: what agents may reach. Adding one is a human's act, so it can be asked for.
import { longestSourceText, type Source, type SourceKind, type SourceLocation } from "@executor-v2/schema"
import { readFile, stat } from "node:fs/promises"
import { resolve } from "node:path"
import { createInterface } from "node:readline"
import { nameOfFile, sourceName } from "../Arguments.ts"
import { withExecutor } from "../Connect.ts"
import { CommandFailure, exitCodes, wrongUsage } from "../Failure.ts"
import { chosenTarget } from "../Targets.ts"
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

const tooLong = (path: string, length: string, target: string): CommandFailure =>
  new CommandFailure(
    `${path} is ${length} long, and the target "${target}" takes at most ${longestSourceText} characters of a file. ` +
      "Publish it at an address, and add that",
    exitCodes.failed,
    "too_large"
  )

/** A deployment sees no file of this machine: it gets the text. */
const asText = async (
  { path, ...rest }: Extract<SourceLocation, { _tag: "File" }>,
  target: string
): Promise<SourceLocation> => {
  // No character takes more than three bytes for each of its units.
  const { size } = await stat(path)
  if (size > longestSourceText * 3) throw tooLong(path, `${size} bytes`, target)
  const text = await readFile(path, "utf8")
  if (text.length > longestSourceText) throw tooLong(path, `${text.length} characters`, target)
  if (text.trim() === "") throw wrongUsage(`${path} is empty`)
  return { ...rest, _tag: "Text", text }
}

/** The location as the host of this command can use it. */
const forHost = async (location: SourceLocation): Promise<SourceLocation> => {
  const target = chosenTarget()
  if (target === undefined) return location
  if (location._tag === "File") return await asText(location, target.name)
  if (location._tag !== "Stdio") return location
  throw new CommandFailure(
    `a command runs on the machine of its host, and the target "${target.name}" is a deployment in the network, which starts ` +
      "no processes. Add it to the daemon of this machine (--target local), or serve it over HTTP and add its address",
    exitCodes.failed,
    "unsupported"
  )
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
      throw new CommandFailure("the host ended the registration without an answer; see: executor sources list")
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
  const named = options.name === undefined ? undefined : sourceName(options.name)
  const found = await locate(where, command, options)
  const location = await forHost(found)
  // A text has no name of its own; a file gives it the one that it would have where files are read.
  const own = found._tag === "File" && location._tag === "Text" ? nameOfFile(found.path) : undefined
  const given = named ?? own
  const name = given === undefined ? {} : { name: given }
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

const whereIs = ({ location }: Source): string => {
  switch (location._tag) {
    case "Url":
      return location.url
    case "File":
      return location.path
    case "Text":
      return `a text of ${location.text.length} characters`
    case "Stdio":
      return [location.command, ...location.args].map((word) => JSON.stringify(word)).join(" ")
  }
}

const time = (at: number): string => `${new Date(at).toISOString().replace("T", " ").slice(0, 19)} UTC`

export const show = async (given: string, options: Options): Promise<void> => {
  const name = sourceName(given)
  await withExecutor(async (executor) => {
    const source = await executor.sources.get({ name })
    if (options.json === true) return json(source)
    const { addedAt, addedBy, kind, location, privateOrigins, title, updatedAt, warnings } = source
    const base = "baseUrl" in location ? location.baseUrl : undefined
    const rows: ReadonlyArray<readonly [string, string | undefined]> = [
      ["kind", kind],
      ["title", title],
      ["from", whereIs(source)],
      ["calls go to", base],
      ["may reach", privateOrigins.length === 0 ? undefined : privateOrigins.join(", ")],
      ["added", `${time(addedAt)} by ${addedBy}`],
      ["looked at", time(updatedAt)]
    ]
    out(`${style(name, "bold")}: ${describeState(source)}`)
    for (const [title, value] of rows) if (value !== undefined) out(`  ${title.padEnd(12)}${oneLine(value, 2_000)}`)
    for (const warning of warnings) out(`  ${style("warning", "yellow")}     ${oneLine(warning, 2_000)}`)
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
