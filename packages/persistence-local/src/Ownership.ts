// Whether the folder is still this process's. A lock holds a file, not its name: whoever removes lock.db lets a second
// process in, and what is written to a removed segment is gone. Both are noticed before anything more is acknowledged.
import * as path from "node:path"
import type { Disk } from "./Disk.ts"
import { lockName } from "./Lock.ts"

/** Throws when the lock or the named file is not the one that it was the first time. */
export const makeOwnership = (disk: Disk, home: string): ((name: string) => void) => {
  const idOf = (name: string) => disk.entry(path.join(home, name))?.id
  const ids = new Map([[lockName, idOf(lockName)]])
  // A disk that cannot tell files apart is one of a test.
  if (ids.get(lockName) === undefined) return () => {}
  const check = (name: string) => {
    const id = idOf(name)
    if (!ids.has(name)) ids.set(name, id)
    if (id === undefined || id !== ids.get(name)) throw new Error(`${name} was removed or replaced while it was in use`)
  }
  return (name) => {
    check(lockName)
    check(name)
  }
}
