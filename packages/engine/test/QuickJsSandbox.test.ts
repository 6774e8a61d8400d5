// The conformance suite on QuickJS, and what only an engine on the host's own thread can get wrong.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as QuickJsSandbox from "../src/sandbox/QuickJsSandbox.ts"
import { endedBy, quickJsRuntime, run, threw, value, valueOf } from "./conformance/Harness.ts"
import { compiled, quickJs } from "./quickJs.ts"
import { suite } from "./sandboxConformance.ts"
import { makeHost } from "./testTools.ts"

suite("QuickJS", quickJs, quickJsRuntime)

describe("a guest on QuickJS", () => {
  it.layer(quickJs, { excludeTestServices: true })((it) => {
    it.effect("says what UTF-8 and C strings cannot carry as one replacement character each", () =>
      Effect.gen(function* () {
        const result = yield* run("console.log('a\\0b\\ud800c'); console.log('d'); return 'e\\0\\ud800'")
        assert.deepEqual(result.logs, ["a\ufffdb\ufffdc", "d"])
        assert.strictEqual(valueOf(result), "e\0\ud800")
      })
    )
    it.effect("says that it recurses too deeply when native code does, and the next run is whole", () =>
      Effect.gen(function* () {
        for (const code of ["JSON.parse('['.repeat(1e5))", "await tools.a.echo(1); JSON.parse('['.repeat(1e5))"]) {
          // Which stack ends first depends on how far the host has optimised the engine.
          assert.match(threw(yield* run(code)).message, /^(Maximum call stack size exceeded|stack overflow)/)
          assert.strictEqual(yield* value("return 1 + 1"), 2)
        }
      })
    )
    it.effect("keeps its result when what it left behind breaks the engine", () =>
      Effect.gen(function* () {
        const code = "tools.a.later().then(() => JSON.parse('['.repeat(1e5))); return 'kept'"
        assert.strictEqual(yield* value(code), "kept")
      })
    )
    it.effect("may catch that one thing needs too much memory, and go on", () =>
      Effect.gen(function* () {
        const code = "try { return 'x'.repeat(2 ** 28) } catch (error) { return error.message }"
        assert.strictEqual(yield* value(code), "out of memory")
      })
    )
    it.effect("is told that memory was too small when there was none for an error either", () =>
      Effect.gen(function* () {
        const code = "const s = 'x'.repeat(1e6), all = []; for (;;) all.push(s + all.length + Math.random())"
        assert.strictEqual(endedBy(yield* run(code, { turnMs: 10_000 })), "memory")
        assert.strictEqual(endedBy(yield* run(`await tools.a.echo(1); ${code}`, { turnMs: 10_000 })), "memory")
      })
    )
    it.effect("is taken at its word when it throws what the engine throws", () =>
      Effect.gen(function* () {
        assert.strictEqual(threw(yield* run("throw null")).message, "null")
        assert.strictEqual(threw(yield* run("throw new InternalError('interrupted')")).message, "interrupted")
      })
    )
    it.effect("is refused a result that is too large for its memory, with advice", () =>
      Effect.gen(function* () {
        const outcome = threw(yield* run("await tools.a.big({ mb: 3 })"))
        assert.strictEqual(outcome.code, "result_too_large")
        assert.include(outcome.message, `at most ${2 * 1_048_576}`)
        assert.strictEqual(yield* value("return (await tools.a.big({ mb: 1 })).length"), 1_048_576)
      })
    )
    it.effect("lets the host's other work have its turn, however busy it is", () =>
      Effect.gen(function* () {
        const host = makeHost()
        const limits = { calls: 1e9, cpuMs: 1e9 }
        const fiber = yield* Effect.forkChild(run("for (;;) await tools.a.echo(1)", limits, host), {
          startImmediately: true
        })
        yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 50)))
        yield* Fiber.interrupt(fiber)
        const calls = host.seen.length
        assert.isAbove(calls, 0)
        yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 20)))
        assert.strictEqual(host.seen.length, calls)
      })
    )
  })

  it.layer(QuickJsSandbox.layer({ compiled, memoryMb: 16 }), { excludeTestServices: true })((it) => {
    it.effect("tells the memory that it really has", () =>
      Effect.gen(function* () {
        const result = yield* run("const a = []; for (;;) a.push('x'.repeat(1e5) + a.length)")
        assert.strictEqual(endedBy(result), "memory")
        assert(result.outcome._tag === "Ended")
        assert.include(result.outcome.message, "16 MB of heap, 16 MB in all")
      })
    )
  })

  it.layer(QuickJsSandbox.layer({ compiled: {} }), { excludeTestServices: true })((it) => {
    it.effect("cannot be had from anything but its own module, and the host is told so", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(run("return 1"))
        assert.strictEqual(error._tag, "SandboxUnavailable")
        assert.match(error.message, /^the sandbox engine QuickJS cannot be started on this host: it needs WebAssembly/)
      })
    )
  })
})
