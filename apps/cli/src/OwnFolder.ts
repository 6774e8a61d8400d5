// Whether a folder is one that nobody but its owner could have put something into.
import { lstatSync } from "node:fs"

/** `true` for a real folder of this user that no other user can write to. A folder that is not there yet is none. */
export const isOwnFolder = (folder: string): boolean => {
  const stat = lstatSync(folder, { throwIfNoEntry: false })
  const user = process.getuid?.()
  if (stat === undefined || !stat.isDirectory()) return false
  return user === undefined || (stat.uid === user && (stat.mode & 0o022) === 0)
}
