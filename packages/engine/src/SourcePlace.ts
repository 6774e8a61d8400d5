// Positions in program text: from a parser's byte offsets, in a line with its mark, and back through a source map.
import type { Place } from "./Transpile.ts"

/** The place of a UTF-8 byte offset. Offsets beyond the end, or inside a character, give the place just before. */
export const placeOfByte = (text: string, byteOffset: number): Place => {
  let bytes = 0
  let line = 1
  let lineStart = 0
  let at = 0
  while (at < text.length && bytes < byteOffset) {
    const code = text.codePointAt(at)!
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
    if (bytes > byteOffset) break
    at += code < 0x10000 ? 1 : 2
    if (code === 10) {
      line++
      lineStart = at
    }
  }
  return { line, column: at - lineStart + 1 }
}

/** Characters of a line that an excerpt shows. */
const shown = 120

/** The line of `place` with a mark under its column; a long line is cut around it. */
export const excerptAt = (text: string, place: Place): string => {
  const line = (text.split("\n")[place.line - 1] ?? "").replace(/\r$/, "")
  const from = Math.max(0, Math.min(place.column - 1 - shown / 2, line.length - shown))
  const piece = line.slice(from, from + shown)
  const number = `${place.line} | `
  const before = piece.slice(0, place.column - 1 - from).replace(/[^\t]/g, " ")
  return `${number}${piece}\n${" ".repeat(number.length - 2)}| ${before}^`
}

const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/** Adds the numbers of one base64 VLQ segment to `into`, field by field (source map format, ECMA-426). */
const addSegment = (segment: string, into: Array<number>): void => {
  let field = 0
  let value = 0
  let shift = 0
  for (const char of segment) {
    const digit = base64.indexOf(char)
    value += (digit & 31) << shift
    shift += 5
    if ((digit & 32) !== 0) continue
    into[field] = (into[field] ?? 0) + (value & 1 ? -(value >>> 1) : value >>> 1)
    field++
    value = 0
    shift = 0
  }
}

/** The original place of a generated one, by a source map's `mappings`; none when no mapping on that line precedes it. */
export const originalPlace = (mappings: string, generated: Place): Place | undefined => {
  // Running values: generated column, source, original line, original column.
  const state = [0, 0, 0, 0]
  let found: Place | undefined
  const lines = mappings.split(";", generated.line)
  for (const [index, line] of lines.entries()) {
    state[0] = 0
    for (const segment of line === "" ? [] : line.split(",")) {
      addSegment(segment, state)
      if (index + 1 !== generated.line) continue
      if (state[0]! + 1 > generated.column) return found
      found = { line: state[2]! + 1, column: state[3]! + 1 }
    }
  }
  return found
}
