// Segments as bytes, written by the encoder of the journal.
import { encodeHeader, headerBytes, type SegmentHeader } from "../src/Segment.ts"
import { encodeMark, makeBatchEncoder, type PendingLine } from "../src/WalLine.ts"

export const salt = 0x1badcafe

export const header = (changes: Partial<SegmentHeader> = {}): SegmentHeader => ({
  format: 1,
  segment: 1,
  salt,
  first: 1,
  previous: 0,
  ...changes
})

/** A step of `count` lines that begins at sequence `from`; texts hold what JSON must escape, and letters of two bytes. */
export const stepLines = (from: number, count: number): ReadonlyArray<PendingLine> =>
  Array.from({ length: count }, (_, index) => ({
    s: from + index,
    n: count - index - 1,
    json: JSON.stringify({ v: 1, text: `é\n"{"c":"${"x".repeat((from + index) % 7)}` })
  }))

export interface BuiltSegment {
  readonly bytes: Buffer
  /** Offset and last sequence of every place where a whole step has just ended, from the header's end on. */
  readonly ends: ReadonlyArray<{ readonly offset: number; readonly last: number; readonly batch: number }>
  /** JSON text of the events by sequence - 1. */
  readonly events: ReadonlyArray<string>
}

/** A segment of `lines` lines in steps of 1 to 3, each step a batch of its own; `mark` ends it with a mark. */
export const buildSegment = (lines: number, options: { readonly mark?: boolean } = {}): BuiltSegment => {
  const encode = makeBatchEncoder()
  const parts: Array<Buffer> = [encodeHeader(header())]
  const ends = [{ offset: headerBytes, last: 0, batch: 0 }]
  const events: Array<string> = []
  let offset = headerBytes
  for (let last = 0, batch = 1; last < lines; batch++) {
    const step = stepLines(last + 1, Math.min(lines - last, 1 + (batch % 3)))
    const bytes = Buffer.from(encode(step, last, salt))
    parts.push(bytes)
    for (const line of step) events.push(line.json)
    last += step.length
    offset += bytes.length
    ends.push({ offset, last, batch })
  }
  if (options.mark) parts.push(encodeMark(lines, salt))
  return { bytes: Buffer.concat(parts), ends, events }
}
