// A file of journal lines, `events-000124.jsonl`. Its header line has one fixed length, so that a header torn while the
// file was being created (nothing after it) is told apart from one damaged later (events after it).
import { randomBytes } from "node:crypto"
import * as path from "node:path"
import { checkFieldBytes, decodeChecked, encodeChecked, hex32 } from "./CheckedLine.ts"
import { writeAll, type Disk } from "./Disk.ts"

/** Format of the data folder that this code reads and writes. */
export const folderFormat = 1

/** Bytes of a header line, newline included. */
export const headerBytes = 160

export interface SegmentHeader {
  readonly format: number
  readonly segment: number
  /** Seeds the checksums of the segment's lines. */
  readonly salt: number
  /** Sequence of the first event that the segment may hold. */
  readonly first: number
  /** Last sequence of the segment before; all of it was on disk when this one was made. */
  readonly previous: number
}

const pattern = /^events-(\d{6,})\.jsonl$/

export const segmentName = (segment: number): string => `events-${String(segment).padStart(6, "0")}.jsonl`

/** Number of a segment's file, or `undefined` for any other file. */
export const segmentNumber = (name: string): number | undefined => {
  const digits = pattern.exec(name)?.[1]
  const number = digits === undefined ? undefined : Number(digits)
  return number !== undefined && segmentName(number) === name ? number : undefined
}

export const encodeHeader = (header: SegmentHeader): Buffer => {
  const { format, segment, salt, first, previous } = header
  const identity = `"format":${format},"segment":${segment},"salt":"${hex32(salt)}"`
  const fields = `${identity},"first":${first},"previous":${previous}`
  return encodeChecked(`${fields.padEnd(headerBytes - checkFieldBytes - 2)}}`)
}

/** `undefined` for a line (without its newline) that is not a header as it was written. */
export const decodeHeader = (line: Buffer): SegmentHeader | undefined => {
  if (line.length !== headerBytes - 1) return undefined
  const header = decodeChecked(line)
  if (header === undefined) return undefined
  const { format, segment, salt, first, previous } = header
  if (typeof salt !== "string" || !/^[0-9a-f]{8}$/.test(salt)) return undefined
  if (![format, segment, first, previous].every(Number.isSafeInteger)) return undefined
  return { ...(header as unknown as SegmentHeader), salt: Number.parseInt(salt, 16) }
}

/** The segment that takes new lines. */
export interface ActiveSegment {
  readonly number: number
  readonly fd: number
  readonly salt: number
  bytes: number
}

/** Creates a segment whose header is on disk, name included, before anyone can append to it. */
export const createSegment = async (
  disk: Disk,
  home: string,
  segment: number,
  previous: number
): Promise<ActiveSegment> => {
  const file = path.join(home, segmentName(segment))
  const salt = randomBytes(4).readUInt32LE()
  const fd = disk.open(file, "wx")
  try {
    writeAll(disk, fd, encodeHeader({ format: folderFormat, segment, salt, first: previous + 1, previous }))
    await disk.syncLater(fd)
    await disk.syncFolderLater(home)
  } catch (error) {
    disk.close(fd)
    throw error
  }
  return { number: segment, fd, salt, bytes: headerBytes }
}
