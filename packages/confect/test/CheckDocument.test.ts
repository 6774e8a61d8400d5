// Each limit of a document from both sides, and the rules for names and values.
import { Option, Schema } from "effect"
import { getDocumentSize } from "convex/values"
import { describe, expect, it } from "vitest"
import { Bytes, checkDocument, documentLimits } from "@executor-v2/confect"
import type { Codec } from "@executor-v2/confect"

const check = (document: unknown, schema?: Codec) =>
  Option.getOrUndefined(Option.map(checkDocument("runs", document, schema), ({ rule, path }) => ({ rule, path })))

/** Objects and arrays inside each other, `levels` of them, the document being the first. */
const nested = (levels: number, inArrays: boolean): Record<string, unknown> => {
  let value: unknown = 1
  for (let level = 1; level < levels; level++) value = inArrays ? [value] : { a: value }
  return { a: value }
}
const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, 1]))
const sized = (bytes: number) => ({ a: "x".repeat(bytes - getDocumentSize({ a: "" })) })
const Counts = Schema.Struct({ counts: Schema.Record(Schema.String.check(Schema.isMinLength(2)), Schema.Number) })
const passes = undefined

const cases: ReadonlyArray<readonly [string, unknown, { rule: string; path: string } | undefined, Codec?]> = [
  ["1 MiB", sized(documentLimits.size), passes],
  ["a byte over 1 MiB", sized(documentLimits.size + 1), { rule: "size", path: "$" }],
  ["1 MiB in few letters of many bytes", { a: "ж".repeat(documentLimits.size / 2) }, { rule: "size", path: "$" }],
  ["bytes over 1 MiB", { a: new ArrayBuffer(documentLimits.size) }, { rule: "size", path: "$" }],
  ["8,192 elements", { a: Array.from({ length: 8192 }, () => 1) }, passes],
  ["8,193 elements", { a: Array.from({ length: 8193 }, () => 1) }, { rule: "elements", path: "a" }],
  [
    "8,193 elements further in",
    { a: [{ b: Array.from({ length: 8193 }, () => 1) }] },
    { rule: "elements", path: "a[0].b" }
  ],
  ["1,024 fields", fields(1024), passes],
  ["1,025 fields", fields(1025), { rule: "fields", path: "$" }],
  ["1,025 fields further in", { a: fields(1025) }, { rule: "fields", path: "a" }],
  ["1,025 fields of which one is undefined", { ...fields(1024), none: undefined }, passes],
  ["16 levels of objects", nested(16, false), passes],
  [
    "17 levels of objects",
    nested(17, false),
    { rule: "nesting", path: Array.from({ length: 16 }, () => "a").join(".") }
  ],
  ["16 levels of arrays", nested(16, true), passes],
  ["17 levels of arrays", nested(17, true), { rule: "nesting", path: `a${"[0]".repeat(15)}` }],
  ["a $ name", { $ref: 1 }, { rule: "name", path: "$ref" }],
  ["a $ name further in", { a: [{ $ref: 1 }] }, { rule: "name", path: "a[0].$ref" }],
  ["a $ within a name", { a$: 1 }, passes],
  ["a non-ASCII name", { a: { ключ: 1 } }, { rule: "name", path: "a.ключ" }],
  ["a non-ASCII value", { a: "ключ" }, passes],
  ["a control character in a name", { a: { "b\n": 1 } }, { rule: "name", path: "a.b\n" }],
  ["a name with spaces, dashes and dots", { a: { "b -.c": 1 } }, passes],
  ["an empty name", { a: { "": 1 } }, { rule: "name", path: "a." }],
  ["a name of 1,024 characters", { a: { ["n".repeat(1024)]: 1 } }, passes],
  ["a name of 1,025 characters", { a: { ["n".repeat(1025)]: 1 } }, { rule: "name", path: `a.${"n".repeat(198)}` }],
  ["_tag at the top", { _tag: "A" }, { rule: "name", path: "_tag" }],
  ["_tag further in", { a: { _tag: "A" } }, passes],
  ["the largest 64-bit integer", { a: 2n ** 63n - 1n }, passes],
  ["an integer above it", { a: 2n ** 63n }, { rule: "value", path: "a" }],
  ["the smallest 64-bit integer", { a: -(2n ** 63n) }, passes],
  ["an integer below it", { a: -(2n ** 63n) - 1n }, { rule: "value", path: "a" }],
  ["NaN and -0", { a: [Number.NaN, -0, Infinity] }, passes],
  ["undefined in a field", { a: undefined }, passes],
  ["undefined in an array", { a: [undefined] }, { rule: "value", path: "a[0]" }],
  ["a hole in an array", { a: Array.from({ length: 2 }).fill(1, 0, 1) }, { rule: "value", path: "a[1]" }],
  ["a Date", { a: new Date(0) }, { rule: "value", path: "a" }],
  ["a Map", { a: new Map() }, { rule: "value", path: "a" }],
  ["a function", { a: () => 1 }, { rule: "value", path: "a" }],
  ["a Uint8Array", { a: new Uint8Array(1) }, { rule: "value", path: "a" }],
  ["an array as the document", [1], { rule: "value", path: "$" }],
  ["null as the document", null, { rule: "value", path: "$" }],
  ["a Record that fits its Schema", { counts: { ab: 1 } }, passes, Counts],
  ["text where the Record holds numbers", { counts: { ab: "1" } }, { rule: "schema", path: "counts.ab" }, Counts],
  ["text in place of the Record", { counts: "none" }, { rule: "schema", path: "counts" }, Counts],
  ["a Record's key that fails its check", { counts: { a: 1 } }, { rule: "schema", path: "counts.a" }, Counts],
  ["a field that the Schema does not know", { counts: {}, more: 1 }, { rule: "schema", path: "more" }, Counts],
  ["a missing field", {}, { rule: "schema", path: "counts" }, Counts],
  ["bytes where the Schema has bytes", { a: new ArrayBuffer(1) }, passes, Schema.Struct({ a: Bytes })]
]

describe("checkDocument", () => {
  for (const [name, document, expected, schema] of cases) {
    it(`${expected === undefined ? "passes" : `refuses, by its ${expected.rule},`} ${name}`, () => {
      expect(check(document, schema)).toStrictEqual(expected)
    })
  }

  it("says what to do and shows no value", () => {
    const refused = Option.getOrThrow(checkDocument("runs", { a: [{ $ref: "hunter2" }] }))
    expect(refused.message).toBe(
      "a document of runs was refused: a[0].$ref: names that begin with $ are reserved: store JSON text"
    )
    const typed = Option.getOrThrow(checkDocument("runs", { counts: { ab: "hunter2" } }, Counts))
    expect(typed.message).not.toContain("hunter2")
  })
})
