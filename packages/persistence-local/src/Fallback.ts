// When the snapshot that the manifest names is damaged, the generation before it is still there: an older snapshot, and
// every segment since. This finds out whether it can be read. Going back is a person's decision, never taken here.
import { State } from "@executor-v2/persistence-ports"
import type { Disk } from "./Disk.ts"
import { encodeManifest, type Manifest } from "./Manifest.ts"
import { listSegments, replay } from "./Opening.ts"
import { readSnapshot, snapshotNumber } from "./SnapshotFile.ts"

/** A generation that opens. */
export interface Fallback {
  /** The one line that MANIFEST.json holds to begin with this generation; it verifies itself, so it is copied as it is. */
  readonly manifest: string
  /** The last event that it holds. */
  readonly lastSequence: number
}

const stateOf = (disk: Disk, home: string, snapshot: number): State | undefined => {
  if (snapshot === 0) return new State()
  const reading = readSnapshot(disk, home, snapshot)
  return reading._tag === "Found" ? State.fromSnapshot(reading.snapshot) : undefined
}

/** Whether a generation is whole, from its snapshot through the newest segment. */
const tryGeneration = (disk: Disk, home: string, current: Manifest, snapshot: number): Fallback | undefined => {
  const firstSegment = snapshot + 1
  const segments = listSegments(disk, home).filter((segment) => segment >= firstSegment)
  // Without the segment that the damaged snapshot ends with, events would be missing.
  if (segments[0] !== firstSegment || segments.at(-1)! < current.snapshot) return undefined
  try {
    const state = stateOf(disk, home, snapshot)
    if (state === undefined) return undefined
    replay(disk, home, segments, state)
    return {
      manifest: encodeManifest({ ...current, snapshot, firstSegment })
        .toString()
        .trimEnd(),
      lastSequence: state.seq
    }
  } catch {
    // Damaged, or written by a newer version.
    return undefined
  }
}

/** The newest generation before the current one that can be read as a whole. Reads only. */
export const findFallback = (disk: Disk, home: string, current: Manifest): Fallback | undefined => {
  const older = disk
    .list(home)
    .map(snapshotNumber)
    .filter((number) => number !== undefined)
    .filter((number) => number < current.snapshot)
  for (const snapshot of [...older.toSorted((a, b) => b - a), 0]) {
    const found = tryGeneration(disk, home, current, snapshot)
    if (found !== undefined) return found
  }
  return undefined
}
