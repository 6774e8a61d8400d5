// The daemon's log: a file of the data folder that only its owner can read, bounded, and without the folder's keys.
import { Cause, Logger } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"

export interface PmLog {
  /** Adds one line; kept until there is a file. Never throws: a daemon does not stop for its log. */
  readonly line: (level: string, message: string) => void
  /** Opens `pm.log` of a folder, which must be this process's own by then. */
  readonly open: (home: string) => void
}

/** One generation is kept besides the current one. */
const maxBytes = 5 * 1024 * 1024
const maxLine = 8_192

/** What has the form of a key, or follows the word `Bearer`, wherever it got in. */
const secret = /\bBearer\s+\S+|(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g

/** Text that may be shown: without keys, and of bounded length. */
export const withoutKeys = (text: string): string => text.replace(secret, "[redacted]").slice(0, maxLine)

const clean = (text: string): string => withoutKeys(text).replace(/\r?\n/g, "\n    ")

const { O_APPEND, O_CREAT, O_WRONLY } = fs.constants
/** Absent on Windows, whatever the types say. */
const O_NOFOLLOW = (fs.constants as Partial<typeof fs.constants>).O_NOFOLLOW ?? 0

const openFile = (file: string): number => {
  const fd = fs.openSync(file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600)
  fs.fchmodSync(fd, 0o600)
  return fd
}

/** A log of at most `bound` bytes in each of two files. */
export const makeLog = (bound: number = maxBytes): PmLog => {
  let file: string | undefined
  let fd: number | undefined
  let size = 0
  const waiting: Array<string> = []
  const begin = (path: string) => {
    fd = openFile(path)
    size = fs.fstatSync(fd).size
  }
  const write = (text: string) => {
    try {
      if (size >= bound && file !== undefined && fd !== undefined) {
        fs.closeSync(fd)
        fd = undefined
        fs.renameSync(file, `${file}.1`)
        begin(file)
      }
      if (fd !== undefined) size += fs.writeSync(fd, text)
    } catch {
      // A full disk stops the journal first, and that is told elsewhere.
    }
  }
  return {
    line: (level, message) => {
      const text = `${new Date().toISOString()} ${level.padEnd(5)} ${clean(message)}\n`
      if (file === undefined) waiting.push(text)
      else write(text)
    },
    open: (home) => {
      file = path.join(home, "pm.log")
      begin(file)
      for (const text of waiting.splice(0)) write(text)
    }
  }
}

/** Sends what Effect logs to the file. */
export const loggerTo = (log: PmLog): Logger.Logger<unknown, void> =>
  Logger.make(({ logLevel, message, cause }) => {
    const parts = Array.isArray(message) ? message : [message]
    const said = parts.map((part) =>
      typeof part === "string" ? part : part instanceof Error ? part.message : JSON.stringify(part)
    )
    if (cause.reasons.length > 0) said.push(Cause.pretty(cause))
    log.line(logLevel.toUpperCase(), said.join(" "))
  })
