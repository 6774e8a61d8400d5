// From the files of a folder to its state, and to where writing goes on. Reading changes nothing; `repair` does.
import type { Sequence } from "@executor-v2/schema"
import { State } from "@executor-v2/persistence-ports"
import * as path from "node:path"
import { Damaged, DataFolderError, NewerFormat } from "./DataFolderError.ts"
import type { Disk } from "./Disk.ts"
import { makeEventReader } from "./EventFormat.ts"
import { withFiles } from "./FileSource.ts"
import { firstManifest, manifestName, readManifest, type Manifest } from "./Manifest.ts"
import { readSegments, type SegmentScan, type Verdict } from "./Recovery.ts"
import { folderFormat, segmentName, segmentNumber } from "./Segment.ts"
import { readSnapshot, snapshotName, snapshotNumber } from "./SnapshotFile.ts"

/** What a folder holds. */
export interface Opened {
  readonly state: State
  /** Absent in a folder in which nothing has happened. */
  readonly manifest: Manifest | undefined
  /** The segment that was written last, with its valid prefix; absent when there is none. */
  readonly tail: SegmentScan | undefined
  /** What replaying costs: events and bytes that no snapshot holds. */
  readonly events: number
  readonly bytes: number
  readonly verdict: Verdict & { readonly _tag: "Clean" | "Torn" }
}

/** Numbers of the segments that a folder has, in order. */
export const listSegments = (disk: Disk, home: string): ReadonlyArray<number> =>
  disk
    .list(home)
    .map(segmentNumber)
    .filter((number) => number !== undefined)
    .sort((a, b) => a - b)

const damaged = (home: string, file: string, detail: string, evidence: string, offset = 0) =>
  new DataFolderError({ home, reason: new Damaged({ file, offset, detail, evidence }) })

const newer = (home: string, what: string, found: number) =>
  new DataFolderError({ home, reason: new NewerFormat({ what, found, supported: folderFormat }) })

/** The manifest, or `undefined` for a folder in which nothing has happened. Throws when it is damaged or newer. */
const openManifest = (disk: Disk, home: string): Manifest | undefined => {
  const reading = readManifest(disk, home)
  if (reading._tag === "Found") return reading.manifest
  if (reading._tag === "NewerFormat") throw newer(home, "its format", reading.format)
  const names = disk.list(home)
  if (reading._tag === "Damaged") {
    throw damaged(home, manifestName, "its checksum does not match its bytes", "only it knows which files are current")
  }
  const lost = names.some((name) => snapshotNumber(name) !== undefined || (segmentNumber(name) ?? 1) > 1)
  if (lost) throw damaged(home, manifestName, "no such file", "snapshots or segments are there")
  return undefined
}

export const openSnapshot = (disk: Disk, home: string, number: number): State => {
  if (number === 0) return new State()
  const reading = readSnapshot(disk, home, number)
  const file = snapshotName(number)
  switch (reading._tag) {
    case "Found":
      return State.fromSnapshot(reading.snapshot)
    case "NewerFormat":
      throw newer(home, file, reading.format)
    case "Absent":
      throw damaged(home, file, "no such file", `${manifestName} names it`)
    case "Damaged":
      throw damaged(home, file, reading.detail, `${manifestName} names it`, reading.offset)
  }
}

/** Replays segments onto a state. Throws when they are not whole, apart from a torn tail. */
export const replay = (
  disk: Disk,
  home: string,
  segments: ReadonlyArray<number>,
  state: State
): { readonly scans: ReadonlyArray<SegmentScan>; readonly verdict: Opened["verdict"] } => {
  const read = makeEventReader(home)
  const files = segments.map((segment) => path.join(home, segmentName(segment)))
  const { scans, verdict } = withFiles(disk, files, (sources) => {
    const entries = sources.map((source, index) => ({ source, segment: segments[index]! }))
    return readSegments(entries, state.seq, (line) => state.apply(read(line)))
  })
  if (verdict._tag === "NewerFormat") throw newer(home, "its format", verdict.format)
  if (verdict._tag === "Refused") {
    const { file, offset, detail } = verdict.damage
    throw damaged(home, file, detail, verdict.evidence, offset)
  }
  return { scans, verdict }
}

/** Reads a folder. Throws `DataFolderError` when acknowledged data is damaged, or written by a newer version. */
export const openFolder = (disk: Disk, home: string): Opened => {
  const manifest = openManifest(disk, home)
  const { snapshot, firstSegment } = manifest ?? firstManifest
  const state = openSnapshot(disk, home, snapshot)
  const begin: Sequence = state.seq
  const segments = listSegments(disk, home).filter((segment) => segment >= firstSegment)
  if (manifest !== undefined && segments[0] !== firstSegment) {
    throw damaged(home, segmentName(firstSegment), "no such file", `${manifestName} names it`)
  }
  const { scans, verdict } = replay(disk, home, segments, state)
  if (manifest === undefined && state.seq > 0) throw damaged(home, manifestName, "no such file", "events are there")
  let bytes = 0
  for (const scan of scans) bytes += scan.validBytes
  return { state, manifest, tail: scans.at(-1), events: state.seq - begin, bytes, verdict }
}
