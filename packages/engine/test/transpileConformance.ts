// What every transpiler must do, as a suite of (name, layer, differences): a corpus of programs that pass, errors with their
// places, and code made to break a parser. The layer brings the sandbox that runs the output.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, type Layer } from "effect"
import { Sandbox, type SandboxUnavailable } from "../src/sandbox/Sandbox.ts"
import { maxCodeChars, Transpile } from "../src/Transpile.ts"
import { makeHost, program } from "./testTools.ts"

/** Where transpilers differ, each by the title of the case. */
export interface Differences {
  /** Programs of the corpus that this one refuses, and what it says. */
  readonly refuses: Readonly<Record<string, RegExp>>
  /** Errors that it sees at another place. */
  readonly places: Readonly<Record<string, readonly [line: number, column: number]>>
}

const transpile = (code: string) => Effect.flatMap(Transpile, (service) => service.transpile(code))
const refusal = (code: string) =>
  Effect.flatMap(Effect.flip(transpile(code)), (error) =>
    error._tag === "TranspileError" ? Effect.succeed(error) : Effect.die(error)
  )
/** What the program gives when it is transpiled and run. */
const result = (code: string) =>
  Effect.gen(function* () {
    const javascript = yield* transpile(code)
    const { outcome } = yield* (yield* Sandbox).run(program(javascript), makeHost())
    if (outcome._tag !== "Returned") throw new Error(JSON.stringify(outcome))
    return outcome.json === undefined ? undefined : (JSON.parse(outcome.json) as unknown)
  })

