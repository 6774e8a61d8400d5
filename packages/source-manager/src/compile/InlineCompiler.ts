// Compiles on the caller's thread: for hosts that have only one.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { compileJob } from "./CompileJob.ts"
import { Compiler } from "./Compiler.ts"

export const layer: Layer.Layer<Compiler> = Layer.succeed(
  Compiler,
  Compiler.of({ compile: compileJob, warm: Effect.void })
)
