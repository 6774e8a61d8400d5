// The port through which a description is read from the host's disk. Hosts without one provide `NoFiles`.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

export class FilesError extends Schema.TaggedError<FilesError>()("FilesError", {
  reason: Schema.Literals(["not-found", "not-a-file", "too-large", "unreadable", "unavailable"]),
  /** In words for a person, with the path. */
  detail: Schema.String
}) {
  override get message() {
    return this.detail
  }
}

export class Files extends Context.Service<
  Files,
  {
    /** The text of a file of at most `maxBytes` bytes, at an absolute path. */
    readonly readText: (path: string, maxBytes: number) => Effect.Effect<string, FilesError>
  }
>()("@executor-v2/source-manager/Files") {}
