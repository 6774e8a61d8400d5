// snapshot-000123.json: the folded state after segment 123, in two lines. The first one verifies itself and says how
// long the second is and what its checksum must be.
import type { Snapshot } from "@executor-v2/schema"
import { Option } from "effect"
import * as path from "node:path"
import { crc32 } from "node:zlib"
import { decodeChecked, encodeChecked, hex32 } from "./CheckedLine.ts"
import { StateTooLarge } from "./DataFolderError.ts"
import { readWhole, type Disk } from "./Disk.ts"
import { folderFormat } from "./Segment.ts"

/** Version of the entities' shapes in the second line. */
export const snapshotSchema = 1

/** Longest snapshot that is written, and so that is read, in bytes (a string of JavaScript holds little more). */
const maxBytes = 500 * 1024 * 1024

interface Header {
  readonly format: number
  readonly schema: number
  readonly seq: number
  readonly bytes: number
  readonly crc: string
}

const pattern = /^snapshot-(\d{6,})\.json$/

export const snapshotName = (segment: number): string => `snapshot-${String(segment).padStart(6, "0")}.json`

/** Number of a snapshot's file, or `undefined` for any other file. */
export const snapshotNumber = (name: string): number | undefined => {
  const digits = pattern.exec(name)?.[1]
  const number = digits === undefined ? undefined : Number(digits)
  return number !== undefined && snapshotName(number) === name ? number : undefined
}

/** The text of the state, or nothing when it is longer than a string can be. */
const textOf = (snapshot: Snapshot): string | undefined => {
  try {
    return JSON.stringify(snapshot.rows)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Throws `StateTooLarge` instead of making a file that would not be read. */
export const encodeSnapshot = (snapshot: Snapshot, limit = maxBytes): Buffer => {
  const text = textOf(snapshot)
  if (text === undefined) throw new StateTooLarge({ bytes: Option.none(), limit })
  const state = Buffer.from(text)
  const crc = hex32(crc32(state))
  const header = encodeChecked(
    `"format":${folderFormat},"schema":${snapshotSchema},"seq":${snapshot.seq},"bytes":${state.length},"crc":"${crc}"}`
  )
  const bytes = header.length + state.length + 1
  if (bytes > limit) throw new StateTooLarge({ bytes: Option.some(bytes), limit })
  return Buffer.concat([header, state, Buffer.from("\n")])
}

export type SnapshotReading =
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Damaged"; readonly offset: number; readonly detail: string }
  | { readonly _tag: "NewerFormat"; readonly format: number }
  | { readonly _tag: "Found"; readonly schema: number; readonly snapshot: Snapshot; readonly bytes: number }

const damaged = (offset: number, detail: string): SnapshotReading => ({ _tag: "Damaged", offset, detail })

export const decodeSnapshot = (bytes: Buffer): SnapshotReading => {
  const newline = bytes.indexOf(0x0a)
  const header = newline < 0 ? undefined : (decodeChecked(bytes.subarray(0, newline)) as Header | undefined)
  if (header === undefined) return damaged(0, "a header whose checksum does not match its bytes")
  if (header.format > folderFormat) return { _tag: "NewerFormat", format: header.format }
  if (header.schema > snapshotSchema) return { _tag: "NewerFormat", format: header.schema }
  const start = newline + 1
  const state = bytes.subarray(start, start + header.bytes)
  if (bytes.length !== start + header.bytes + 1 || bytes.at(-1) !== 0x0a) {
    return damaged(start, `${bytes.length - start} bytes of state where ${header.bytes + 1} were written`)
  }
  if (hex32(crc32(state)) !== header.crc) return damaged(start, "a state whose checksum does not match its bytes")
  const snapshot = { seq: header.seq, rows: JSON.parse(state.toString("utf8")) } as Snapshot
  return { _tag: "Found", schema: header.schema, snapshot, bytes: bytes.length }
}

export const readSnapshot = (disk: Disk, home: string, segment: number, limit = maxBytes): SnapshotReading => {
  const bytes = readWhole(disk, path.join(home, snapshotName(segment)), limit)
  return bytes === undefined ? { _tag: "Absent" } : decodeSnapshot(bytes)
}
