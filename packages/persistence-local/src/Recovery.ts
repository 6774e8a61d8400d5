// What may be kept of the segments after a crash. Keep the valid prefix, up to sequence R. If a later line that
// verifies itself knows of more than R on disk, acknowledged data is damaged: refuse. Otherwise the rest never was
// acknowledged: a torn tail, to be set aside and cut off.
import { readLines, type ByteSource } from "./Lines.ts"
import { decodeHeader, folderFormat, headerBytes, segmentName, type SegmentHeader } from "./Segment.ts"
import { decodeLine, isMark, type EventLine, type WalLine } from "./WalLine.ts"

/** A segment's bytes and the number in its file's name. */
export interface SegmentSource {
  readonly segment: number
  readonly source: ByteSource
}

/** Where a segment stops being what was written, and what is there instead. */
export interface Damage {
  readonly file: string
  readonly offset: number
  readonly detail: string
}

/** The valid beginning of one segment. */
export interface SegmentScan {
  readonly segment: number
  readonly size: number
  /** Absent when the header does not verify itself. */
  readonly header: SegmentHeader | undefined
  /** Bytes of the valid prefix, header included. */
  readonly validBytes: number
  /** R: the last sequence of the valid prefix. */
  readonly last: number
  readonly events: number
  /** The valid prefix ends with a mark: all of it is known to be on disk. */
  readonly marked: boolean
  readonly damage: Damage | undefined
}

export type Verdict =
  | { readonly _tag: "Clean" }
  /** The last segment, from this byte on, holds what no one was told about. */
  | { readonly _tag: "Torn"; readonly segment: number; readonly from: number; readonly damage: Damage }
  | { readonly _tag: "Refused"; readonly damage: Damage; readonly evidence: string }
  | { readonly _tag: "NewerFormat"; readonly format: number }

const describeBadLine = (line: Buffer): string => {
  if (line.length === 0) return "an empty line"
  return line.every((byte) => byte === 0) ? "NUL bytes" : "a line whose checksum does not match its bytes"
}

/** Why a header that verifies itself does not belong here. */
const headerMisfit = (header: SegmentHeader, segment: number, previous: number): string | undefined => {
  if (header.segment !== segment) return `the header of segment ${header.segment}`
  if (header.previous !== previous || header.first !== previous + 1) {
    return `a header that follows event ${header.previous}, after event ${previous}`
  }
  return undefined
}

/**
 * Reads a segment up to its first damage. `visit` sees every event of the valid prefix, in order. The prefix ends with
 * a whole step: events of one that was cut off are not part of it.
 */
export const scanSegment = (
  { segment, source }: SegmentSource,
  previous: number,
  visit: (line: EventLine) => void
): SegmentScan => {
  let header: SegmentHeader | undefined
  let last = previous
  let validBytes = 0
  let marked = false
  let detail: string | undefined
  /** Lines of a step whose last line has not come yet. */
  const step: Array<EventLine> = []

  const onHeader = (bytes: Buffer): string | undefined => {
    header = decodeHeader(bytes)
    if (header === undefined) return "a header whose checksum does not match its bytes"
    return headerMisfit(header, segment, previous)
  }

  const onLine = (line: WalLine): string | undefined => {
    const open = step.at(-1)?.n
    if (isMark(line)) {
      if (line.s !== last || open !== undefined) return `a mark for event ${line.s} after event ${last}`
      marked = line.d === last
      return undefined
    }
    if (line.s !== last + step.length + 1) return `event ${line.s} after event ${last + step.length}`
    if (open !== undefined && open !== 1 + (line.n ?? 0)) return "an event of another step"
    step.push(line)
    if (line.n !== undefined) return undefined
    last = line.s
    marked = false
    for (const event of step) visit(event)
    step.length = 0
    return undefined
  }

  const end = readLines(source, 0, (bytes, offset) => {
    if (header === undefined) detail = onHeader(bytes)
    else {
      const line = decodeLine(bytes, header.salt)
      detail = line === undefined ? describeBadLine(bytes) : onLine(line)
    }
    if (detail !== undefined) return false
    if (step.length === 0) validBytes = offset + bytes.length + 1
    return header!.format <= folderFormat
  })
  if (detail === undefined && end < source.size) detail = "a line without an end"
  if (detail === undefined && step.length > 0) detail = "a step without its last events"
  if (detail === undefined && header === undefined) detail = "an empty file"
  const damage = detail === undefined ? undefined : { file: segmentName(segment), offset: end, detail }
  return { segment, size: source.size, header, validBytes, last, events: last - previous, marked, damage }
}

