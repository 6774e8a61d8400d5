// The few file calls that this package makes, behind an interface, so that tests can inject faults and power loss.
// Calls named `…Later` run off the event loop; the others are used while opening a folder and to fill the page cache.
import * as fs from "node:fs"
import * as path from "node:path"
import { isLockTaken, takeLock } from "./SqliteLock.ts"

/** What is known about a path without following a link. */
export interface Entry {
  readonly kind: "file" | "folder" | "link" | "other"
  readonly size: number
  /** Permission bits, such as 0o600. */
  readonly mode: number
  readonly uid: number
  /** Tells a file from another one that took its name; absent where the disk cannot. */
  readonly id?: number
}

/** File access. Every call throws (or rejects with) Node's system error; nothing is retried. */
export interface Disk {
  readonly open: (file: string, flags: "r" | "a+" | "wx") => number
  readonly close: (fd: number) => void
  readonly read: (fd: number, into: Uint8Array, position: number) => number
  /** Writes at the file's position and returns how many bytes were taken: it may be short. */
  readonly write: (fd: number, bytes: Uint8Array) => number
  readonly truncate: (fd: number, length: number) => void
  readonly sync: (fd: number) => void
  readonly syncFolder: (folder: string) => void
  readonly rename: (from: string, to: string) => void
  readonly unlink: (file: string) => void
  readonly makeFolder: (folder: string) => void
  readonly chmod: (file: string, mode: number) => void
  /** Throws when this user cannot write there. */
  readonly checkWritable: (folder: string) => void
  readonly list: (folder: string) => ReadonlyArray<string>
  /** Absent files give `undefined`. */
  readonly entry: (file: string) => Entry | undefined
  /** Takes an exclusive lock at once; gives its release, or `undefined` when another process has it. */
  readonly lock: (file: string) => (() => void) | undefined
  readonly isLocked: (file: string) => boolean
  readonly syncLater: (fd: number) => Promise<void>
  readonly syncFolderLater: (folder: string) => Promise<void>
  readonly renameLater: (from: string, to: string) => Promise<void>
  readonly unlinkLater: (file: string) => Promise<void>
  readonly makeFolderLater: (folder: string) => Promise<void>
  /** Creates a file (0600) that must not exist, writes everything and syncs it. */
  readonly storeLater: (file: string, bytes: Uint8Array) => Promise<void>
  /** Up to `length` bytes from `offset`; absent files give `undefined`. */
  readonly readLater: (file: string, offset: number, length: number) => Promise<Uint8Array | undefined>
  readonly sizeLater: (file: string) => Promise<number | undefined>
}

const isAbsent = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT"
/**
 * Makes a folder (0700) and those above it that are missing. Node's own `recursive` never returns where a folder is there
 * and refuses new ones with ENOENT, as /proc does.
 */
const makeFolder = (folder: string): void => {
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "EEXIST" && fs.statSync(folder).isDirectory()) return
    const above = path.dirname(folder)
    if (!isAbsent(error) || above === folder || fs.existsSync(above)) throw error
    makeFolder(above)
    fs.mkdirSync(folder, { mode: 0o700 })
  }
}

const canSyncFolders = process.platform !== "win32"

const kindOf = (stat: fs.Stats): Entry["kind"] =>
  stat.isSymbolicLink() ? "link" : stat.isDirectory() ? "folder" : stat.isFile() ? "file" : "other"

/** Nothing is there either where a file stands in the place of a folder (ENOTDIR). */
const statOf = (file: string): fs.Stats | undefined => {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined
    throw error
  }
}

const entry = (file: string): Entry | undefined => {
  const stat = statOf(file)
  return stat && { kind: kindOf(stat), size: stat.size, mode: stat.mode & 0o777, uid: stat.uid, id: stat.ino }
}

const syncFolder = (folder: string) => {
  if (!canSyncFolders) return
  const fd = fs.openSync(folder, "r")
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

const storeLater = async (file: string, bytes: Uint8Array) => {
  const handle = await fs.promises.open(file, "wx", 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const readLater = async (file: string, offset: number, length: number) => {
  let handle: fs.promises.FileHandle
  try {
    handle = await fs.promises.open(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0))
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
  try {
    const available = Math.max(0, (await handle.stat()).size - offset)
    const bytes = Buffer.allocUnsafe(Math.min(length, available))
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, offset + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return bytes.subarray(0, filled)
  } finally {
    await handle.close()
  }
}

/** The machine's own file system. */
export const nodeDisk: Disk = {
  open: (file, flags) => fs.openSync(file, flags, 0o600),
  close: fs.closeSync,
  read: (fd, into, position) => fs.readSync(fd, into, 0, into.length, position),
  write: (fd, bytes) => fs.writeSync(fd, bytes),
  truncate: fs.ftruncateSync,
  sync: fs.fdatasyncSync,
  syncFolder,
  rename: fs.renameSync,
  unlink: fs.unlinkSync,
  makeFolder,
  chmod: fs.chmodSync,
  checkWritable: (folder) => fs.accessSync(folder, fs.constants.W_OK),
  list: (folder) => fs.readdirSync(folder),
  entry,
  lock: takeLock,
  isLocked: isLockTaken,
  syncLater: (fd) => new Promise((resolve, reject) => fs.fdatasync(fd, (error) => (error ? reject(error) : resolve()))),
  syncFolderLater: async (folder) => {
    if (!canSyncFolders) return
    const handle = await fs.promises.open(folder, "r")
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
  renameLater: fs.promises.rename,
  unlinkLater: fs.promises.unlink,
  makeFolderLater: async (folder) => void (await fs.promises.mkdir(folder, { recursive: true, mode: 0o700 })),
  storeLater,
  readLater,
  sizeLater: (file) =>
    fs.promises.lstat(file).then(
      (stat) => (stat.isFile() ? stat.size : undefined),
      (error: unknown) => {
        if (isAbsent(error)) return undefined
        throw error
      }
    )
}

/** Writes all bytes, however short the single writes are. */
export const writeAll = (disk: Disk, fd: number, bytes: Uint8Array): void => {
  let rest = bytes
  while (rest.length > 0) {
    const taken = disk.write(fd, rest)
    if (taken <= 0) throw new Error("the file system accepted no bytes and reported no error")
    rest = rest.subarray(taken)
  }
}

/** Reads a whole small file; absent files give `undefined`. Refuses more than `limit` bytes. */
export const readWhole = (disk: Disk, file: string, limit: number): Buffer | undefined => {
  const found = disk.entry(file)
  if (!found) return undefined
  if (found.kind !== "file") throw new Error(`${file} is not a regular file`)
  if (found.size > limit) throw new Error(`${file} has ${found.size} bytes, more than the ${limit} expected`)
  const fd = disk.open(file, "r")
  try {
    const bytes = Buffer.allocUnsafe(found.size)
    let filled = 0
    while (filled < bytes.length) {
      const count = disk.read(fd, bytes.subarray(filled), filled)
      if (count === 0) break
      filled += count
    }
    return bytes.subarray(0, filled)
  } finally {
    disk.close(fd)
  }
}

/** Replaces a file so that a crash leaves the old or the new one: tmp → sync → rename → sync the folder. */
export const replaceFile = async (disk: Disk, file: string, bytes: Uint8Array): Promise<void> => {
  const temporary = `${file}.tmp`
  if (disk.entry(temporary)) disk.unlink(temporary)
  await disk.storeLater(temporary, bytes)
  await disk.renameLater(temporary, file)
  await disk.syncFolderLater(path.dirname(file))
}
