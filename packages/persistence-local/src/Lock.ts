// One process per data folder.
import { Option } from "effect"
import * as path from "node:path"
import { DataFolderError, Held } from "./DataFolderError.ts"
import { readWhole, type Disk } from "./Disk.ts"

export const lockName = "lock.db"

/** Where a daemon says how to reach it: for discovery and messages, never a lock. */
export const daemonName = "daemon.json"

/** The daemon that daemon.json names, if it names one. It may have died since. */
export const namedDaemon = (disk: Disk, home: string): { readonly pid?: number; readonly port?: number } => {
  try {
    const bytes = readWhole(disk, path.join(home, daemonName), 64 * 1024)
    const found = bytes === undefined ? {} : (JSON.parse(bytes.toString("utf8")) as Record<string, unknown> | null)
    const { pid, port } = found ?? {}
    return {
      ...(Number.isSafeInteger(pid) && { pid: pid as number }),
      ...(Number.isSafeInteger(port) && { port: port as number })
    }
  } catch {
    return {}
  }
}

const isAlive = (pid: number | undefined): boolean => {
  if (pid === undefined) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

/** Takes the folder for this process and gives the function that lets it go. Throws `Held` when another one has it. */
export const lockFolder = (disk: Disk, home: string): (() => void) => {
  const file = path.join(home, lockName)
  const release = disk.lock(file)
  if (release === undefined) {
    const named = namedDaemon(disk, home)
    const { pid, port } = isAlive(named.pid) ? named : {}
    const reason = new Held({ pid: Option.fromUndefinedOr(pid), port: Option.fromUndefinedOr(port) })
    throw new DataFolderError({ home, reason })
  }
  if (disk.entry(file)!.mode !== 0o600) disk.chmod(file, 0o600)
  return release
}

/** Whether a process has the folder. Takes and creates nothing. */
export const isFolderLocked = (disk: Disk, home: string): boolean => {
  const file = path.join(home, lockName)
  return disk.entry(file)?.kind === "file" && disk.isLocked(file)
}
