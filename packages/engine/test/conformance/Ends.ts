// Conformance: how a run ends that does not end by itself, and that the sandbox goes on.
import { assert, describe } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { makeHost } from "../testTools.ts"
import { endedBy, run, value, valueOf, type Tests } from "./Harness.ts"

export const ends = (it: Tests): void => {
  describe("ends", () => {
    it.effect.each([
      ["a loop", "for (;;);", { turnMs: 200 }, "turn-timeout"],
      [
        "a loop that catches everything",
        "for (;;) { try { for (;;); } catch {} finally { for (;;); } }",
        { turnMs: 200 },
        "turn-timeout"
      ],
      ["a loop after a tool call", "await tools.a.echo(1); for (;;);", { turnMs: 200 }, "turn-timeout"],
      ["a microtask loop", "for (;;) await 0", { turnMs: 200 }, "turn-timeout"],
      [
        "a loop in a timer",
        "setTimeout(() => { for (;;); }, 1); await new Promise(() => {})",
        { turnMs: 200 },
        "turn-timeout"
      ],
      ["a loop in a result's getter", "return { get x() { for (;;); } }", { turnMs: 200 }, "turn-timeout"],
      [
        "a loop in an argument's toJSON",
        "await tools.a.echo({ toJSON() { for (;;); } })",
        { turnMs: 200 },
        "turn-timeout"
      ],
      [
        "too much processor time in many turns",
        "for (;;) { const t = []; for (let i = 0; i < 2e5; i++) t[i % 99] = i; await tools.a.echo(1) }",
        { cpuMs: 200, calls: 1e6 },
        "cpu-timeout"
      ],
      ["too long a life", "for (;;) await new Promise((d) => setTimeout(d, 10))", { wallMs: 200 }, "wall-timeout"],
      ["a promise that nobody settles", "await new Promise(() => {})", {}, "never-settles"],
      ["a dead end after calls", "await tools.a.echo(1); await new Promise(() => {})", {}, "never-settles"],
      ["too many calls", "for (;;) await tools.a.echo(1)", { calls: 100 }, "call-cap"],
      ["a flood of calls", "for (;;) tools.a.echo(1)", { calls: 100 }, "call-cap"],
      [
        "a flood of calls that swallows errors",
        "for (;;) try { tools.a.echo(1) } catch {}",
        { calls: 100, turnMs: 1_000 },
        "call-cap"
      ],
      ["too large a result", "return 'x'.repeat(2000)", { resultChars: 1_000 }, "result-too-large"],
      ["too large an object", "return Array(2000).fill(1)", { resultChars: 1_000 }, "result-too-large"]
    ] as const)("%s with its true reason", ([, code, limits, reason]) =>
      Effect.gen(function* () {
        assert.strictEqual(endedBy(yield* run(code, limits)), reason)
        assert.strictEqual(yield* value("return 1 + 1"), 2)
      })
    )
    it.effect("a program that needs too much memory, and says memory", () =>
      Effect.gen(function* () {
        const code = "const a = []; for (;;) a.push(new Array(1e5).fill(1.1))"
        assert.strictEqual(endedBy(yield* run(code, { memoryMb: 64, turnMs: 10_000 })), "memory")
        assert.strictEqual(
          endedBy(yield* run(`await tools.a.echo(1); ${code}`, { memoryMb: 64, turnMs: 10_000 })),
          "memory"
        )
        assert.strictEqual(yield* value("return 1 + 1"), 2)
      })
    )
    it.effect("nothing while only the host is at work, however long that takes", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* value("return await tools.a.slow()", { wallMs: 1_000 }), "slow")
      })
    )
    it.effect("at once when it is interrupted, with its open calls", () =>
      Effect.gen(function* () {
        const both = Deferred.makeUnsafe<void>()
        const host = makeHost((seen) => seen === 2 && Deferred.doneUnsafe(both, Effect.void))
        const fiber = yield* Effect.forkChild(run("await Promise.all([tools.a.hang(), tools.b.hang()])", {}, host))
        yield* Deferred.await(both)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(host.interrupted, 2)
        assert.strictEqual(yield* value("return 2"), 2)
      })
    )
    it.effect("only itself: runs at the same time know nothing of each other", () =>
      Effect.gen(function* () {
        const codes = [
          ...Array.from({ length: 6 }, (_, i) => `await tools.a.later(); return ${i}`),
          "for (;;);",
          "const a = []; for (;;) a.push(new Array(1e5).fill(1.1))"
        ]
        const results = yield* Effect.forEach(codes, (code) => run(code, { turnMs: 1_000, memoryMb: 64 }), {
          concurrency: "unbounded"
        })
        assert.deepEqual(results.slice(0, 6).map(valueOf), [0, 1, 2, 3, 4, 5])
        assert.strictEqual(endedBy(results[6]!), "turn-timeout")
      })
    )
  })
}
