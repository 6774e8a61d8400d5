// What a daemon leaves in its data folder for those who want to reach it. Files that others could have written are not
// believed.
import { DaemonFile } from "@executor-v2/rpc/Daemon"
import { Option, Schema } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** The data folder that is meant: the one given, else `EXECUTOR_HOME`, else `~/.executor`. Always absolute. */
export const resolveHome = (given?: string): string =>
  path.resolve(given || process.env["EXECUTOR_HOME"] || path.join(os.homedir(), ".executor"))

/** Where things lie in a data folder. */
export const filesOf = (home: string) => ({
  daemon: path.join(home, "daemon.json"),
  token: path.join(home, "token"),
  agentToken: path.join(home, "agent-token"),
  log: path.join(home, "pm.log")
})

/** Content of a small file of ours that nobody else could have changed (or read, when `secret`); else nothing. */
const readOwn = (file: string, secret: boolean): string | undefined => {
  try {
    const fd = fs.openSync(
      file,
      fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0)
    )
    try {
      const stat = fs.fstatSync(fd)
      const user = process.getuid?.()
      if (!stat.isFile() || stat.size > 64 * 1024) return undefined
      if (user !== undefined && (stat.uid !== user || (stat.mode & (secret ? 0o077 : 0o022)) !== 0)) return undefined
      return fs.readFileSync(fd, "utf8")
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return undefined
  }
}

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(DaemonFile))

/** The daemon that the folder names. It may be gone, and its port somebody else's. */
export const readDaemonFile = (home: string): DaemonFile | undefined => {
  const text = readOwn(filesOf(home).daemon, false)
  return text === undefined ? undefined : Option.getOrUndefined(decode(text))
}

/** The owner's key of the folder. */
export const readToken = (home: string): string | undefined => {
  const key = readOwn(filesOf(home).token, true)?.trim()
  return key !== undefined && /^[A-Za-z0-9_-]{43}$/.test(key) ? key : undefined
}

/** Last lines of the daemon's log. */
export const logTail = (home: string, lines: number): string => {
  try {
    const fd = fs.openSync(filesOf(home).log, "r")
    try {
      const { size } = fs.fstatSync(fd)
      const bytes = Buffer.alloc(Math.min(size, 16 * 1024))
      fs.readSync(fd, bytes, 0, bytes.length, size - bytes.length)
      return bytes.toString("utf8").trimEnd().split("\n").slice(-lines).join("\n")
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return ""
  }
}
