// A line of JSON that verifies itself: its first 16 bytes are `{"c":"xxxxxxxx",`, the crc32 of all bytes after them.
// The seed binds a line to its file, so that bytes of another file, or of an older use of the disk, never pass.
import { crc32 } from "node:zlib"

/** Length of the fixed first field. */
export const checkFieldBytes = 16

const newline = 0x0a
const opening = Buffer.from(`{"c":"`)
const hexDigits = Buffer.from("0123456789abcdef")

/** Eight lower-case hexadecimal digits of an unsigned 32-bit number. */
export const hex32 = (value: number): string => (value >>> 0).toString(16).padStart(8, "0")

const writeHex32 = (into: Buffer, offset: number, value: number) => {
  for (let digit = 0; digit < 8; digit++) into[offset + digit] = hexDigits[(value >>> (28 - 4 * digit)) & 15]!
}

/** -1 for anything but eight lower-case hexadecimal digits. */
const readHex32 = (bytes: Buffer, offset: number): number => {
  let value = 0
  for (let index = offset; index < offset + 8; index++) {
    const code = bytes[index]!
    const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 0x57 : -1
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

/**
 * Writes one line, newline included, at `offset` and returns the offset after it. `fields` is the inside of a JSON
 * object without its opening brace: `"a":1}`. The buffer must have room for 17 + 3 × `fields.length` bytes.
 */
export const writeChecked = (into: Buffer, offset: number, fields: string, seed: number): number => {
  const start = offset + checkFieldBytes
  const end = start + into.write(fields, start)
  into.set(opening, offset)
  writeHex32(into, offset + 6, crc32(into.subarray(start, end), seed))
  into[offset + 14] = 0x22
  into[offset + 15] = 0x2c
  into[end] = newline
  return end + 1
}

/** One line as bytes, newline included. */
export const encodeChecked = (fields: string, seed = 0): Buffer => {
  const buffer = Buffer.allocUnsafe(checkFieldBytes + 1 + fields.length * 3)
  return buffer.subarray(0, writeChecked(buffer, 0, fields, seed))
}

/** Whether a line (without its newline) is exactly what was written. */
export const isChecked = (line: Buffer, seed: number): boolean => {
  if (line.length <= checkFieldBytes || line[14] !== 0x22 || line[15] !== 0x2c) return false
  for (let index = 0; index < opening.length; index++) if (line[index] !== opening[index]) return false
  return readHex32(line, 6) === crc32(line.subarray(checkFieldBytes), seed)
}

/** The object of a line (without its newline), or `undefined` when it does not verify. */
export const decodeChecked = (line: Buffer, seed = 0): Record<string, unknown> | undefined => {
  if (!isChecked(line, seed)) return undefined
  try {
    return JSON.parse(line.toString("utf8")) as Record<string, unknown>
  } catch {
    return undefined
  }
}
