// Reads descriptions from disk (Node only).
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { constants } from "node:fs"
import { open, type FileHandle } from "node:fs/promises"
import { isAbsolute } from "node:path"
import { Files, FilesError } from "./Files.ts"

const errorFor = (path: string, cause: unknown): FilesError => {
  if (cause instanceof FilesError) return cause
  const code = (cause as { readonly code?: unknown }).code
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new FilesError({ reason: "not-found", detail: `there is no file ${path}. Check the path.` })
  }
  if (code === "EISDIR") return new FilesError({ reason: "not-a-file", detail: `${path} is a folder, not a file.` })
  const why =
    code === "EACCES" || code === "EPERM"
      ? "permission was denied"
      : `it failed with ${typeof code === "string" ? code : "an error"}`
  return new FilesError({ reason: "unreadable", detail: `${path} could not be read: ${why}.` })
}

const readText = async (path: string, maxBytes: number): Promise<string> => {
  if (!isAbsolute(path)) throw new FilesError({ reason: "not-found", detail: `${path} is not an absolute path.` })
  // Opening a pipe or a device could block for ever: what is opened is checked on the handle itself, without blocking.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const { size } = await regular(path, file)
    if (size > maxBytes) throw tooLarge(path, maxBytes)
    const bytes = Buffer.alloc(Math.min(size + 1, maxBytes + 1))
    let length = 0
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    if (length > maxBytes) throw tooLarge(path, maxBytes)
    return new TextDecoder().decode(bytes.subarray(0, length))
  } finally {
    await file.close()
  }
}

const regular = async (path: string, file: FileHandle): Promise<{ readonly size: number }> => {
  const stat = await file.stat()
  if (stat.isFile()) return stat
  throw new FilesError({
    reason: "not-a-file",
    detail: `${path} is ${stat.isDirectory() ? "a folder" : "no regular file"}.`
  })
}

const tooLarge = (path: string, maxBytes: number): FilesError =>
  new FilesError({ reason: "too-large", detail: `${path} is larger than ${Math.floor(maxBytes / 1_048_576)} MiB.` })

export const layer: Layer.Layer<Files> = Layer.succeed(
  Files,
  Files.of({
    readText: Effect.fn("NodeFiles.readText")((path: string, maxBytes: number) =>
      Effect.tryPromise({ try: () => readText(path, maxBytes), catch: (cause) => errorFor(path, cause) })
    )
  })
)
