// What a data folder holds, for `executor doctor`: read without the lock and without the daemon, whatever state it is
// in. It never writes. While a daemon runs, the newest segment may end in a batch that is just being written.
import * as fs from "node:fs"
import * as path from "node:path"
import { folderProblem } from "./DataFolder.ts"
import type { DataFolderError } from "./DataFolderError.ts"
import { nodeDisk, type Disk } from "./Disk.ts"
import { makeEventReader } from "./EventFormat.ts"
import { findFallback, type Fallback } from "./Fallback.ts"
import { withFiles } from "./FileSource.ts"
import { isFolderLocked, namedDaemon } from "./Lock.ts"
import { firstManifest, readManifest, type Manifest, type ManifestReading } from "./Manifest.ts"
import { listSegments } from "./Opening.ts"
import { readSegments, type Damage, type Verdict } from "./Recovery.ts"
import { segmentName } from "./Segment.ts"
import { readSnapshot, snapshotName, snapshotNumber } from "./SnapshotFile.ts"
import type { EventLine } from "./WalLine.ts"

export interface InspectedSnapshot {
  readonly file: string
  /** The manifest names it. */
  readonly current: boolean
  readonly bytes: number
  /** Last event in it and number of entities; absent when it is damaged or newer. */
  readonly seq?: number
  readonly entities?: number
  readonly problem?: string
}

export interface InspectedSegment {
  readonly file: string
  /** Its events come after the current snapshot; the others are the generation before, kept for safety. */
  readonly current: boolean
  readonly bytes: number
  /** Of its valid prefix; absent when it was not read: an earlier file is damaged, or it is of the old generation. */
  readonly validBytes?: number
  readonly events?: number
  readonly lastSequence?: number
}

/**
 * `absent`: nothing there yet. `sound`: opens as it is. `torn`: opens; a write that no one was told about is set aside
 * first. `refused`: does not open; `problem` says why.
 */
export type InspectedStatus = "absent" | "sound" | "torn" | "refused"

export interface Inspection {
  readonly home: string
  readonly status: InspectedStatus
  /** Why it does not open, for a person. */
  readonly problem?: string
  readonly firstDamage?: Damage
  /** The generation before, when the current snapshot is damaged and that one is whole. */
  readonly fallback?: Fallback
  readonly lock: { readonly held: boolean; readonly pid?: number; readonly port?: number }
  readonly manifest: ManifestReading["_tag"]
  readonly format?: number
  readonly secretsProvider?: string
  readonly snapshots: ReadonlyArray<InspectedSnapshot>
  readonly segments: ReadonlyArray<InspectedSegment>
  /** The last event that can be read. */
  readonly lastSequence: number
  /** Copies of torn tails. */
  readonly torn: ReadonlyArray<{ readonly file: string; readonly bytes: number }>
  /** Left behind by an interrupted replacement; harmless. */
  readonly temporary: ReadonlyArray<string>
  /** Free space for this user, where the platform tells. */
  readonly freeBytes?: number
}

const problemOf = (verdict: Verdict): string | undefined => {
  if (verdict._tag === "NewerFormat") return `it has format ${verdict.format}, which a newer version wrote`
  if (verdict._tag !== "Refused") return undefined
  const { file, offset, detail } = verdict.damage
  return `${file} is damaged at byte ${offset}: ${detail}; ${verdict.evidence}`
}

const inspectSnapshot = (disk: Disk, home: string, number: number, current: boolean): InspectedSnapshot => {
  const file = snapshotName(number)
  const bytes = disk.entry(path.join(home, file))?.size ?? 0
  const reading = readSnapshot(disk, home, number)
  if (reading._tag === "Found") {
    return { file, current, bytes, seq: reading.snapshot.seq, entities: reading.snapshot.rows.length }
  }
  const problem =
    reading._tag === "Damaged"
      ? `damaged at byte ${reading.offset}: ${reading.detail}`
      : reading._tag === "Absent"
        ? "no such file"
        : `format ${reading.format}, which a newer version wrote`
  return { file, current, bytes, problem }
}

const manifestProblem = (reading: ManifestReading, names: ReadonlyArray<string>): string | undefined => {
  if (reading._tag === "NewerFormat") return `it has format ${reading.format}, which a newer version wrote`
  if (reading._tag === "Damaged") return "MANIFEST.json is damaged: its checksum does not match its bytes"
  const lost = reading._tag === "Absent" && names.some((name) => snapshotNumber(name) !== undefined)
  return lost ? "MANIFEST.json is missing and snapshots are there" : undefined
}

const unreadable = (manifest: Manifest, snapshots: ReadonlyArray<InspectedSnapshot>): string => {
  const why = snapshots.find(({ current }) => current)?.problem ?? "no such file"
  return `${snapshotName(manifest.snapshot)}, which MANIFEST.json names, cannot be read: ${why}`
}

