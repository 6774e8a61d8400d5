// Makes the last segment writable again after a crash: a torn tail is copied aside, then cut off.
import { randomBytes } from "node:crypto"
import * as path from "node:path"
import { writeAll, type Disk } from "./Disk.ts"
import { encodeHeader, folderFormat, headerBytes, segmentName, type ActiveSegment } from "./Segment.ts"
import type { Opened } from "./Opening.ts"

const chunkBytes = 1024 * 1024

/** A free name for the copy of a torn tail; the daemon never deletes it. */
const tornName = (disk: Disk, home: string, segment: number, millis: number): string => {
  const name = `${segmentName(segment)}.torn-${new Date(millis).toISOString().replace(/[-:]/g, "")}`
  let free = name
  for (let copy = 2; disk.entry(path.join(home, free)) !== undefined; copy++) free = `${name}-${copy}`
  return free
}

const copyTail = (disk: Disk, home: string, name: string, fd: number, from: number) => {
  const copy = disk.open(path.join(home, name), "wx")
  try {
    const chunk = Buffer.allocUnsafe(chunkBytes)
    for (let position = from; ;) {
      const count = disk.read(fd, chunk, position)
      if (count === 0) break
      writeAll(disk, copy, chunk.subarray(0, count))
      position += count
    }
    disk.sync(copy)
  } finally {
    disk.close(copy)
  }
  disk.syncFolder(home)
}

/** A segment ready to be appended to, and the name of the copy if a torn tail was set aside. */
export interface Repaired {
  readonly active: ActiveSegment | undefined
  readonly torn: string | undefined
}

/**
 * Opens the last segment for appending. Everything in its valid prefix is on disk afterwards: after a killed process it
 * may so far have been in memory only.
 */
export const repair = (disk: Disk, home: string, { tail, verdict }: Opened, millis: number): Repaired => {
  if (tail === undefined) return { active: undefined, torn: undefined }
  const fd = disk.open(path.join(home, segmentName(tail.segment)), "a+")
  try {
    let torn: string | undefined
    if (verdict._tag === "Torn") {
      if (tail.size > verdict.from) {
        torn = tornName(disk, home, tail.segment, millis)
        copyTail(disk, home, torn, fd, verdict.from)
      }
      disk.truncate(fd, verdict.from)
    }
    let salt = tail.header?.salt
    if (salt === undefined) {
      salt = randomBytes(4).readUInt32LE()
      const { segment, last } = tail
      writeAll(disk, fd, encodeHeader({ format: folderFormat, segment, salt, first: last + 1, previous: last }))
    }
    if (verdict._tag === "Torn" || !tail.marked) disk.sync(fd)
    // The file's name is on disk before its first event; without events the process may have died in between.
    if (tail.events === 0) disk.syncFolder(home)
    return { active: { number: tail.segment, fd, salt, bytes: Math.max(tail.validBytes, headerBytes) }, torn }
  } catch (error) {
    disk.close(fd)
    throw error
  }
}
