// Reads the lines of a file of any size in bounded memory.
import { maxLineBytes } from "./WalLine.ts"

/** Bytes that can be read at any position: an open file, or a buffer in tests. */
export interface ByteSource {
  readonly size: number
  /** Fills `into` from `position`; returns how many bytes were read, 0 at the end. */
  readonly read: (into: Uint8Array, position: number) => number
}

/** A buffer as a source. */
export const bufferSource = (bytes: Buffer): ByteSource => ({
  size: bytes.length,
  read: (into, position) => bytes.copy(into, 0, position, position + into.length)
})

const chunkBytes = 256 * 1024

/**
 * Calls `visit` with every line (a view without its newline, valid during the call only) that begins at or after
 * `from`, until it answers false. A line longer than `maxLineBytes` is never a line: reading stops there, or goes on
 * after its end. Returns the offset of the first byte that was not passed: where `visit` said stop, where a line too
 * long begins, or where an unterminated rest begins.
 */
export const readLines = (
  source: ByteSource,
  from: number,
  visit: (line: Buffer, offset: number) => boolean,
  tooLong: "stop" | "skip" = "stop"
): number => {
  let buffer = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(1, source.size - from)))
  /** File offset of buffer[0], how many bytes of the buffer are filled, and whether they continue a line too long. */
  let base = from
  let filled = 0
  let skipping = false
  for (;;) {
    const count = source.read(buffer.subarray(filled), base + filled)
    const view = buffer.subarray(0, filled + count)
    let newline = view.indexOf(0x0a, filled)
    let start = 0
    while (newline >= 0) {
      const fits = newline - start <= maxLineBytes && !skipping
      if (fits ? !visit(view.subarray(start, newline), base + start) : tooLong === "stop") return base + start
      skipping = false
      start = newline + 1
      newline = view.indexOf(0x0a, start)
    }
    if (count === 0) return base + start
    filled = view.length - start
    base += start
    if (filled > maxLineBytes) {
      if (tooLong === "stop") return base
      skipping = true
      base += filled
      filled = 0
    } else if (start > 0) buffer.copyWithin(0, start, view.length)
    else if (filled === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)])
  }
}
