// How content lies in the deployment: small content inside its row, larger content in files of equal size, so that
// reading a part fetches only the files that it touches.
import type { ByteRange } from "@executor-v2/persistence-ports"

/** Content up to this is kept in the row itself (bytes): half of what a document may hold. */
export const inlineBytes = 512 * 1024

/** Size of every piece of larger content but the last (bytes). */
export const pieceBytes = 1024 * 1024

/** The pieces of larger content, in order. Views of it, not copies. */
export const piecesOf = (content: Uint8Array<ArrayBuffer>): ReadonlyArray<Uint8Array<ArrayBuffer>> =>
  Array.from({ length: Math.ceil(content.byteLength / pieceBytes) }, (_, at) =>
    content.subarray(at * pieceBytes, (at + 1) * pieceBytes)
  )

/** A range inside content, cut at its end. */
export interface Span {
  readonly offset: number
  readonly length: number
}

/** What of `size` bytes a range means: everything without one, nothing beyond the end. */
export const spanOf = (size: number, range: ByteRange | undefined): Span => {
  const offset = Math.min(size, Math.max(0, Math.floor(range?.offset ?? 0)))
  const length = Math.max(0, Math.floor(range?.length ?? size))
  return { offset, length: Math.min(length, size - offset) }
}

/** Numbers of the pieces that a span touches: from `first` up to, without, `end`. */
export const touchedBy = ({ length, offset }: Span): { readonly first: number; readonly end: number } => {
  const first = Math.floor(offset / pieceBytes)
  return { first, end: length === 0 ? first : Math.floor((offset + length - 1) / pieceBytes) + 1 }
}
