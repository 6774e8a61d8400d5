// Keeps replay short: a new snapshot from the old one and the sealed segments, never from live memory, so that every
// compaction exercises replay. A crash between any two steps leaves a complete old or new pair of snapshot and log.
import { State } from "@executor-v2/persistence-ports"
import * as path from "node:path"
import { Damaged, DataFolderError } from "./DataFolderError.ts"
import { replaceFile, type Disk } from "./Disk.ts"
import type { Manifest, ManifestWriter } from "./Manifest.ts"
import { listSegments, openSnapshot, replay } from "./Opening.ts"
import { segmentName, segmentNumber } from "./Segment.ts"
import { encodeSnapshot, snapshotName, snapshotNumber } from "./SnapshotFile.ts"

/** What to build a snapshot from, as plain data: it travels to a worker thread. */
export interface SnapshotPlan {
  readonly home: string
  /** Snapshot to begin with; 0 for none. */
  readonly snapshot: number
  readonly firstSegment: number
  /** The last sealed segment; the new snapshot takes its number. */
  readonly through: number
}

/** Writes snapshot `through` and makes it durable. Throws when anything it reads is not whole. */
export const buildSnapshot = async (disk: Disk, plan: SnapshotPlan): Promise<void> => {
  const { home, snapshot, firstSegment, through } = plan
  const state: State = openSnapshot(disk, home, snapshot)
  const segments = listSegments(disk, home).filter((segment) => segment >= firstSegment && segment <= through)
  const { verdict } = replay(disk, home, segments, state)
  if (verdict._tag === "Torn" || segments.length !== through - firstSegment + 1) {
    const damage =
      verdict._tag === "Torn" ? verdict.damage : { file: segmentName(through), offset: 0, detail: "missing" }
    throw new DataFolderError({ home, reason: new Damaged({ ...damage, evidence: "the segment is sealed" }) })
  }
  await replaceFile(disk, path.join(home, snapshotName(through)), encodeSnapshot(state.snapshot()))
}

/** Files that neither the current generation nor the one before it needs. */
export const obsoleteFiles = (
  names: ReadonlyArray<string>,
  current: Manifest,
  before: Manifest
): ReadonlyArray<string> =>
  names.filter((name) => {
    const segment = segmentNumber(name)
    const snapshot = snapshotNumber(name)
    if (segment !== undefined) return segment < before.firstSegment
    if (snapshot !== undefined) return snapshot !== current.snapshot && snapshot !== before.snapshot
    return /^snapshot-\d+\.json\.tmp$/.test(name)
  })

/** Makes the new snapshot the one to start from, then deletes what the generation before it no longer needs. */
export const adoptSnapshot = async (
  disk: Disk,
  home: string,
  manifest: ManifestWriter,
  through: number
): Promise<void> => {
  const before = manifest.current()
  const current = await manifest.update((found) => ({ ...found, snapshot: through, firstSegment: through + 1 }))
  for (const name of obsoleteFiles(disk.list(home), current, before)) await disk.unlinkLater(path.join(home, name))
}
