// Compiles here what is small, and hands over what would not fit into the memory of the default runtime.
import { ActionCtx, Storage } from "@executor-v2/confect"
import { SourceFailure } from "@executor-v2/schema"
import { compileJob } from "@executor-v2/source-manager/compile/CompileJob"
import { Compiler, sourceError, SourceError, type EncodedManifest } from "@executor-v2/source-manager"
import { makeFunctionReference } from "convex/server"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { LargeCompile, stored, taken } from "./LargeCompile.ts"

/** Bytes of a description that is compiled in the default runtime: parsed it takes ten times as much, of 64 MiB. */
const smallBytes = 4 * 1024 * 1024

/** Bytes of a description that is compiled at all: of the 512 MiB that the other runtime has. */
const largeBytes = 32 * 1024 * 1024

const tooLarge = sourceError(
  "too_large",
  `the description is too large to compile on this deployment, which takes ${largeBytes / 1024 / 1024} MiB: ` +
    "register a part of it"
)

const cutOff = sourceError(
  "unreachable",
  "the deployment could not compile the description now: try again, or register a part of it if that goes on"
)

const isFailure = Schema.is(SourceFailure)

export const layer = Layer.effect(
  Compiler,
  Effect.gen(function* () {
    const functions = yield* ActionCtx
    const storage = yield* Storage

    const large = Effect.fnUntraced(
      function* ({ kind, material, options }: Parameters<Compiler["Service"]["compile"]>[0]) {
        const file = yield* stored(material)
        const answer = yield* functions
          .action(makeFunctionReference<"action">("compile:large"), LargeCompile, { kind, material: file, options })
          .pipe(Effect.onError(() => Effect.ignore(storage.remove(file))))
        const manifest: EncodedManifest = {
          ...answer,
          index: yield* taken(answer.index),
          search: yield* taken(answer.search),
          records: yield* taken(answer.records)
        }
        return manifest
      },
      Effect.provideService(Storage, storage),
      Effect.mapError((error) => (isFailure(error) ? new SourceError({ failure: error }) : cutOff))
    )

    return Compiler.of({
      compile: (job) => {
        if (job.material.length <= smallBytes) return compileJob(job)
        return job.material.length <= largeBytes ? large(job) : Effect.fail(tooLarge)
      },
      warm: Effect.void
    })
  })
)