const framing = Buffer.from(`{"c":"`)
const candidatesPerLine = 16

/**
 * The first line after damage that verifies itself and knows of more than `last` on disk. A flipped newline glues two
 * lines together, so a damaged line is also searched for a whole one inside it.
 */
const findEvidence = (source: ByteSource, salt: number, from: number, last: number) => {
  let found: { readonly offset: number; readonly durable: number } | undefined
  readLines(
    source,
    from,
    (bytes, offset) => {
      let start = 0
      for (let tries = 0; start >= 0 && tries < candidatesPerLine; tries++) {
        const line = decodeLine(bytes.subarray(start), salt)
        if (line !== undefined) {
          if (line.d > last) found = { offset: offset + start, durable: line.d }
          break
        }
        start = bytes.indexOf(framing, start + 1)
      }
      return found === undefined
    },
    "skip"
  )
  return found
}

const judge = (scan: SegmentScan, damage: Damage, source: ByteSource, isLast: boolean): Verdict => {
  const refuse = (evidence: string): Verdict => ({ _tag: "Refused", damage, evidence })
  if (!isLast) return refuse("a later segment was begun, and that happens only when all of this one is on disk")
  if (scan.header === undefined) {
    return scan.size > headerBytes
      ? refuse("more follows the header, which is on disk before the first event")
      : { _tag: "Torn", segment: scan.segment, from: 0, damage }
  }
  if (scan.validBytes < headerBytes)
    return refuse("the header verifies itself, so something else is missing or misplaced")
  const found = findEvidence(source, scan.header.salt, scan.validBytes, scan.last)
  return found === undefined
    ? { _tag: "Torn", segment: scan.segment, from: scan.validBytes, damage }
    : refuse(
        `the line at byte ${found.offset} knows of event ${found.durable} on disk, ${scan.last} is the last readable`
      )
}

/**
 * Reads segments, oldest first, after a state that holds everything up to `previous`. `visit` sees every event of the
 * valid prefix in order, also when the verdict is to refuse: then what it made of them is to be thrown away.
 */
export const readSegments = (
  segments: ReadonlyArray<SegmentSource>,
  previous: number,
  visit: (line: EventLine) => void
): { readonly scans: ReadonlyArray<SegmentScan>; readonly verdict: Verdict } => {
  const scans: Array<SegmentScan> = []
  let last = previous
  for (const [index, entry] of segments.entries()) {
    const before = segments[index - 1]
    if (before !== undefined && entry.segment !== before.segment + 1) {
      const damage = { file: segmentName(before.segment + 1), offset: 0, detail: "no such file" }
      return { scans, verdict: { _tag: "Refused", damage, evidence: "later segments are there" } }
    }
    const scan = scanSegment(entry, last, visit)
    scans.push(scan)
    last = scan.last
    if (scan.header !== undefined && scan.header.format > folderFormat) {
      return { scans, verdict: { _tag: "NewerFormat", format: scan.header.format } }
    }
    if (scan.damage !== undefined) {
      return { scans, verdict: judge(scan, scan.damage, entry.source, index === segments.length - 1) }
    }
  }
  return { scans, verdict: { _tag: "Clean" } }
}
