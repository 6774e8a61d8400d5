// Content on files, named by its hash: artifacts/sha256/ab/ab…. A file appears under its name only when it is whole
// and on disk, so whoever finds one may trust it up to rot, which the hash tells.
import { ArtifactStore, ArtifactStoreError, type ByteRange } from "@executor-v2/persistence-ports"
import type { ArtifactHash } from "@executor-v2/schema"
import { Effect, Option } from "effect"
import { createHash, randomBytes, webcrypto } from "node:crypto"
import * as path from "node:path"
import type { Disk } from "./Disk.ts"

export const artifactsFolder = "artifacts"

/** Content above this is hashed off the event loop (bytes). */
const hashInlineBytes = 64 * 1024
const hashPattern = /^[0-9a-f]{64}$/

const hashOf = async (content: Uint8Array): Promise<ArtifactHash> => {
  const hex =
    content.byteLength <= hashInlineBytes
      ? createHash("sha256").update(content).digest("hex")
      : Buffer.from(await webcrypto.subtle.digest("SHA-256", content as Uint8Array<ArrayBuffer>)).toString("hex")
  return hex as ArtifactHash
}

const nextStep: ReadonlyMap<unknown, string> = new Map([
  ["ENOSPC", "the disk is full: free some space and try again"],
  ["EDQUOT", "the disk quota is used up: free some space and try again"],
  ["EACCES", "the data folder cannot be written to"],
  ["EROFS", "the data folder is read-only"]
])

const unavailable = (cause: unknown, hash?: ArtifactHash) => {
  const { code, message } = cause as NodeJS.ErrnoException
  const detail = `the artifact store failed (${message}); ${nextStep.get(code) ?? "run `executor doctor`"}`
  return new ArtifactStoreError({ reason: "unavailable", detail, ...(hash && { hash }) })
}

const missing = (hash: ArtifactHash) =>
  hashPattern.test(hash)
    ? new ArtifactStoreError({ reason: "missing", hash, detail: `no artifact ${hash}` })
    : new ArtifactStoreError({ reason: "missing", detail: "that is no id of an artifact: 64 hexadecimal digits are" })

/** An artifact store in the data folder `home`. */
export const makeLocalArtifactStore = (disk: Disk, home: string): ArtifactStore["Service"] => {
  const root = path.join(home, artifactsFolder, "sha256")
  /** Folders whose own name is on disk, and content that this process saw stored. */
  const durableFolders = new Set<string>()
  const durable = new Set<ArtifactHash>()
  const storing = new Map<ArtifactHash, Promise<void>>()

  const folderOf = (hash: ArtifactHash) => path.join(root, hash.slice(0, 2))
  const fileOf = (hash: ArtifactHash) => path.join(folderOf(hash), hash)

  const ensureFolder = async (folder: string): Promise<void> => {
    if (durableFolders.has(folder)) return
    await disk.makeFolderLater(folder)
    for (let parent = folder; parent !== home && !durableFolders.has(parent); parent = path.dirname(parent)) {
      await disk.syncFolderLater(path.dirname(parent))
    }
    for (let parent = folder; parent !== home; parent = path.dirname(parent)) durableFolders.add(parent)
  }

  /** What an earlier process stored is not taken on trust: it may have rotted, and this is the moment to heal it. */
  const isWhole = async (file: string, hash: ArtifactHash, size: number): Promise<boolean> => {
    if ((await disk.sizeLater(file)) !== size) return false
    const found = await disk.readLater(file, 0, size)
    return found !== undefined && (await hashOf(found)) === hash
  }

  const store = async (hash: ArtifactHash, content: Uint8Array): Promise<void> => {
    const file = fileOf(hash)
    const folder = folderOf(hash)
    await ensureFolder(folder)
    if (!(await isWhole(file, hash, content.byteLength))) {
      const temporary = path.join(folder, `${hash}.${randomBytes(6).toString("hex")}.tmp`)
      try {
        await disk.storeLater(temporary, content)
        await disk.renameLater(temporary, file)
      } catch (error) {
        await disk.unlinkLater(temporary).catch(() => undefined)
        throw error
      }
    }
    await disk.syncFolderLater(folder)
    durable.add(hash)
  }

  const put = async (content: Uint8Array): Promise<ArtifactHash> => {
    const hash = await hashOf(content)
    if (durable.has(hash)) return hash
    let task = storing.get(hash)
    if (task === undefined) {
      task = store(hash, content).finally(() => storing.delete(hash))
      storing.set(hash, task)
    }
    await task
    return hash
  }

  const read = async (hash: ArtifactHash, range: ByteRange | undefined): Promise<Uint8Array> => {
    if (!hashPattern.test(hash)) throw missing(hash)
    const offset = Math.max(0, Math.floor(range?.offset ?? 0))
    const length = Math.max(0, Math.floor(range?.length ?? Number.MAX_SAFE_INTEGER))
    const content = await disk.readLater(fileOf(hash), offset, length)
    if (content === undefined) throw missing(hash)
    if (range === undefined && (await hashOf(content)) !== hash) {
      durable.delete(hash)
      const detail = `artifact ${hash} is damaged: refresh its source or run the code again`
      throw new ArtifactStoreError({ reason: "corrupt", hash, detail })
    }
    return content
  }

  return ArtifactStore.of({
    put: (content) => Effect.tryPromise({ try: () => put(content), catch: (cause) => unavailable(cause) }),
    get: (hash, range) =>
      Effect.tryPromise({
        try: () => read(hash, range),
        catch: (cause) => (cause instanceof ArtifactStoreError ? cause : unavailable(cause, hash))
      }),
    size: (hash) =>
      hashPattern.test(hash)
        ? Effect.map(
            Effect.promise(() => disk.sizeLater(fileOf(hash)).catch(() => undefined)),
            Option.fromUndefinedOr
          )
        : Effect.succeedNone
  })
}
