// Conformance: what a program returns, throws and prints.
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { run, threw, value, type Runtime, type Tests } from "./Harness.ts"

export const data = (it: Tests, runtime: Runtime): void => {
  describe("values", () => {
    it.effect.each([
      ["a number", "return 1 + 1", 2],
      ["text with lone surrogates and emoji", "return 'é😀' + '\\ud800'", "é😀\ud800"],
      ["an object", "return { a: [1, { b: null }], c: undefined }", { a: [1, { b: null }] }],
      ["NaN as null, like JSON", "return NaN", null],
      ["a date as its text", "return new Date(0)", "1970-01-01T00:00:00.000Z"],
      ["a map with text keys as an object", "return new Map([['a', 1]])", { a: 1 }],
      ["a map with other keys as its entries", "return new Map([[1, 'a']])", [[1, "a"]]],
      ["a set as an array", "return new Set([1, 1, 2])", [1, 2]],
      ["an error as its name and message", "return new TypeError('x')", { name: "TypeError", message: "x" }],
      ["nothing", "return", undefined],
      ["nothing when the code just ends", "const a = 1", undefined],
      ["what a promise gives", "return Promise.resolve({ a: 1 })", { a: 1 }]
    ] as const)("returns %s", ([, code, expected]) =>
      Effect.gen(function* () {
        assert.deepEqual(yield* value(code), expected)
      })
    )

    it.effect.each([
      ["a bigint inside a value", "return { n: 1n }", /BigInt/],
      ["a bigint", "return 1n", /a bigint/],
      ["a cycle", "const a = {}; a.a = a; return a", /circular/],
      ["a function", "return () => 1", /a function/],
      ["a symbol", "return Symbol('x')", /a symbol/],
      ["a getter that throws", "return { get a() { throw new Error('no') } }", /cannot be written as JSON: no/]
    ] as const)("refuses %s as a result, and says why", ([, code, pattern]) =>
      Effect.gen(function* () {
        assert.match(threw(yield* run(code)).message, pattern)
      })
    )
  })

  describe("errors", () => {
    it.effect("tells name, message and code of an uncaught error", () =>
      Effect.gen(function* () {
        const outcome = threw(
          yield* run("throw Object.assign(new RangeError('too far'), { code: 'E_FAR', secret: 1 })")
        )
        assert.deepInclude(outcome, { name: "RangeError", message: "too far", code: "E_FAR" })
        assert.notProperty(outcome, "secret")
      })
    )
    it.effect("tells where in the code it was thrown", () =>
      Effect.gen(function* () {
        assert.deepInclude(threw(yield* run("const a = 1\n\n  null.x")), {
          line: 3,
          column: runtime.nullColumn
        })
        assert.deepInclude(threw(yield* run("const a = 1\n  const b = }")), {
          name: "SyntaxError",
          line: 2,
          column: 13
        })
        assert.deepInclude(threw(yield* run("await 1\nawait tools.a.boom()")), { name: "ToolError", line: 2 })
      })
    )
    it.effect.each([
      ["text", "throw 'plain'", "plain"],
      ["an object", "throw { a: 1 }", 'the code threw a value that is not an Error: {"a":1}'],
      ["nothing", "throw undefined", "undefined"],
      [
        "a proxy that refuses to be read",
        "throw new Proxy(new Error('x'), { get() { throw 1 } })",
        "the code threw a value that cannot be read"
      ]
    ] as const)("reports %s that was thrown", ([, code, message]) =>
      Effect.gen(function* () {
        assert.strictEqual(threw(yield* run(code)).message, message)
      })
    )
    it.effect("cuts a message after 2,000 characters", () =>
      Effect.gen(function* () {
        assert.strictEqual(threw(yield* run("throw new Error('x'.repeat(1e5))")).message.length, 2_000)
      })
    )
    it.effect("says what there is instead of import()", () =>
      Effect.gen(function* () {
        for (const name of ["node:fs", "./x.js", "data:text/javascript,1"]) {
          assert.match(
            threw(yield* run(`await import('${name}')`)).message,
            /^import\(\) is not supported: .*tools\.<source>/
          )
        }
      })
    )
    it.effect("goes on after a rejection that nobody handles, and tells of it where the engine does", () =>
      Effect.gen(function* () {
        const { logs, outcome } = yield* run("tools.a.boom(); await tools.a.echo(1); return 1")
        const told = ["[error] nobody handled a rejected promise: ToolError: db failed"]
        assert.deepEqual(logs, runtime.tellsRejections ? told : [])
        assert.deepEqual(outcome, { _tag: "Returned", json: "1" })
      })
    )
    it.effect("says that there is no require, process or fetch, and what there is instead", () =>
      Effect.gen(function* () {
        for (const missing of ["require('fs')", "process.env", "fetch('http://x')", "Buffer.from('')"]) {
          assert.match(threw(yield* run(`return ${missing}`)).message, /is not defined: .*tools\.<source>\.<tool>/)
        }
      })
    )
  })

  describe("console", () => {
    it.effect("keeps what is printed, one entry a call", () =>
      Effect.gen(function* () {
        const result = yield* run(
          "console.log('a', 1, { b: [2] }, null, undefined, 3n); console.error(new Error('no'))"
        )
        assert.deepEqual(result.logs, ['a 1 {"b":[2]} null undefined 3n', "[error] Error: no"])
        assert.isFalse(result.logsTruncated)
      })
    )
    it.effect("cuts it at its limits and says so", () =>
      Effect.gen(function* () {
        const lines = yield* run("for (let i = 0; i < 50; i++) console.log(i)", { logLines: 10 })
        assert.deepEqual([lines.logs.length, lines.logsTruncated], [10, true])
        const chars = yield* run("console.log('x'.repeat(1e6)); console.log('y')", { logChars: 100 })
        assert.deepEqual([chars.logs.map((line) => line.length), chars.logsTruncated], [[100], true])
      })
    )
    it.effect("keeps it when the code never comes to its end", () =>
      Effect.gen(function* () {
        assert.deepEqual((yield* run("console.log('before'); for (;;);", { turnMs: 1_000 })).logs, ["before"])
      })
    )
  })
}
