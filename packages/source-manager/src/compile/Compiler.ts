// The port that turns material into a manifest: inline where there is one thread, on a worker thread in the daemon.
import type { SourceKind } from "@executor-v2/schema"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { EncodedManifest } from "./Manifest.ts"
import type { CompileOptions, Material, SourceError } from "../Provider.ts"

export interface CompileJob {
  readonly kind: SourceKind
  readonly material: Material
  readonly options: CompileOptions
}

export class Compiler extends Context.Service<
  Compiler,
  {
    /** Bytes handed over as material are gone afterwards: a host may move them to another thread. */
    readonly compile: (job: CompileJob) => Effect.Effect<EncodedManifest, SourceError>
    /** Gets ready, on the side, for a job that is likely to come soon. */
    readonly warm: Effect.Effect<void>
  }
>()("@executor-v2/source-manager/compile/Compiler") {}
