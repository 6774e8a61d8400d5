// The worker thread behind WorkerCompiler: one job, one answer, then it ends.
import * as Effect from "effect/Effect"
import { once } from "node:events"
import { parentPort } from "node:worker_threads"
import { compileJob } from "./CompileJob.ts"
import type { CompileJob } from "./Compiler.ts"
import type { CompileAnswer } from "./WorkerCompiler.ts"

// Most jobs need it, and this thread is often there before its job is.
await import("../providers/openapi/Compile.ts")
const [job] = (await once(parentPort!, "message")) as [CompileJob]
const answer = await Effect.runPromise(
  Effect.match(compileJob(job), {
    onSuccess: (manifest): CompileAnswer => ({ _tag: "Compiled", manifest }),
    onFailure: ({ failure }): CompileAnswer => ({ _tag: "Failed", failure })
  })
)
const moved =
  answer._tag === "Compiled"
    ? [answer.manifest.index, answer.manifest.search, answer.manifest.records].map(
        (bytes) => bytes.buffer as ArrayBuffer
      )
    : []
parentPort?.postMessage(answer, [...new Set(moved)])
