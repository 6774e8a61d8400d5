// MANIFEST.json: which snapshot and segments make up the state, and which vault holds the secrets. One checked line,
// replaced as a whole.
import * as path from "node:path"
import { decodeChecked, encodeChecked } from "./CheckedLine.ts"
import { readWhole, replaceFile, type Disk } from "./Disk.ts"
import { folderFormat } from "./Segment.ts"

export const manifestName = "MANIFEST.json"
const maxBytes = 64 * 1024

export interface Manifest {
  readonly format: number
  /** Number of the snapshot that the state begins with; 0 for none. */
  readonly snapshot: number
  /** First segment whose events are not in the snapshot. */
  readonly firstSegment: number
  /** Chosen once, never changed silently. */
  readonly secrets?: { readonly provider: string }
}

/** The manifest of a folder in which nothing has happened. */
export const firstManifest: Manifest = { format: folderFormat, snapshot: 0, firstSegment: 1 }

export type ManifestReading =
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Damaged" }
  | { readonly _tag: "NewerFormat"; readonly format: number }
  | { readonly _tag: "Found"; readonly manifest: Manifest }

export const encodeManifest = ({ format, snapshot, firstSegment, secrets }: Manifest): Buffer =>
  encodeChecked(JSON.stringify({ format, snapshot, firstSegment, ...(secrets && { secrets }) }).slice(1))

const isProvider = (secrets: unknown): boolean =>
  secrets === undefined ||
  (typeof secrets === "object" && typeof (secrets as { provider?: unknown } | null)?.provider === "string")

/** Reads a manifest's bytes. A newer format may lay out the rest as it likes, but keeps the line and `format`. */
export const decodeManifest = (bytes: Buffer): ManifestReading => {
  const line = bytes.at(-1) === 0x0a ? decodeChecked(bytes.subarray(0, -1)) : undefined
  if (line === undefined || !Number.isSafeInteger(line["format"])) return { _tag: "Damaged" }
  const manifest = line as unknown as Manifest
  if (manifest.format > folderFormat) return { _tag: "NewerFormat", format: manifest.format }
  const sound =
    Number.isSafeInteger(manifest.snapshot) &&
    Number.isSafeInteger(manifest.firstSegment) &&
    manifest.firstSegment > manifest.snapshot &&
    isProvider(manifest.secrets)
  return sound ? { _tag: "Found", manifest } : { _tag: "Damaged" }
}

export const readManifest = (disk: Disk, home: string): ManifestReading => {
  const bytes = readWhole(disk, path.join(home, manifestName), maxBytes)
  return bytes === undefined ? { _tag: "Absent" } : decodeManifest(bytes)
}

/** The manifest in use, with its changes one after the other. */
export interface ManifestWriter {
  readonly current: () => Manifest
  /** Writes the changed manifest and makes it current. */
  readonly update: (change: (manifest: Manifest) => Manifest) => Promise<Manifest>
}

export const makeManifestWriter = (disk: Disk, home: string, initial: Manifest): ManifestWriter => {
  let current = initial
  let writing: Promise<unknown> = Promise.resolve()
  const write = async (change: (manifest: Manifest) => Manifest): Promise<Manifest> => {
    const next = change(current)
    await replaceFile(disk, path.join(home, manifestName), encodeManifest(next))
    return (current = next)
  }
  return {
    current: () => current,
    update: (change) => {
      const written = writing.then(() => write(change))
      writing = written.catch(() => undefined)
      return written
    }
  }
}