const inspectSegments = (disk: Disk, home: string, manifest: Manifest, previous: number | undefined) => {
  const numbers = listSegments(disk, home)
  const live = numbers.filter((segment) => segment >= manifest.firstSegment)
  const read = makeEventReader(home)
  let unknown: string | undefined
  const understand = (line: EventLine) => {
    if (unknown !== undefined) return
    try {
      read(line)
    } catch (error) {
      unknown = (error as DataFolderError).reason.message
    }
  }
  const files = live.map((segment) => path.join(home, segmentName(segment)))
  const { scans, verdict } =
    previous === undefined
      ? { scans: [], verdict: { _tag: "Clean" } as Verdict }
      : withFiles(disk, files, (sources) =>
          readSegments(
            sources.map((source, index) => ({ source, segment: live[index]! })),
            previous,
            understand
          )
        )
  const segments = numbers.map((segment): InspectedSegment => {
    const scan = scans.find((found) => found.segment === segment)
    const file = segmentName(segment)
    return {
      file,
      current: segment >= manifest.firstSegment,
      bytes: scan?.size ?? disk.entry(path.join(home, file))?.size ?? 0,
      ...(scan && { validBytes: scan.validBytes, events: scan.events, lastSequence: scan.last })
    }
  })
  return { segments, verdict, lastSequence: scans.at(-1)?.last ?? previous ?? 0, first: live[0], unknown }
}

const freeBytes = (home: string): { readonly freeBytes?: number } => {
  try {
    const { bavail, bsize } = fs.statfsSync(home)
    return { freeBytes: bavail * bsize }
  } catch {
    return {}
  }
}

const nothing = { snapshots: [], segments: [], torn: [], temporary: [], lastSequence: 0, manifest: "Absent" } as const

const inspectFiles = (disk: Disk, home: string): Inspection => {
  const names = disk.list(home)
  const reading = readManifest(disk, home)
  const manifest = reading._tag === "Found" ? reading.manifest : firstManifest
  const numbers = names
    .map(snapshotNumber)
    .filter((number) => number !== undefined)
    .sort((a, b) => a - b)
  const snapshots = numbers.map((number) => inspectSnapshot(disk, home, number, number === manifest.snapshot))
  const begin = manifest.snapshot === 0 ? 0 : snapshots.find(({ current }) => current)?.seq
  const { segments, verdict, lastSequence, first, unknown } = inspectSegments(disk, home, manifest, begin)
  const found = reading._tag === "Found"
  const problems = [
    manifestProblem(reading, names),
    begin === undefined ? unreadable(manifest, snapshots) : undefined,
    found && first !== manifest.firstSegment ? `${segmentName(manifest.firstSegment)} is missing` : undefined,
    problemOf(verdict),
    unknown,
    !found && lastSequence > 0 ? "MANIFEST.json is missing and events are there" : undefined
  ]
  const problem = problems.find((text) => text !== undefined)
  const damage = "damage" in verdict ? verdict.damage : undefined
  const fallback = found && begin === undefined ? findFallback(disk, home, manifest) : undefined
  const status = problem !== undefined ? "refused" : verdict._tag === "Torn" ? "torn" : "sound"
  return {
    home,
    status,
    ...(problem !== undefined && { problem }),
    ...(damage && { firstDamage: damage }),
    ...(fallback && { fallback }),
    lock: { held: isFolderLocked(disk, home), ...namedDaemon(disk, home) },
    manifest: reading._tag,
    ...(found && { format: manifest.format }),
    ...(reading._tag === "NewerFormat" && { format: reading.format }),
    ...(manifest.secrets && { secretsProvider: manifest.secrets.provider }),
    snapshots,
    segments,
    lastSequence,
    torn: names
      .filter((name) => name.includes(".torn-"))
      .map((file) => ({ file, bytes: disk.entry(path.join(home, file))?.size ?? 0 })),
    temporary: names.filter((name) => name.endsWith(".tmp")),
    ...freeBytes(home)
  }
}

/** Looks at a data folder. Never throws for what it finds there, and never writes. */
export const inspect = (home: string, disk: Disk = nodeDisk): Inspection => {
  const refused = (problem: string): Inspection => ({
    home,
    status: "refused",
    problem,
    lock: { held: false },
    ...nothing,
    ...freeBytes(home)
  })
  const look = (): Inspection => {
    const unsuitable = folderProblem(disk, home)
    if (unsuitable !== undefined) return refused(unsuitable.reason.message)
    if (disk.entry(home) === undefined) return { home, status: "absent", lock: { held: false }, ...nothing }
    return inspectFiles(disk, home)
  }
  try {
    try {
      return look()
    } catch (error) {
      // A daemon at work may have replaced a file in between: look again, once.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return look()
      throw error
    }
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error))
  }
}
