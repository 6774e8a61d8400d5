// Whether a folder is one that nobody but its owner could have put something into.
import { lstatSync, type Stats } from "node:fs"

/** Nothing where the folder cannot be looked at, such as below a file. */
const look = (folder: string): Stats | undefined => {
  try {
    return lstatSync(folder, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** `true` for a real folder of this user that no other user can write to. A folder that is not there yet is none. */
export const isOwnFolder = (folder: string): boolean => {
  const stat = look(folder)
  const user = process.getuid?.()
  if (stat === undefined || !stat.isDirectory()) return false
  return user === undefined || (stat.uid === user && (stat.mode & 0o022) === 0)
}
