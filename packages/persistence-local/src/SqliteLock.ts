// An exclusive lock on a file that the kernel drops when its holder dies, however it dies: SQLite's own lock, taken and
// never let go. Nothing else in the process may open the file, because closing any descriptor of it drops the lock.
import { DatabaseSync } from "node:sqlite"

const busy = 5
/** PERM, READONLY and CANTOPEN: SQLite's codes for a file that this user cannot write. */
const refused: ReadonlySet<number> = new Set([3, 8, 14])

const codeOf = (error: unknown): number => ((error as { readonly errcode?: number }).errcode ?? 0) & 0xff

/** Takes the lock at once and gives the function that releases it; `undefined` when another process has it. */
export const takeLock = (file: string): (() => void) | undefined => {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { timeout: 0 })
    database.exec("PRAGMA journal_mode=MEMORY; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE")
  } catch (error) {
    database?.close()
    if (codeOf(error) === busy) return undefined
    if (!refused.has(codeOf(error))) throw error
    throw Object.assign(new Error(`${file}: ${(error as Error).message}`), { code: "EACCES" })
  }
  const held = database
  return () => held.close()
}

/** Whether someone holds the lock of an existing file, without taking it and without creating anything. */
export const isLockTaken = (file: string): boolean => {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { timeout: 0, readOnly: true })
    database.exec("SELECT 1 FROM sqlite_master")
    return false
  } catch (error) {
    return codeOf(error) === busy
  } finally {
    database?.close()
  }
}
