// Conformance: tool calls, from the path in the code to the answer back.
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { makeHost } from "../testTools.ts"
import { isRecord, run, threw, value, valueOf, type Tests } from "./Harness.ts"

export const calls = (it: Tests): void => {
  describe("tool calls", () => {
    it.effect("hand path and arguments to the host, and its answer back", () =>
      Effect.gen(function* () {
        const host = makeHost()
        const result = yield* run(
          `
        const a = await tools.github.issues.echo({ n: 1, s: "é;,\\n" })
        const b = await tools["with-dash"].later()
        return [a, b]`,
          {},
          host
        )
        assert.deepEqual(valueOf(result), [{ n: 1, s: "é;,\n" }, "later"])
        assert.deepEqual(host.seen, ['github.issues.echo {"n":1,"s":"é;,\\n"}', "with-dash.later null"])
        assert.strictEqual(result.calls, 2)
      })
    )
    it.effect("run in parallel and one after the other, in great number", () =>
      Effect.gen(function* () {
        assert.strictEqual(
          yield* value("let s = 0; for (let i = 0; i < 500; i++) s += await tools.a.echo(i); return s"),
          124_750
        )
        assert.strictEqual(
          yield* value(
            "return (await Promise.all(Array.from({ length: 2000 }, (_, i) => tools.a.echo(i)))).reduce((a, b) => a + b)"
          ),
          1_999_000
        )
      })
    )
    it.effect("reject with a ToolError that has the allow-listed fields only", () =>
      Effect.gen(function* () {
        const seen: unknown = yield* value(`
        try { await tools.a.boom({}) } catch (e) {
          return { own: Object.keys(e), name: e.name, message: e.message, code: e.code, status: e.status, retryable: e.retryable,
            details: e.details, is: e instanceof ToolError && e instanceof Error, stack: e.stack }
        }`)
        assert(isRecord(seen))
        assert.deepInclude(seen, {
          own: ["code", "status", "retryable", "details"],
          name: "ToolError",
          message: "db failed",
          code: "upstream_error",
          status: 500,
          retryable: true,
          details: { table: "users" },
          is: true
        })
        assert.match(String(seen["stack"]), /^ToolError: db failed/)
        assert.notMatch(String(seen["stack"]), /file:|node:|node_modules/)
      })
    )
    it.effect("end uncaught with the tool's own message and code", () =>
      Effect.gen(function* () {
        assert.deepInclude(threw(yield* run("await tools.a.boom()")), {
          name: "ToolError",
          message: "db failed",
          code: "upstream_error"
        })
      })
    )
    it.effect("tell nothing about a defect of the host", () =>
      Effect.gen(function* () {
        const seen = yield* value(
          "try { await tools.a.dies() } catch (e) { return [e.code, e.message, e.stack, JSON.stringify(e)] }"
        )
        assert.include(JSON.stringify(seen), '"internal"')
        assert.notInclude(JSON.stringify(seen), "CANARY")
      })
    )
    it.effect.each([
      ["a cycle", "const a = {}; a.a = a; await tools.a.echo(a)", "invalid_arguments"],
      ["a bigint", "await tools.a.echo({ n: 1n })", "invalid_arguments"],
      ["a function", "await tools.a.echo(() => 1)", "invalid_arguments"],
      ["two values", "await tools.a.echo(1, 2)", "invalid_arguments"],
      ["too much", "await tools.a.echo('x'.repeat(2000))", "arguments_too_large"],
      [
        "too much in all open calls",
        "await Promise.all(Array.from({ length: 9 }, () => tools.a.hang('x'.repeat(900))))",
        "arguments_too_large"
      ]
    ] as const)("refuse arguments with %s before the host hears of them", ([, code, expected]) =>
      Effect.gen(function* () {
        const host = makeHost()
        const result = yield* run(code, { argumentChars: 1_000 }, host)
        assert.strictEqual(threw(result).code, expected)
        assert.notInclude(host.seen.join(), "a.echo")
      })
    )
    it.effect("refuse a result that is too large for the code, and say how large it is", () =>
      Effect.gen(function* () {
        const outcome = threw(yield* run("await tools.a.big({ mb: 1 })", { callResultChars: 10_000 }))
        assert.strictEqual(outcome.code, "result_too_large")
        assert.match(outcome.message, /1048578 characters .* at most 10000/)
      })
    )
    it.effect("that nobody awaits are still made, and may end when the code has returned", () =>
      Effect.gen(function* () {
        const host = makeHost()
        const result = yield* run("tools.a.later().then(() => tools.a.echo('second')); return 1", {}, host)
        assert.deepEqual(host.seen, ["a.later null", 'a.echo "second"'])
        assert.deepEqual([valueOf(result), result.openCalls], [1, 0])
      })
    )
    it.effect("that never end are cancelled some time after the code has returned, and counted", () =>
      Effect.gen(function* () {
        const host = makeHost()
        const result = yield* run("tools.a.hang(); return 1", {}, host)
        assert.deepEqual([valueOf(result), result.openCalls, host.interrupted], [1, 1, 1])
      })
    )
    it.effect("are not a promise or a thing to change: tools itself can be handed around", () =>
      Effect.gen(function* () {
        assert.deepEqual(
          yield* value(`
        const same = await tools
        const out = [same === tools, JSON.stringify({ tools }), typeof tools.a.then, "x" in tools.a]
        try { tools.a = 1 } catch (e) { out.push(e.message) }
        try { tools() } catch (e) { out.push(e.message) }
        return out`),
          [
            true,
            "{}",
            "undefined",
            true,
            "tools is read-only",
            "tools is not a function: call tools.<source>.<tool>(args)"
          ]
        )
      })
    )
  })
}