export const suite = (
  name: string,
  layer: Layer.Layer<Transpile | Sandbox, SandboxUnavailable>,
  { places, refuses }: Differences
) =>
  describe(`TypeScript through ${name}`, () => {
    it.layer(layer, { excludeTestServices: true })((it) => {
      it.effect.each([
        [
          "types of every kind",
          `
        type Row = { readonly a: number; b?: string } & Record<string, unknown>
        interface Named<T extends object = {}> { name: string; of?: T }
        declare const nothing: number
        function isRow(x: unknown): x is Row { return typeof x === "object" }
        function over(x: string): string
        function over(x: number): number
        function over(this: void, x: any) { return x }
        const rows: Array<Row> = [{ a: 1 }], n = <number> rows[0]!.a
        const generic = <T,>(x: T): T => x
        let later!: string
        abstract class Base<T> { abstract get(): T; protected readonly x: number = 1; declare y: string }
        class Own extends Base<number> implements Named { name = "own"; override get(): number { return this.x } }
        return [isRow(rows), over(2), generic<string>("g"), n as number, rows satisfies unknown, new Own().get()] as const`,
          [true, 2, "g", 1, [{ a: 1 }], 1]
        ],
        [
          "enums",
          `
        enum Color { Red = 1, Green, Blue = "b" as any }
        const enum Small { A = 4 }
        return [Color.Red, Color[2], Small.A]`,
          [1, "Green", 4]
        ],
        [
          "namespaces",
          `
        declare namespace Ambient { const y: number }
        namespace Deep.Inner { export const x = 5; export function f() { return x + 1 } }
        return Deep.Inner.f() // namespace Not {`,
          6
        ],
        [
          "parameter properties",
          "class P { constructor(private readonly x: number, public y = 2) {} get s() { return this.x + this.y } } return new P(1).s",
          3
        ],
        [
          "decorators in TypeScript's own meaning",
          `
        const seen: string[] = []
        const cls = (tag: string) => (target: any) => { seen.push(tag + target.name); return target }
        const method = (target: any, key: string, d: PropertyDescriptor) => { const f = d.value; d.value = function () { return f.call(this) * 2 }; return d }
        @cls("a:") class A { @method go() { return 21 } }
        return [seen, new A().go()]`,
          [["a:A"], 42]
        ],
        [
          "top-level await, return, loops over async things",
          `
        async function* numbers() { yield 1; yield 2 }
        let sum = 0
        for await (const n of numbers()) sum += n
        if (sum > 100) return "no"
        return await Promise.resolve(sum)`,
          3
        ],
        ["resource management", "let out = 0; { using x = { [Symbol.dispose]() { out++ } } } return out", 1],
        [
          "modern syntax",
          "const a = { b: null as null | { c: number } }; class K { #p = 1; static { } has(o: object) { return #p in o } } return [a?.b?.c ?? 1_000, new K().has(new K()), 2n ** 3n > 7n, `t${1}`]",
          [1000, true, true, "t1"]
        ],
        [
          "a directive and comments",
          "// @ts-nocheck\n'use strict'\n/* export */ return 'import x from \"y\"' // import",
          'import x from "y"'
        ],
        ["import( and export as names", "const o = { import: 1, export: 2 }\nreturn [o.import,\n o\n .export]", [1, 2]],
        ["a comment at the very end", "return 1 // the end", 1],
        [
          "text that looks like a module inside a template",
          "const s = `\nimport a from 'b'\nexport default a\n`\nreturn s.length",
          36
        ],
        ["an empty program", "", undefined]
      ] as const)("takes %s, or says why not", ([title, code, expected]) =>
        Effect.gen(function* () {
          const says = refuses[title]
          if (says !== undefined) assert.match((yield* refusal(code)).reason, says)
          else assert.deepEqual(yield* result(code), expected)
        })
      )

      it.effect.each([
        ["a missing value", "const a: number = ;", 1, 19, "const a: number = ;"],
        [
          "an error after other alphabets",
          "const é = '😀'; const b = ;\nreturn 1",
          1,
          27,
          "const é = '😀'; const b = ;"
        ],
        [
          "an error on a later line, with tabs and CRLF",
          "const a = 1\r\n\tconst b = = 2\r\n",
          2,
          12,
          "\tconst b = = 2"
        ],
        ["JSX", "return <div>hi</div>", 1, 16, "return <div>hi</div>"],
        ["code that closes the function it is in", "return 1\n}\n;(function () {", 2, 1, "}"],
        ["an unfinished template", "return `abc", 1, 8, "return `abc"],
        ["a second declaration", "let a = 1\nlet a = 2", 1, 5, "let a = 1"],
        ["what strict mode forbids", "return 010", 1, 8, "return 010"],
        ["an import", "const a = 1\nimport fs from 'node:fs'\nreturn fs", 2, 1, "import fs from 'node:fs'"],
        ["an import that nobody uses", "import { x } from 'y'\nreturn 1", 1, 1, "import { x } from 'y'"],
        ["an import of types", "import type { A } from 'a'; return 1", 1, 1, "import type { A } from 'a'; return 1"],
        [
          "an export after text that looks like one",
          "const s = `\nexport const x = 1`\n  export const y = 2",
          3,
          3,
          "  export const y = 2"
        ],
        ["a default export", "export default async function () {}", 1, 1, "export default async function () {}"]
      ] as const)("tells where %s stands", ([title, code, ...expected]) =>
        Effect.gen(function* () {
          const [line, column] = places[title] ?? expected
          const text = code.split("\n")[line - 1]!.replace("\r", "")
          const error = yield* refusal(code)
          assert.deepEqual([error.line, error.column], [line, column], error.message)
          assert.include(error.excerpt, `${line} | ${text}`)
          assert.strictEqual(error.excerpt.split("\n")[1]!.indexOf("^"), `${line} | `.length + column - 1)
          assert.include(error.message, `(line ${line}, column ${column})`)
        })
      )

      it.effect("says of imports and exports what to do instead", () =>
        Effect.gen(function* () {
          for (const code of ["import a from 'a'", "export const a = 1"]) {
            assert.match(
              (yield* refusal(code)).reason,
              /body of an async function.*tools\.<source>\.<tool>\(args\).*return/
            )
          }
        })
      )

      it.effect("says that markup is not taken", () =>
        Effect.gen(function* () {
          assert.match((yield* refusal("const a = <p>hi <b>you</b></p>\nreturn a")).reason, /^JSX is not taken/)
          assert.notMatch((yield* refusal("const a = 1 < 2 ? <p>hi")).reason, /JSX/)
        })
      )

      it.effect("cuts the excerpt of a long line around its column", () =>
        Effect.gen(function* () {
          const error = yield* refusal(`return [${"1, ".repeat(3_000)} = ]`)
          assert.isBelow(error.excerpt.length, 300)
          assert.strictEqual(error.excerpt.split("\n")[0]![error.excerpt.split("\n")[1]!.indexOf("^")], "=")
        })
      )

      it.effect.each([
        ["a nest of brackets", "return " + "[".repeat(60_000)],
        ["a nest of types", "type A = " + "[".repeat(60_000)],
        ["a nest of arrows", "return " + "(()=>".repeat(30_000) + "1" + ")".repeat(30_000)],
        ["comparisons that may be generics", "return " + "a<".repeat(60_000)],
        ["generic arrows inside each other", "return " + "<T>(x=".repeat(60) + "1" + ")".repeat(60) + "; let a; let a"],
        ["a flood of errors on one line", "let a;".repeat(30_000)]
      ])(
        "gives up on %s in time, and goes on",
        ([, code]) =>
          Effect.gen(function* () {
            assert.match(
              (yield* refusal(code!)).message,
              /cannot be parsed|already been declared|redefinition|Expected|Unexpected/
            )
            assert.strictEqual(yield* result("return 7"), 7)
          }),
        20_000
      )

      it.effect("refuses a program that is too long, and says how long it may be", () =>
        Effect.gen(function* () {
          const error = yield* refusal("x".repeat(maxCodeChars + 1))
          assert.include(error.message, `${maxCodeChars + 1} characters long, and at most ${maxCodeChars}`)
        })
      )

      it.effect("maps a place in the JavaScript back to the code", () =>
        Effect.gen(function* () {
          const code =
            "interface A {\n  a: 1\n}\n\n\n/* note */ const b: string = 'x'\n\n  ;(null as any).foo()\nreturn b"
          const service = yield* Transpile
          const javascript = yield* service.transpile(code)
          const { outcome } = yield* (yield* Sandbox).run(program(javascript), makeHost())
          assert(outcome._tag === "Threw" && outcome.line !== undefined && outcome.column !== undefined)
          const place = yield* service.locate(code, { line: outcome.line, column: outcome.column })
          const { column, line } = Option.getOrThrow(place)
          assert.strictEqual(line, 8)
          assert.isAtLeast(column, 16)
          assert.deepEqual(yield* service.locate(code, { line: 900, column: 1 }), Option.none())
        })
      )

      it.effect.runIf(refuses["decorators in TypeScript's own meaning"] === undefined)(
        "maps places of a program with decorators, too",
        () =>
          Effect.gen(function* () {
            const code = "const d = (t: any) => t\n@d class A {}\n\n\nnull.x"
            const service = yield* Transpile
            const javascript = yield* service.transpile(code)
            const line = javascript.split("\n").findIndex((text) => text.startsWith("null.x")) + 1
            assert.deepEqual(yield* service.locate(code, { line, column: 6 }), Option.some({ line: 5, column: 6 }))
          })
      )
    })
  })
