// A data folder opened by a process of its own, to be killed or to hold the lock.
// node Child.ts HOME hold | node Child.ts HOME hold-as-nobody | node Child.ts HOME write WRITERS FROM [inline]
import { Journal } from "@executor-v2/persistence-ports"
import * as Samples from "@executor-v2/persistence-ports/contract/Samples"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { LocalPersistence } from "../src/index.ts"

const [home = "", task, writers = "1", from = "0", compaction] = process.argv.slice(2)

/** Straight to the pipe: a killed process must have told exactly what it knew. */
const tell = (line: string) => void fs.writeSync(1, `${line}\n`)

const write = Effect.fnUntraced(function* (writer: number) {
  const journal = yield* Journal
  for (let turn = Number(from); ; turn++) {
    const name = `w${writer}x${turn}`
    yield* journal.commit({
      workspace: Samples.workspace,
      actor: Samples.owner,
      events: [Samples.sourceDrafted(name), Samples.sourceProbing(name)]
    })
    tell(name)
  }
})

const options = {
  home,
  segmentBytes: 100_000,
  compactEvents: 400,
  idleMillis: 20,
  ...(compaction === "inline" && { compactionWorker: "inline" as const })
}
// The superuser may write anywhere; nobody may not.
if (task === "hold-as-nobody" && process.getuid?.() === 0) {
  process.setgid?.(65534)
  process.setuid?.(65534)
}
const program = task?.startsWith("hold")
  ? Effect.andThen(
      Effect.sync(() => tell("held")),
      Effect.never
    )
  : Effect.forEach(
      Array.from({ length: Number(writers) }, (_, writer) => writer),
      write,
      { concurrency: "unbounded" }
    )

const failed = (error: { readonly message: string }) =>
  Effect.sync(() => {
    tell(`failed ${error.message}`)
    process.exitCode = 1
  })
// Keeps the process alive while nothing else does.
setInterval(() => undefined, 60_000)
await Effect.runPromise(
  Effect.scoped(Effect.provide(program, LocalPersistence.layer(options) as Layer.Layer<Journal>)).pipe(
    Effect.catch(failed)
  )
)
process.exit()
