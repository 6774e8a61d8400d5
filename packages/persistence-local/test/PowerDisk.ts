// A file system in memory that forgets what was not synced. A power cut keeps, of the unsynced bytes of a file, any of
// its pages (the others read as zeros) and any length; of the unsynced changes to a folder, any beginning.
import * as path from "node:path"
import type { Disk } from "../src/Disk.ts"

/** A small seeded generator (mulberry32): numbers in [0, 1). */
export const randomFrom = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

interface FileNode {
  live: Buffer
  durable: Buffer
}

interface Change {
  readonly folder: string
  readonly apply: (names: Map<string, FileNode>) => void
}

export class PowerCut extends Error {}

const failure = (code: string, file: string) => Object.assign(new Error(`${code}: ${file}`), { code })

export class PowerDisk {
  readonly #durable: Map<string, FileNode>
  readonly #live: Map<string, FileNode>
  #changes: Array<Change> = []
  readonly #open = new Map<number, FileNode>()
  readonly #home: string
  #nextFd = 3
  #calls = 0
  /** The call, counted from 1, at which the power goes. */
  cutAt = Number.POSITIVE_INFINITY

  constructor(home: string, names: Map<string, FileNode> = new Map()) {
    this.#home = home
    this.#durable = names
    this.#live = new Map(names)
  }

  /** Calls so far that change something or sync. */
  get calls() {
    return this.#calls
  }

  #step() {
    if (++this.#calls >= this.cutAt) throw new PowerCut("power cut")
  }

  #find(file: string): FileNode {
    const node = this.#live.get(file)
    if (node === undefined) throw failure("ENOENT", file)
    return node
  }

  #change(file: string, apply: Change["apply"]) {
    apply(this.#live)
    this.#changes.push({ folder: path.dirname(file), apply })
  }

  #syncFolder(folder: string) {
    this.#step()
    for (const change of this.#changes) if (change.folder === folder) change.apply(this.#durable)
    this.#changes = this.#changes.filter((change) => change.folder !== folder)
  }

  #create(file: string): FileNode {
    if (this.#live.has(file)) throw failure("EEXIST", file)
    const node = { live: Buffer.alloc(0), durable: Buffer.alloc(0) }
    this.#change(file, (names) => names.set(file, node))
    return node
  }

  #openFile(file: string, flags: string): number {
    this.#step()
    const node = flags === "wx" ? this.#create(file) : this.#find(file)
    this.#open.set(this.#nextFd, node)
    return this.#nextFd++
  }

  #node(fd: number): FileNode {
    const node = this.#open.get(fd)
    if (node === undefined) throw failure("EBADF", String(fd))
    return node
  }

  #sync(fd: number) {
    this.#step()
    const node = this.#node(fd)
    node.durable = node.live
  }

  #rename(from: string, to: string) {
    this.#step()
    const node = this.#find(from)
    this.#change(to, (names) => {
      names.delete(from)
      names.set(to, node)
    })
  }

  #unlink(file: string) {
    this.#step()
    this.#find(file)
    this.#change(file, (names) => names.delete(file))
  }

  /** The calls, as a daemon makes them. */
  readonly disk: Disk = {
    open: (file, flags) => this.#openFile(file, flags),
    close: (fd) => void this.#open.delete(fd),
    read: (fd, into, position) => this.#node(fd).live.copy(into, 0, position, position + into.length),
    write: (fd, bytes) => {
      this.#step()
      const node = this.#node(fd)
      node.live = Buffer.concat([node.live, bytes])
      return bytes.length
    },
    truncate: (fd, length) => {
      this.#step()
      this.#node(fd).live = this.#node(fd).live.subarray(0, length)
    },
    sync: (fd) => this.#sync(fd),
    syncFolder: (folder) => this.#syncFolder(folder),
    rename: (from, to) => this.#rename(from, to),
    unlink: (file) => this.#unlink(file),
    makeFolder: () => this.#step(),
    chmod: () => undefined,
    checkWritable: () => undefined,
    list: (folder) =>
      [...this.#live.keys()].filter((file) => path.dirname(file) === folder).map((file) => path.basename(file)),
    entry: (file) => {
      const uid = process.getuid?.() ?? 0
      if (file === this.#home) return { kind: "folder", size: 0, mode: 0o700, uid }
      const node = this.#live.get(file)
      return node && { kind: "file", size: node.live.length, mode: 0o600, uid }
    },
    lock: (file) => {
      if (!this.#live.has(file)) this.#create(file)
      return () => undefined
    },
    isLocked: () => false,
    syncLater: async (fd) => this.#sync(fd),
    syncFolderLater: async (folder) => this.#syncFolder(folder),
    renameLater: async (from, to) => this.#rename(from, to),
    unlinkLater: async (file) => this.#unlink(file),
    makeFolderLater: async () => this.#step(),
    storeLater: async (file, bytes) => {
      this.#step()
      const node = this.#create(file)
      node.live = Buffer.from(bytes)
      this.#step()
      node.durable = node.live
    },
    readLater: async (file, offset, length) => this.#live.get(file)?.live.subarray(offset, offset + length),
    sizeLater: async (file) => this.#live.get(file)?.live.length
  }

  /** What a machine finds when the power is back. */
  afterPowerCut(random: () => number): PowerDisk {
    const kept = Math.floor(random() * (this.#changes.length + 1))
    for (const change of this.#changes.slice(0, kept)) change.apply(this.#durable)
    const names = new Map<string, FileNode>()
    for (const [name, node] of this.#durable) {
      const bytes = tear(node, random)
      names.set(name, { live: bytes, durable: bytes })
    }
    return new PowerDisk(this.#home, names)
  }

  /** What a process finds when the one before was killed: everything, synced or not. */
  afterKill(): PowerDisk {
    const next = new PowerDisk(this.#home, this.#durable)
    for (const [name, node] of this.#live) next.#live.set(name, node)
    for (const name of next.#live.keys()) if (!this.#live.has(name)) next.#live.delete(name)
    next.#changes = [...this.#changes]
    return next
  }
}

const tear = ({ live, durable }: FileNode, random: () => number): Buffer => {
  if (live === durable) return durable
  // A cut-off truncation: either length.
  if (live.length < durable.length) return random() < 0.5 ? live : durable
  const page = random() < 0.5 ? 512 : 4096
  const length = durable.length + Math.floor(random() * (live.length - durable.length + 1))
  const bytes = Buffer.from(live.subarray(0, length))
  for (let start = 0; start < length; start += page) {
    const from = Math.max(start, durable.length)
    if (random() < 0.5) bytes.fill(0, from, Math.max(from, Math.min(start + page, length)))
  }
  return bytes
}
