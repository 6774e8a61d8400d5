// The local transpiler: oxc, in one of the sandbox's processes. Node only. Code that makes the parser hang, crash or fill
// memory costs that process, and its author is told so.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { unparsable } from "./CodeRules.ts"
import { ChildPool } from "./sandbox/ChildPool.ts"
import { SandboxUnavailable } from "./sandbox/Sandbox.ts"
import type { FromChild, ToChild } from "./sandbox/WireFormat.ts"
import { maxCodeChars, tooLongCode, Transpile, TranspileError } from "./Transpile.ts"

/** Milliseconds that parsing may take: 2,000 lines take 9. */
const deadlineMs = 2_000
/** Memory that a process may hold while it parses, in MiB. */
const memoryMb = 512
const tickMs = 25
/** Longest frame that the process may answer with, in bytes. */
const maxAnswer = 16 * 1024 * 1024

type Question = ToChild & { readonly _tag: "Transpile" | "Locate" }
type Answer = FromChild & { readonly _tag: "Transpiled" | "Refused" | "Located" }

const whole = (reason: string) => new TranspileError({ reason, line: 1, column: 1, excerpt: "" })

const noTranspiler = new SandboxUnavailable({
  detail:
    `the TypeScript transpiler oxc-transform cannot be loaded on ${process.platform}-${process.arch}: ` +
    "install the package's optional dependencies (`npm install --include=optional`) and start again"
})

/** Asks one of the sandbox's processes; `None` when it did not survive the question. */
const ask = (
  pool: ChildPool["Service"],
  question: (run: number) => Question
): Effect.Effect<Option.Option<Answer>, SandboxUnavailable> =>
  Effect.callback((resume) => {
    let stop = () => {}
    const withdraw = pool.request(
      (lease) => {
        // Ticks are counted, not time: while our own event loop stands still, an answer may lie unread.
        let ticks = 0
        const finish = (how: "as-it-is" | "kill", answer: Option.Option<Answer>) => {
          clearInterval(watch)
          lease.leave(how)
          resume(Effect.succeed(answer))
        }
        const watch = setInterval(() => {
          if (++ticks > deadlineMs / tickMs || lease.process.resident.look() > memoryMb) finish("kill", Option.none())
        }, tickMs)
        stop = () => {
          clearInterval(watch)
          lease.leave("kill")
        }
        lease.listen(
          (message) => {
            if (message._tag === "Transpiled" || message._tag === "Refused" || message._tag === "Located") {
              finish("as-it-is", Option.some(message))
            }
          },
          () => finish("kill", Option.none())
        )
        lease.process.maxFrame = maxAnswer
        lease.send(question(lease.run))
      },
      (detail) => resume(Effect.fail(new SandboxUnavailable({ detail })))
    )
    return Effect.sync(() => {
      withdraw()
      stop()
    })
  })

/** Programs kept transpiled: agents send the same one again, and each question costs a round trip to a process. */
const keptPrograms = 64
/** Longer programs are not kept. */
const keptChars = 16 * 1024

const make = Effect.gen(function* () {
  const pool = yield* ChildPool
  /** JavaScript by its source, the latest last. */
  const kept = new Map<string, string>()
  const keep = (code: string, javascript: string): string => {
    if (code.length > keptChars) return javascript
    kept.delete(code)
    kept.set(code, javascript)
    if (kept.size > keptPrograms) kept.delete(kept.keys().next().value!)
    return javascript
  }
  return Transpile.of({
    transpile: Effect.fn("Transpile.transpile")(function* (
      code: string
    ): Effect.fn.Return<string, TranspileError | SandboxUnavailable> {
      if (code.length > maxCodeChars) return yield* whole(tooLongCode(code.length))
      const known = kept.get(code)
      if (known !== undefined) return keep(code, known)
      const answer = yield* ask(pool, (run) => ({ _tag: "Transpile", run, code }))
      if (Option.isNone(answer) || answer.value._tag === "Located") return yield* whole(unparsable)
      if (answer.value._tag === "Transpiled") return keep(code, answer.value.javascript)
      const { column, excerpt, line, reason } = answer.value
      return yield* reason === "" ? noTranspiler : new TranspileError({ reason, line, column, excerpt })
    }),
    locate: Effect.fn("Transpile.locate")(function* (code, place) {
      const answer = yield* ask(pool, (run) => ({ _tag: "Locate", run, code, line: place.line, column: place.column }))
      return Option.flatMap(answer, (found) =>
        found._tag === "Located" && found.line > 0
          ? Option.some({ line: found.line, column: found.column })
          : Option.none()
      )
    })
  })
})

/** Shares the sandbox's processes: provide it with `IsolateSandbox.layer(…)`. */
export const layer: Layer.Layer<Transpile, never, ChildPool> = Layer.effect(Transpile, make)
