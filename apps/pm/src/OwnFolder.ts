// Whether code may be cached in a folder: only where nobody but its owner could have put some.
import * as fs from "node:fs"

/** `true` for a real folder of this user that no other user can write to. A folder that is not there yet is none. */
export const ownFolder = (folder: string): boolean => {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false })
  const user = process.getuid?.()
  if (stat === undefined || !stat.isDirectory()) return false
  return user === undefined || (stat.uid === user && (stat.mode & 0o022) === 0)
}
