// Deployments that this user works with, by name, with their tokens: one file that nobody else can read, apart from all state.
import { TargetName, TokenId } from "@executor-v2/schema"
import { resolveHome } from "@executor-v2/sdk/pm"
import { Option, Schema } from "effect"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { CommandFailure, exitCodes } from "./Failure.ts"

const Target = Schema.Struct({
  url: Schema.String,
  siteUrl: Schema.String,
  /** The owner's: it opens every door of the deployment, and is never handed to an agent. */
  token: Schema.String,
  /** What agents of this machine get; absent where the deployment gives out none. */
  agent: Schema.optionalKey(Schema.Struct({ id: TokenId, token: Schema.String }))
})
export type Target = typeof Target.Type

const Content = Schema.Struct({
  version: Schema.Literal(1),
  /** What commands go to when they are not told; the local daemon when absent. */
  current: Schema.optionalKey(TargetName),
  targets: Schema.Record(TargetName, Target)
})
export type Targets = typeof Content.Type

/** The daemon of this machine: always there, in no file. */
export const local = "local"

const none: Targets = { version: 1, targets: {} }
const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Content), { onExcessProperty: "error" })

export const targetsFile = (): string => join(resolveHome(), "targets.json")

const broken = (file: string, why: string): CommandFailure =>
  new CommandFailure(`the file of targets ${file} is not used: ${why}`, exitCodes.failed, "targets_file")

const whyNot = (file: string, stat: fs.Stats): string | undefined => {
  const user = process.getuid?.()
  if (!stat.isFile()) return "it is no regular file. Remove it, then add the targets again"
  if (user === undefined) return undefined
  if (stat.uid !== user) return `it belongs to user ${stat.uid}. Remove it, then add the targets again`
  if ((stat.mode & 0o077) === 0) return undefined
  return `other users can read the tokens in it. Close it with: chmod 600 ${file}; and have tokens that were seen revoked`
}

/** A folder in which nothing can be looked up has no targets; what is wrong with it, the daemon tells best. */
const look = (file: string): fs.Stats | undefined => {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** The file's content. Throws `CommandFailure` where it cannot be trusted. */
export const readTargets = (): Targets => {
  const file = targetsFile()
  const named = look(file)
  if (named === undefined) return none
  const why = whyNot(file, named)
  if (why !== undefined) throw broken(file, why)
  const fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0))
  try {
    // Looked at again: what was opened may be another file by now.
    const later = whyNot(file, fs.fstatSync(fd))
    if (later !== undefined) throw broken(file, later)
    const content = Option.getOrUndefined(decode(fs.readFileSync(fd, "utf8")))
    if (content !== undefined) return content
    throw broken(file, "it is damaged, or of another version. Correct it, or remove it and add the targets again")
  } finally {
    fs.closeSync(fd)
  }
}

const patienceMs = 5_000
/** The work under the lock takes milliseconds: one that is older belongs to a process that is gone. */
const staleMs = 2_000

/** The new file is the lock: whoever makes it may change the old one. */
const lock = async (file: string): Promise<number> => {
  const end = Date.now() + patienceMs
  for (;;) {
    try {
      return fs.openSync(file, "wx", 0o600)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== "EEXIST" || Date.now() > end) throw broken(file, message)
    }
    const made = fs.lstatSync(file, { throwIfNoEntry: false })?.mtimeMs
    if (made !== undefined && Date.now() - made > staleMs) fs.rmSync(file, { force: true })
    else await sleep(20)
  }
}

/** Makes a folder and those above it, one by one: made at once, below /proc, it never ends. */
const makeFolder = (folder: string): void => {
  if (fs.existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== "EEXIST") throw broken(targetsFile(), `${message}. Choose another folder with EXECUTOR_HOME`)
  }
}

/** Puts a changed content in place of the old one, whole or not at all. */
export const changeTargets = async (change: (before: Targets) => Targets): Promise<void> => {
  makeFolder(resolveHome())
  const file = targetsFile()
  const fresh = `${file}.new`
  const fd = await lock(fresh)
  try {
    try {
      fs.writeSync(fd, `${JSON.stringify(change(readTargets()), null, 2)}\n`)
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
    fs.renameSync(fresh, file)
  } catch (error) {
    fs.rmSync(fresh, { force: true })
    throw error
  }
}

export interface Chosen extends Target {
  readonly name: string
}

/** The name that commands go by: `--target` or `EXECUTOR_TARGET`, else what `executor target use` chose. */
export const chosenName = ({ current }: Targets): string => process.env["EXECUTOR_TARGET"] || (current ?? local)

/** The deployment that this command goes to; `undefined` for the daemon of this machine. */
export const chosenTarget = (): Chosen | undefined => {
  // Who asks for this machine needs no file, however broken it may be.
  if (process.env["EXECUTOR_TARGET"] === local) return undefined
  const targets = readTargets()
  const name = chosenName(targets)
  if (name === local) return undefined
  if (Object.hasOwn(targets.targets, name)) return { name, ...targets.targets[name as TargetName]! }
  throw new CommandFailure(
    `there is no target "${name}"; known are ${[local, ...Object.keys(targets.targets)].join(", ")}. ` +
      "Add it: executor target add NAME --url URL --site-url URL",
    exitCodes.unreachable,
    "unknown_target"
  )
}
