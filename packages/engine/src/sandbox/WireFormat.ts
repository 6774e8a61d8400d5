// Frames on the pipe between the host and a sandbox process: u32 length, u8 kind, then numbers and length-prefixed UTF-8.
// Raw frames rather than Node's ipc channel: a small round trip takes 55 µs (ipc: 85 with json, 130 with advanced), one of
// 1 MB 8 ms (json: 14), the length is known before anything is decoded, and a hostile child can send neither handles nor
// more than the host accepts.
import type { Fault, Turn } from "./GuestProtocol.ts"

/** Host → child. */
export type ToChild =
  | {
      readonly _tag: "Start"
      readonly run: number
      readonly memoryMb: number
      readonly turnMs: number
      readonly cpuMs: number
      readonly maxTurnChars: number
      readonly javascript: string
      readonly start: string
    }
  | { readonly _tag: "Operations"; readonly run: number; readonly texts: ReadonlyArray<string> }
  | { readonly _tag: "Dispose"; readonly run: number }
  | { readonly _tag: "Transpile"; readonly run: number; readonly code: string }
  | {
      readonly _tag: "Locate"
      readonly run: number
      readonly line: number
      readonly column: number
      readonly code: string
    }

/** Child → host. */
export type FromChild =
  | { readonly _tag: "Ready" }
  | { readonly _tag: "Unavailable"; readonly detail: string }
  | (Turn & { readonly _tag: "Turn"; readonly run: number })
  | { readonly _tag: "Idle"; readonly run: number; readonly rssMb: number }
  | { readonly _tag: "Transpiled"; readonly run: number; readonly javascript: string }
  /** The code cannot be transpiled; an empty reason means that the transpiler itself is missing. */
  | {
      readonly _tag: "Refused"
      readonly run: number
      readonly line: number
      readonly column: number
      readonly reason: string
      readonly excerpt: string
    }
  /** Line 0 stands for a place that is not known. */
  | { readonly _tag: "Located"; readonly run: number; readonly line: number; readonly column: number }

const faults: ReadonlyArray<Fault> = ["none", "timeout", "memory", "syntax", "too-much", "crash"]

/** Collects numbers and texts into one frame. */
const frameOf = (kind: number, numbers: ReadonlyArray<number>, texts: ReadonlyArray<string>): Buffer => {
  let size = 5 + 4 * numbers.length
  // Three bytes are the most that one UTF-16 unit takes; exact counting is only worth it where memory is.
  for (const text of texts) size += 4 + (text.length < 4_096 ? 3 * text.length : Buffer.byteLength(text))
  const buffer = Buffer.allocUnsafe(size)
  let at = 4
  buffer[at++] = kind
  for (const value of numbers) at = buffer.writeUInt32LE(value >>> 0, at)
  for (const text of texts) {
    const written = buffer.write(text, at + 4, "utf8")
    buffer.writeUInt32LE(written, at)
    at += 4 + written
  }
  buffer.writeUInt32LE(at - 4, 0)
  return buffer.subarray(0, at)
}

export const encodeToChild = (message: ToChild): Buffer => {
  switch (message._tag) {
    case "Start": {
      const { run, memoryMb, turnMs, cpuMs, maxTurnChars, javascript, start } = message
      return frameOf(1, [run, memoryMb, turnMs, cpuMs, maxTurnChars], [javascript, start])
    }
    case "Operations":
      return frameOf(2, [message.run, message.texts.length], message.texts)
    case "Dispose":
      return frameOf(3, [message.run], [])
    case "Transpile":
      return frameOf(4, [message.run], [message.code])
    case "Locate":
      return frameOf(5, [message.run, message.line, message.column], [message.code])
  }
}

export const encodeFromChild = (message: FromChild): Buffer => {
  switch (message._tag) {
    case "Ready":
      return frameOf(1, [], [])
    case "Unavailable":
      return frameOf(2, [], [message.detail])
    case "Turn": {
      const { run, done, cpuUs, fault, detail, text } = message
      return frameOf(3, [run, done, cpuUs, faults.indexOf(fault)], [detail, text])
    }
    case "Idle":
      return frameOf(4, [message.run, message.rssMb], [])
    case "Transpiled":
      return frameOf(5, [message.run], [message.javascript])
    case "Refused":
      return frameOf(6, [message.run, message.line, message.column], [message.reason, message.excerpt])
    case "Located":
      return frameOf(7, [message.run, message.line, message.column], [])
  }
}

