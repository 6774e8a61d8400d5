// Compiles on a worker thread of its own, so that a description of many megabytes never stalls the daemon. Node only.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Worker } from "node:worker_threads"
import { Compiler, type CompileJob } from "./Compiler.ts"
import type { EncodedManifest } from "./Manifest.ts"
import { SourceError, sourceError } from "../Provider.ts"
import type { SourceFailure } from "@executor-v2/schema"

/** What the worker answers. */
export type CompileAnswer =
  | { readonly _tag: "Compiled"; readonly manifest: EncodedManifest }
  | { readonly _tag: "Failed"; readonly failure: SourceFailure }

/** Heap of the worker in MiB: a description that needs more is refused, and takes nothing else down. */
const heapMb = 1_024
/** Room for new objects in MiB: a parsed description outlives the usual 16, and copying it again and again costs time. */
const youngMb = 64
const timeoutMs = 60_000
/** A spare worker without a job ends after this long. */
const spareMs = 35_000
/** Smaller material is copied: the memory around it may be shared (bytes). */
const moveBytes = 65_536

/** Loads its code, then waits for its job. */
const start = (entry: URL): Worker =>
  new Worker(entry, { env: {}, resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngMb } })

/** Bytes that are nobody else's are moved to the worker; text and views of shared memory are copied. */
const movable = ({ material }: CompileJob): ReadonlyArray<ArrayBuffer> =>
  typeof material !== "string" && material.byteLength === material.buffer.byteLength && material.byteLength > moveBytes
    ? [material.buffer as ArrayBuffer]
    : []

/** A worker lives for one job: its memory is gone with it, and descriptions are registered rarely. */
const compileIn = (worker: Worker, job: CompileJob): Effect.Effect<EncodedManifest, SourceError> =>
  Effect.callback<EncodedManifest, SourceError>((resume) => {
    const tooLarge = () => sourceError("too_large", "the description is too large to compile here")
    worker.ref()
    worker.once("message", (answer: CompileAnswer) =>
      resume(
        answer._tag === "Compiled"
          ? Effect.succeed(answer.manifest)
          : Effect.fail(new SourceError({ failure: answer.failure }))
      )
    )
    worker.once("error", (error: Error & { readonly code?: string }) =>
      resume(
        Effect.fail(
          error.code === "ERR_WORKER_OUT_OF_MEMORY"
            ? tooLarge()
            : sourceError("invalid_specification", `compiling failed: ${error.message}`)
        )
      )
    )
    worker.once("exit", () =>
      resume(Effect.fail(sourceError("invalid_specification", "compiling ended without an answer")))
    )
    worker.postMessage(job, movable(job))
    return Effect.promise(() => worker.terminate())
  }).pipe(
    Effect.timeoutOrElse({
      duration: timeoutMs,
      orElse: () => Effect.fail(sourceError("too_large", `compiling took longer than ${timeoutMs / 1_000} s`))
    })
  )

/** One worker at most that is ready before its job comes: loading its code takes as long as fetching a description. */
const makeSpare = (entry: URL) => {
  let spare: { readonly worker: Worker; readonly timer: NodeJS.Timeout } | undefined
  const drop = () => {
    clearTimeout(spare?.timer)
    void spare?.worker.terminate()
    spare = undefined
  }
  return {
    drop,
    warm: () => {
      drop()
      const worker = start(entry)
      // One that fails early is forgotten; the job will meet the same with a worker of its own, and tell.
      worker.once("error", () => {}).once("exit", () => spare?.worker === worker && drop())
      worker.unref()
      spare = { worker, timer: setTimeout(drop, spareMs).unref() }
    },
    take: (): Worker => {
      if (spare === undefined) return start(entry)
      const { worker, timer } = spare
      spare = undefined
      clearTimeout(timer)
      return worker
    }
  }
}

/** `entry` is the module of the worker: `compileWorker.ts` from source, the bundled file in the built product. */
export const layer = (entry: URL): Layer.Layer<Compiler> =>
  Layer.effect(
    Compiler,
    Effect.gen(function* () {
      const spare = makeSpare(entry)
      yield* Effect.addFinalizer(() => Effect.sync(spare.drop))
      return Compiler.of({
        compile: (job) => Effect.suspend(() => compileIn(spare.take(), job)),
        warm: Effect.sync(spare.warm)
      })
    })
  )
