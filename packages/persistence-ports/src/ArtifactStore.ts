// The port for content that is too large for events: compiled manifests and stored results, found by their hash.
import { ArtifactHash } from "@executor-v2/schema"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** Part of an artifact, in bytes. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

export class ArtifactStoreError extends Schema.TaggedError<ArtifactStoreError>()("ArtifactStoreError", {
  reason: Schema.Literals(["missing", "corrupt", "unavailable"]),
  hash: Schema.optionalKey(ArtifactHash),
  detail: Schema.String
}) {
  override get message() {
    return this.detail
  }
}

export class ArtifactStore extends Context.Service<
  ArtifactStore,
  {
    /** Durable when it succeeds. Putting the same content again changes nothing. */
    readonly put: (content: Uint8Array) => Effect.Effect<ArtifactHash, ArtifactStoreError>
    /** The whole content, checked against its hash, or a range of it (cut at the end, unchecked). */
    readonly get: (hash: ArtifactHash, range?: ByteRange) => Effect.Effect<Uint8Array, ArtifactStoreError>
    /** Size in bytes, if there. */
    readonly size: (hash: ArtifactHash) => Effect.Effect<Option.Option<number>>
  }
>()("@executor-v2/persistence-ports/ArtifactStore") {}