/** A frame is malformed or too long: the other side cannot be trusted. */
export class WireViolation extends Error {}

class Cursor {
  readonly buffer: Buffer
  at = 0
  constructor(buffer: Buffer) {
    this.buffer = buffer
  }
  number(): number {
    if (this.at + 4 > this.buffer.length) throw new WireViolation("a frame is shorter than its fields")
    const value = this.buffer.readUInt32LE(this.at)
    this.at += 4
    return value
  }
  text(): string {
    const bytes = this.number()
    if (this.at + bytes > this.buffer.length) throw new WireViolation("a text is longer than its frame")
    return this.buffer.toString("utf8", this.at, (this.at += bytes))
  }
}

export const decodeToChild = (frame: Buffer): ToChild => {
  const cursor = new Cursor(frame.subarray(1))
  const run = cursor.number()
  if (frame[0] === 1) {
    const [memoryMb, turnMs, cpuMs, maxTurnChars] = [cursor.number(), cursor.number(), cursor.number(), cursor.number()]
    return {
      _tag: "Start",
      run,
      memoryMb,
      turnMs,
      cpuMs,
      maxTurnChars,
      javascript: cursor.text(),
      start: cursor.text()
    }
  }
  if (frame[0] === 2) {
    return { _tag: "Operations", run, texts: Array.from({ length: cursor.number() }, () => cursor.text()) }
  }
  if (frame[0] === 3) return { _tag: "Dispose", run }
  if (frame[0] === 4) return { _tag: "Transpile", run, code: cursor.text() }
  if (frame[0] === 5)
    return { _tag: "Locate", run, line: cursor.number(), column: cursor.number(), code: cursor.text() }
  throw new WireViolation("a frame is of no known kind")
}

export const decodeFromChild = (frame: Buffer): FromChild => {
  const cursor = new Cursor(frame.subarray(1))
  if (frame[0] === 1) return { _tag: "Ready" }
  if (frame[0] === 2) return { _tag: "Unavailable", detail: cursor.text() }
  if (frame[0] === 3) {
    const [run, done, cpuUs, fault] = [cursor.number(), cursor.number(), cursor.number(), faults[cursor.number()]]
    if (fault === undefined) throw new WireViolation("a turn ended in no known way")
    return { _tag: "Turn", run, done, cpuUs, fault, detail: cursor.text(), text: cursor.text() }
  }
  const run = cursor.number()
  if (frame[0] === 4) return { _tag: "Idle", run, rssMb: cursor.number() }
  if (frame[0] === 5) return { _tag: "Transpiled", run, javascript: cursor.text() }
  if (frame[0] === 6) {
    const [line, column] = [cursor.number(), cursor.number()]
    return { _tag: "Refused", run, line, column, reason: cursor.text(), excerpt: cursor.text() }
  }
  if (frame[0] === 7) return { _tag: "Located", run, line: cursor.number(), column: cursor.number() }
  throw new WireViolation("a frame is of no known kind")
}

/** Cuts a byte stream into frames (without their length). A frame longer than `maxFrame()` bytes is a `WireViolation`. */
export const frameReader = (maxFrame: () => number, onFrame: (frame: Buffer) => void) => {
  let parts: Array<Buffer> = []
  let have = 0
  let need = 4
  let header = true
  return (chunk: Buffer): void => {
    parts.push(chunk)
    have += chunk.length
    // Chunks of a long frame are joined once, when all of it is there.
    while (have >= need) {
      const joined = parts.length === 1 ? parts[0]! : Buffer.concat(parts, have)
      const piece = joined.subarray(0, need)
      parts = joined.length > need ? [joined.subarray(need)] : []
      have -= need
      if (header) {
        need = piece.readUInt32LE(0)
        if (need > maxFrame()) throw new WireViolation("a frame is too long")
        header = false
      } else {
        need = 4
        header = true
        onFrame(piece)
      }
    }
  }
}
