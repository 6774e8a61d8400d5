// Compiling in the runtime with more memory. Material and manifest go through file storage, as they are too large for
// arguments; the files are gone afterwards.
import { Id, Storage, StorageFailed } from "@executor-v2/confect"
import { CredentialNeed, SourceFailure, SourceKind, SourceName } from "@executor-v2/schema"
import { compileJob } from "@executor-v2/source-manager/compile/CompileJob"
import type { EncodedManifest } from "@executor-v2/source-manager"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const File = Id("_storage")

/** A manifest whose parts are files. */
const StoredManifest = Schema.Struct({
  title: Schema.optionalKey(Schema.String),
  toolCount: Schema.Int,
  warnings: Schema.Array(Schema.String),
  needs: Schema.Array(CredentialNeed),
  servers: Schema.Array(Schema.String),
  index: File,
  search: File,
  records: File
})

export const LargeCompile = {
  args: {
    kind: SourceKind,
    material: File,
    options: Schema.Struct({
      source: SourceName,
      origin: Schema.optionalKey(Schema.String),
      baseUrl: Schema.optionalKey(Schema.String)
    })
  },
  returns: StoredManifest,
  error: SourceFailure
} as const

/** Files are read once. */
export const taken = Effect.fnUntraced(function* (file: typeof File.Type) {
  const storage = yield* Storage
  const blob = yield* storage.get(file)
  if (Option.isNone(blob)) return yield* new StorageFailed({ operation: "get", cause: new Error("the file is gone") })
  const bytes = new Uint8Array(yield* Effect.promise(() => blob.value.arrayBuffer()))
  yield* Effect.ignore(storage.remove(file))
  return bytes
})

export const stored = (bytes: Uint8Array | string) =>
  Storage.use((storage) => storage.store(new Blob([bytes as Uint8Array<ArrayBuffer>])))

export const compileStored = Effect.fnUntraced(function* (job: {
  readonly kind: typeof SourceKind.Type
  readonly material: typeof File.Type
  readonly options: typeof LargeCompile.args.options.Type
}) {
  const material = yield* taken(job.material)
  const manifest: EncodedManifest = yield* Effect.mapError(compileJob({ ...job, material }), ({ failure }) => failure)
  const { index, records, search, ...told } = manifest
  return { ...told, index: yield* stored(index), search: yield* stored(search), records: yield* stored(records) }
})
