// The line of the journal: {"c":"9f2c01ab","s":1234,"d":1230,"e":{…}}. `s` is the sequence, exactly one more than the
// line before; `d` the highest sequence known to be on disk when the batch was built. `d` tells damage to acknowledged
// data (a later valid line knows of more than was kept) from a batch that never reached the disk. `n`, when there, says
// how many further lines belong to the same step: a step is read whole or not at all.
import { decodeChecked, encodeChecked, writeChecked } from "./CheckedLine.ts"

/** Lines longer than this are neither written nor read (bytes, newline excluded). */
export const maxLineBytes = 16 * 1024 * 1024

/** One journalled event. */
export interface EventLine {
  readonly s: number
  readonly d: number
  readonly n?: number
  readonly e: Record<string, unknown>
}

/** Says that everything up to `d` is on disk and carries no event; written when the journal falls idle or closes. */
export interface MarkLine {
  readonly s: number
  readonly d: number
  readonly mark: true
}

export type WalLine = EventLine | MarkLine

export const isMark = (line: WalLine): line is MarkLine => "mark" in line

/** An event on its way into a batch: its JSON text is made early, its line only when `d` is known. */
export interface PendingLine {
  readonly s: number
  /** Further lines of the same step; 0 for the last one. */
  readonly n: number
  readonly json: string
}

/** Encodes a batch into a buffer that is used again by the next one: write it out before encoding another. */
export const makeBatchEncoder = (initialBytes = 64 * 1024) => {
  let buffer = Buffer.allocUnsafe(initialBytes)
  return (lines: ReadonlyArray<PendingLine>, durable: number, salt: number): Buffer => {
    let room = 0
    for (const line of lines) room += line.json.length * 3 + 96
    if (room > buffer.length) buffer = Buffer.allocUnsafe(room)
    let end = 0
    for (const line of lines) {
      const more = line.n === 0 ? "" : `"n":${line.n},`
      end = writeChecked(buffer, end, `"s":${line.s},"d":${durable},${more}"e":${line.json}}`, salt)
    }
    const batch = buffer.subarray(0, end)
    if (buffer.length > 16 * initialBytes) buffer = Buffer.allocUnsafe(initialBytes)
    return batch
  }
}

/** A mark for a journal whose last sequence is `last` and wholly on disk. */
export const encodeMark = (last: number, salt: number): Buffer =>
  encodeChecked(`"s":${last},"d":${last},"mark":true}`, salt)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The line, or `undefined` when its bytes (without the newline) are not exactly those of a line that was written. */
export const decodeLine = (bytes: Buffer, salt: number): WalLine | undefined => {
  const line = decodeChecked(bytes, salt)
  if (line === undefined || !Number.isSafeInteger(line["s"]) || !Number.isSafeInteger(line["d"])) return undefined
  const { s, d } = line as { readonly s: number; readonly d: number }
  if (d < 0) return undefined
  if (line["mark"] === true) return d <= s ? (line as unknown as MarkLine) : undefined
  const { n = 1 } = line
  return d < s && isObject(line["e"]) && Number.isSafeInteger(n) && (n as number) > 0
    ? (line as unknown as EventLine)
    : undefined
}
