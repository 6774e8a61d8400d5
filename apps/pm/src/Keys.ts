// The two keys of a data folder, each in a file of its own that only its owner can read: `token` opens every door,
// `agent-token` opens /mcp. Replacing a file replaces the key: the next request is judged by the new one.
import { Schema } from "effect"
import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import type { KeyKind, Principal } from "./Doors.ts"

/** A key file that cannot be trusted or written. The message says what to do; it never holds the key. */
export class KeysError extends Schema.TaggedError<KeysError>()("KeysError", {
  file: Schema.String,
  reason: Schema.Literals(["not_a_file", "foreign_owner", "open_to_others", "malformed", "unwritable"]),
  detail: Schema.String
}) {
  override get message() {
    return `The key file ${this.file} cannot be used: ${this.detail}`
  }
}

const fileOf: Record<KeyKind, string> = { owner: "token", agent: "agent-token" }
const kinds: ReadonlyArray<KeyKind> = ["owner", "agent"]

/** 256 bits in base64url. */
const form = /^[A-Za-z0-9_-]{43}$/

const digest = (key: string) => createHash("sha256").update(key).digest()

/** Where a key lies. */
export const keyFile = (home: string, kind: KeyKind): string => path.join(home, fileOf[kind])

const remedy = "Remove it; the next start makes a new key."

const check = (file: string, stat: fs.Stats): void => {
  const fail = (reason: KeysError["reason"], detail: string) => new KeysError({ file, reason, detail })
  if (!stat.isFile()) throw fail("not_a_file", `it is not a regular file. ${remedy}`)
  const user = process.getuid?.()
  if (user === undefined) return
  if (stat.uid !== user) throw fail("foreign_owner", `it belongs to user ${stat.uid}. ${remedy}`)
  if ((stat.mode & 0o077) !== 0) throw fail("open_to_others", `other users could read it. ${remedy}`)
}

const read = (file: string): string => {
  check(file, fs.lstatSync(file))
  const fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0))
  try {
    const stat = fs.fstatSync(fd)
    check(file, stat)
    const key = stat.size > 128 ? "" : fs.readFileSync(fd, "utf8").trim()
    if (form.test(key)) return key
  } finally {
    fs.closeSync(fd)
  }
  throw new KeysError({ file, reason: "malformed", detail: `it holds no key. ${remedy}` })
}

const create = (file: string): void => {
  try {
    const fd = fs.openSync(file, "wx", 0o600)
    try {
      fs.writeSync(fd, `${randomBytes(32).toString("base64url")}\n`)
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  } catch (error) {
    const detail = `${(error as Error).message}. Make the folder writable for this user.`
    throw new KeysError({ file, reason: "unwritable", detail })
  }
}

/** Puts a new key in place of the old one, which opens nothing from then on. */
export const rotate = (home: string, kind: KeyKind): void => {
  const file = keyFile(home, kind)
  const fresh = `${file}.new`
  fs.rmSync(fresh, { force: true })
  create(fresh)
  fs.renameSync(fresh, file)
}

interface Held {
  readonly key: string
  readonly digest: Buffer
  readonly principal: Principal
  readonly ino: number
  readonly changed: number
}

const load = (home: string, kind: KeyKind): Held => {
  const file = keyFile(home, kind)
  const { ino, ctimeMs } = fs.lstatSync(file)
  const key = read(file)
  const hashed = digest(key)
  const id = `${kind}-${hashed.toString("hex").slice(0, 12)}`
  return { key, digest: hashed, principal: { kind, id }, ino, changed: ctimeMs }
}

/** The keys as they are now. */
export interface Keys {
  readonly principalOf: (key: string) => Principal | undefined
  /** The owner's key, for proofs. Absent while its file is unusable. */
  readonly owner: () => string | undefined
}

/**
 * Reads the keys of a folder, making those that are missing. Only the holder of the folder's lock may do that.
 * Throws `KeysError`.
 */
export const openKeys = (home: string): Keys => {
  const held = new Map<KeyKind, Held>()
  for (const kind of kinds) {
    const file = keyFile(home, kind)
    // Put in place whole: a start that is cut off leaves no half a key.
    if (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) rotate(home, kind)
    held.set(kind, load(home, kind))
  }
  const current = (kind: KeyKind): Held | undefined => {
    const known = held.get(kind)
    const stat = fs.lstatSync(keyFile(home, kind), { throwIfNoEntry: false })
    if (stat && known && stat.ino === known.ino && stat.ctimeMs === known.changed) return known
    held.delete(kind)
    try {
      held.set(kind, load(home, kind))
    } catch {
      // Missing or no longer to be trusted: nobody has this key until the file is right again.
    }
    return held.get(kind)
  }
  return {
    principalOf: (key) => {
      const presented = digest(key)
      let found: Principal | undefined
      for (const kind of kinds) {
        const expected = current(kind)
        if (expected && timingSafeEqual(expected.digest, presented)) found ??= expected.principal
      }
      return found
    },
    owner: () => current("owner")?.key
  }
}
