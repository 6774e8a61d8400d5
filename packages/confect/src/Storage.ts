// File storage: what is too large for a document.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { StorageWriter } from "convex/server"
import type { GenericId } from "convex/values"

/** The id of a stored file; `Id("_storage")` in a Schema. */
export type FileId = GenericId<"_storage">

/** File storage did not do what was asked. Inside a mutation let it end the function, so that nothing is half-done. */
export class StorageFailed extends Schema.TaggedError<StorageFailed>()("StorageFailed", {
  operation: Schema.Literals(["get", "store", "getUrl", "remove"]),
  cause: Schema.Defect()
}) {
  override get message() {
    return `file storage failed to ${this.operation}`
  }
}

/** Convex's file storage. */
export class Storage extends Context.Service<
  Storage,
  {
    readonly get: (id: FileId) => Effect.Effect<Option.Option<Blob>, StorageFailed>
    readonly store: (content: Blob) => Effect.Effect<FileId, StorageFailed>
    /** Anyone who has the URL can read the file. */
    readonly getUrl: (id: FileId) => Effect.Effect<Option.Option<string>, StorageFailed>
    readonly remove: (id: FileId) => Effect.Effect<void, StorageFailed>
  }
>()("@executor-v2/confect/Storage") {}

const attempt = <A>(operation: StorageFailed["operation"], run: () => Promise<A>) =>
  Effect.tryPromise({ try: run, catch: (cause) => new StorageFailed({ operation, cause }) })

export const makeStorage = (storage: StorageWriter): Storage["Service"] => ({
  get: (id) =>
    Effect.map(
      attempt("get", () => storage.get(id)),
      Option.fromNullOr
    ),
  store: (content) => attempt("store", () => storage.store(content)),
  getUrl: (id) =>
    Effect.map(
      attempt("getUrl", () => storage.getUrl(id)),
      Option.fromNullOr
    ),
  remove: (id) => attempt("remove", () => storage.delete(id))
})
