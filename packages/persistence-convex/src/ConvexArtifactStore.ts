// Content by its hash on tables and files. The row is written last, by one mutation: who finds one finds all of it.
import { Storage, type CallFailed, type StorageFailed } from "@executor-v2/confect"
import { ArtifactStore, ArtifactStoreError, type ByteRange } from "@executor-v2/persistence-ports"
import type { ArtifactHash, WorkspaceId } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Calls from "./Calls.ts"
import type { StorageId } from "./convex-ids.ts"
import { ConvexCaller } from "./ConvexCaller.ts"
import { inlineBytes, pieceBytes, piecesOf, spanOf, touchedBy } from "./Pieces.ts"

/** Files read or written at once. */
const concurrency = 4

const hashOf = (content: Uint8Array<ArrayBuffer>): Effect.Effect<ArtifactHash> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", content)),
    (digest) => [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("") as ArtifactHash
  )

const isHash = (hash: string): boolean => /^[0-9a-f]{64}$/.test(hash)

const missing = (hash: ArtifactHash) =>
  isHash(hash)
    ? new ArtifactStoreError({ reason: "missing", hash, detail: `no artifact ${hash}` })
    : new ArtifactStoreError({ reason: "missing", detail: "that is no id of an artifact: 64 hexadecimal digits are" })

const damagedError = (hash: ArtifactHash) =>
  new ArtifactStoreError({
    reason: "corrupt",
    hash,
    detail: `artifact ${hash} is damaged: refresh its source or run the code again`
  })

const unavailable = (hash: ArtifactHash) => (error: CallFailed | StorageFailed) =>
  new ArtifactStoreError({
    reason: "unavailable",
    hash,
    detail: `the deployment's store failed (${error.message}): try again`
  })

type Part = NonNullable<typeof Calls.artifactPart.returns.Type>

const make = Effect.fnUntraced(function* (workspace: WorkspaceId) {
  const { ask } = yield* ConvexCaller
  const storage = yield* Storage

  const partOf = (hash: ArtifactHash, range: ByteRange | undefined) =>
    isHash(hash)
      ? Effect.map(
          ask(Calls.artifactPart, {
            workspace,
            hash,
            ...(range === undefined ? {} : { range: spanOf(Infinity, range) })
          }),
          Option.fromNullOr
        )
      : Effect.succeedNone

  const readPiece = (hash: ArtifactHash) => (id: StorageId) =>
    storage.get(id).pipe(
      Effect.mapError(unavailable(hash)),
      Effect.flatMap(Option.match({ onNone: () => Effect.fail(damagedError(hash)), onSome: Effect.succeed })),
      Effect.flatMap((blob) => Effect.promise(() => blob.arrayBuffer()))
    )

  /** The content of a part, unchecked. */
  const contentOf = Effect.fnUntraced(function* (hash: ArtifactHash, part: Part, range: ByteRange | undefined) {
    if (part.kind === "inline") return new Uint8Array(part.bytes)
    const span = spanOf(part.size, range)
    if (span.length === 0) return new Uint8Array()
    const skipped = touchedBy(span).first * pieceBytes
    const pieces = yield* Effect.forEach(part.pieces, readPiece(hash), { concurrency })
    const content = new Uint8Array(span.length)
    let at = skipped
    for (const piece of pieces) {
      const from = Math.max(0, span.offset - at)
      const to = Math.min(piece.byteLength, span.offset + span.length - at)
      content.set(new Uint8Array(piece, from, Math.max(0, to - from)), at + from - span.offset)
      at += piece.byteLength
    }
    // A piece that is shorter than it was leaves a hole.
    return at < span.offset + span.length ? yield* damagedError(hash) : content
  })

  const get = Effect.fnUntraced(function* (hash: ArtifactHash, range?: ByteRange) {
    const part = yield* Effect.mapError(partOf(hash, range), unavailable(hash))
    if (Option.isNone(part)) return yield* missing(hash)
    const content = yield* contentOf(hash, part.value, range)
    if (range === undefined && (yield* hashOf(content)) !== hash) return yield* damagedError(hash)
    return content
  })

  /** Stores the pieces; what was stored goes again when not all of it could be. */
  const storePieces = Effect.fnUntraced(function* (
    hash: ArtifactHash,
    content: Uint8Array<ArrayBuffer>,
    damaged: ReadonlyArray<StorageId> | undefined
  ) {
    const stored: Array<StorageId> = []
    // Not to be cut off between storing a piece and noting it: what is not noted is never dropped.
    const store = Effect.fnUntraced(function* (piece: Uint8Array<ArrayBuffer>, at: number) {
      stored[at] = yield* storage.store(new Blob([piece]))
    }, Effect.uninterruptible)
    const join = Effect.suspend(() =>
      ask(Calls.artifactJoin, {
        workspace,
        hash,
        size: content.byteLength,
        pieces: stored,
        ...(damaged === undefined ? {} : { damaged })
      })
    )
    const drop = Effect.suspend(() =>
      Effect.ignore(ask(Calls.artifactDrop, { workspace, hash, pieces: stored.filter(Boolean) }))
    )
    yield* Effect.forEach(piecesOf(content), store, { concurrency, discard: true }).pipe(
      Effect.andThen(join),
      Effect.onError(() => drop)
    )
  })

  /** Which files of an artifact that is there already are not what they should be; none when all is well. */
  const damageOf = Effect.fnUntraced(function* (hash: ArtifactHash, part: Part) {
    if (part.kind === "inline") return undefined
    const content = yield* Effect.option(contentOf(hash, part, undefined))
    const whole = Option.isSome(content) && (yield* hashOf(content.value)) === hash
    return whole ? undefined : part.pieces
  })

  const put = Effect.fnUntraced(function* (given: Uint8Array) {
    const content = given as Uint8Array<ArrayBuffer>
    const hash = yield* hashOf(content)
    const failed = Effect.mapError(unavailable(hash))
    if (content.byteLength <= inlineBytes) {
      yield* failed(ask(Calls.artifactKeep, { workspace, hash, bytes: content.slice().buffer }))
      return hash
    }
    const part = yield* failed(partOf(hash, undefined))
    const damaged = Option.isSome(part) ? yield* damageOf(hash, part.value) : undefined
    if (Option.isNone(part) || damaged !== undefined) yield* failed(storePieces(hash, content, damaged))
    return hash
  })

  const size = (hash: ArtifactHash) =>
    Effect.orDie(
      Effect.map(
        partOf(hash, { offset: 0, length: 0 }),
        Option.map((part) => part.size)
      )
    )

  return ArtifactStore.of({ put, get, size })
})

/** The artifacts of one workspace: nobody reads another's, not even by a hash that he knows. */
export const layer = (workspace: WorkspaceId): Layer.Layer<ArtifactStore, never, ConvexCaller | Storage> =>
  Layer.effect(ArtifactStore, make(workspace))
