// The mapping from Schemas to Convex validators, and each refusal with the path that it names.
import { DateTime, Effect, Option, Schema, SchemaGetter, SchemaTransformation } from "effect"
import { v } from "convex/values"
import type { GenericValidator } from "convex/values"
import { describe, expect, it } from "vitest"
import { anyValue, Bytes, Id, SchemaRefused, toArgs, toValidator } from "@executor-v2/confect"
import type { Codec } from "@executor-v2/confect"

const json = (validator: GenericValidator): unknown => (validator as unknown as { readonly json: unknown }).json

class Point extends Schema.Class<Point>("Point")({ x: Schema.Finite, at: Schema.DateFromString }) {}
class Lost extends Schema.TaggedError<Lost>()("Lost", { id: Schema.String }) {}
const Fruit = { Apple: "apple", Pear: 2 } as const
interface Tree {
  readonly name: string
  readonly children: ReadonlyArray<Tree>
}
const Tree: Schema.Codec<Tree> = Schema.Struct({
  name: Schema.String,
  children: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree))
})
const Hop: Schema.Codec<unknown> = Schema.Array(Schema.suspend((): Schema.Codec<unknown> => Hop))

const mapped: ReadonlyArray<readonly [string, Codec, GenericValidator]> = [
  ["String", Schema.String, v.string()],
  ["a checked String", Schema.String.check(Schema.isMinLength(3)), v.string()],
  ["a branded String", Schema.NonEmptyString.pipe(Schema.brand("RunId")), v.string()],
  ["a TemplateLiteral", Schema.TemplateLiteral(["run_", Schema.String]), v.string()],
  ["an Id", Id("runs"), v.id("runs")],
  [
    "a branded and checked Id",
    (Id("runs") as typeof Schema.String).pipe(Schema.brand("R")).check(Schema.isMinLength(1)),
    v.id("runs")
  ],
  ["an optional Id", Schema.Struct({ a: Schema.optionalKey(Id("runs")) }), v.object({ a: v.optional(v.id("runs")) })],
  ["Number", Schema.Number, v.float64()],
  ["Finite", Schema.Finite, v.float64()],
  ["Int", Schema.Int, v.float64()],
  ["FiniteFromString", Schema.FiniteFromString, v.string()],
  ["Boolean", Schema.Boolean, v.boolean()],
  ["Null", Schema.Null, v.null()],
  ["BigInt", Schema.BigInt, v.int64()],
  ["a text Literal", Schema.Literal("a"), v.literal("a")],
  ["a number Literal", Schema.Literal(1), v.literal(1)],
  ["a boolean Literal", Schema.Literal(true), v.literal(true)],
  ["a bigint Literal", Schema.Literal(1n), v.literal(1n)],
  ["Literals", Schema.Literals(["a", "b"]), v.union(v.literal("a"), v.literal("b"))],
  ["Literals of one", Schema.Literals(["a"]), v.literal("a")],
  ["an Enum", Schema.Enum(Fruit), v.union(v.literal("apple"), v.literal(2))],
  ["an empty Struct", Schema.Struct({}), v.object({})],
  ["a Struct", Schema.Struct({ a: Schema.String, b: Schema.Number }), v.object({ a: v.string(), b: v.float64() })],
  [
    "a nested Struct",
    Schema.Struct({ a: Schema.Struct({ _tag: Schema.Null }) }),
    v.object({ a: v.object({ _tag: v.null() }) })
  ],
  ["a Class", Point, v.object({ x: v.float64(), at: v.string() })],
  ["a TaggedError", Lost, v.object({ _tag: v.literal("Lost"), id: v.string() })],
  ["a Union", Schema.Union([Schema.String, Schema.Number]), v.union(v.string(), v.float64())],
  [
    "a Union of Unions, flattened",
    Schema.Union([Schema.String, Schema.Union([Schema.Number, Schema.Union([Schema.Null, Schema.Boolean])])]),
    v.union(v.string(), v.float64(), v.null(), v.boolean())
  ],
  ["a Union of equals, as one", Schema.Union([Schema.String, Schema.NonEmptyString]), v.string()],
  [
    "a tagged Union",
    Schema.Union([Schema.TaggedStruct("A", { a: Schema.String }), Schema.TaggedStruct("B", {})]),
    v.union(v.object({ _tag: v.literal("A"), a: v.string() }), v.object({ _tag: v.literal("B") }))
  ],
  ["NullOr", Schema.NullOr(Schema.String), v.union(v.string(), v.null())],
  ["optionalKey", Schema.Struct({ a: Schema.optionalKey(Schema.String) }), v.object({ a: v.optional(v.string()) })],
  [
    "optional, without its undefined",
    Schema.Struct({ a: Schema.optional(Schema.String) }),
    v.object({ a: v.optional(v.string()) })
  ],
  [
    "optional of a Union with undefined inside",
    Schema.Struct({ a: Schema.optional(Schema.Union([Schema.UndefinedOr(Schema.String), Schema.Null])) }),
    v.object({ a: v.optional(v.union(v.string(), v.null())) })
  ],
  [
    "a default for a missing key",
    Schema.Struct({ a: Schema.String.pipe(Schema.withDecodingDefaultKey(Effect.succeed("x"))) }),
    v.object({ a: v.optional(v.string()) })
  ],
  [
    "a default for undefined",
    Schema.Struct({ a: Schema.String.pipe(Schema.withDecodingDefault(Effect.succeed("x"))) }),
    v.object({ a: v.optional(v.string()) })
  ],
  [
    "OptionFromOptionalKey",
    Schema.Struct({ a: Schema.OptionFromOptionalKey(Schema.String) }),
    v.object({ a: v.optional(v.string()) })
  ],
  ["OptionFromNullOr", Schema.OptionFromNullOr(Schema.Finite), v.union(v.float64(), v.null())],
  ["an Array", Schema.Array(Schema.String), v.array(v.string())],
  ["a NonEmptyArray", Schema.NonEmptyArray(Schema.String), v.array(v.string())],
  [
    "a Tuple, without its arity",
    Schema.Tuple([Schema.String, Schema.Number]),
    v.array(v.union(v.string(), v.float64()))
  ],
  [
    "a Tuple with a rest",
    Schema.TupleWithRest(Schema.Tuple([Schema.String]), [Schema.Null]),
    v.array(v.union(v.string(), v.null()))
  ],
  ["a Record", Schema.Record(Schema.String, Schema.Number), v.record(v.string(), v.float64())],
  [
    "a Record by Id",
    Schema.Record(Id("runs") as typeof Schema.String, Schema.Number),
    v.record(v.id("runs"), v.float64())
  ],
  [
    "a Record by template",
    Schema.Record(Schema.TemplateLiteral(["x_", Schema.String]), Schema.Null),
    v.record(v.string(), v.null())
  ],
  [
    "a Record by Literals, as an object",
    Schema.Record(Schema.Literals(["a", "b"]), Schema.Null),
    v.object({ a: v.null(), b: v.null() })
  ],
  ["DateFromString", Schema.DateFromString, v.string()],
  ["DateTimeUtcFromMillis", Schema.DateTimeUtcFromMillis, v.float64()],
  ["JSON text", Schema.fromJsonString(Schema.Struct({ $ref: Schema.String })), v.string()],
  ["Uint8Array as base64", Schema.Uint8ArrayFromBase64, v.string()],
  ["Bytes", Bytes, v.bytes()],
  ["Unknown", Schema.Unknown, v.any()],
  ["Any", Schema.Any, v.any()],
  ["a suspended Schema that does not recur", Schema.suspend(() => Schema.String), v.string()],
  [
    "a recursive Schema, with anyValue where it recurs",
    Schema.Struct({ children: Schema.Array(anyValue(Schema.suspend((): Schema.Codec<Tree> => Tree))) }),
    v.object({ children: v.array(v.any()) })
  ],
  ["a declaration, with anyValue", anyValue(Schema.instanceOf(URL)), v.any()],
  [
    "a codec to JSON of a date and an option",
    Schema.toCodecJson(Schema.Struct({ at: Schema.Date, n: Schema.NullOr(Schema.BigInt) })),
    v.object({ at: v.string(), n: v.union(v.string(), v.null()) })
  ],
  [
    "a transformation of one's own, by its Encoded side",
    Schema.String.pipe(
      Schema.decodeTo(
        Schema.Array(Schema.String),
        SchemaTransformation.transform({
          decode: (s: string): ReadonlyArray<string> => s.split(","),
          encode: (a: ReadonlyArray<string>) => a.join(",")
        })
      )
    ),
    v.string()
  ]
]

const inField = (schema: Codec): Codec =>
  Schema.Struct({ outer: Schema.Array(Schema.Struct({ inner: schema as typeof Schema.Null })) })
const json_ = /text/

const refused: ReadonlyArray<readonly [string, Codec, string, RegExp]> = [
  ["a required key that admits undefined", inField(Schema.UndefinedOr(Schema.String)), "outer[].inner", /optionalKey/],
  ["Undefined", inField(Schema.Undefined), "outer[].inner", /Schema\.Null/],
  ["Void", Schema.Void, "$", /Schema\.Null/],
  [
    "an optional that can only be undefined",
    Schema.Struct({ a: Schema.optional(Schema.Undefined) }),
    "a",
    /leave it out/
  ],
  ["an array element that admits undefined", Schema.Array(Schema.UndefinedOr(Schema.String)), "[]", /undefined/],
  [
    "a Record's value that admits undefined",
    Schema.Record(Schema.String, Schema.UndefinedOr(Schema.String)),
    "[*]",
    /undefined/
  ],
  ["Date", inField(Schema.Date), "outer[].inner", /DateFromString/],
  ["Option", inField(Schema.Option(Schema.String)), "outer[].inner", /Option/],
  ["Redacted", inField(Schema.Redacted(Schema.String)), "outer[].inner", /Redacted/],
  ["Uint8Array", inField(Schema.Uint8Array), "outer[].inner", /Uint8Array/],
  ["a declared class", inField(Schema.instanceOf(URL)), "outer[].inner", /encode/],
  ["Schema.Json", inField(Schema.Json), "outer[].inner", json_],
  ["Schema.Defect", inField(Schema.Defect()), "outer[].inner", /Schema\.Defect.*text/],
  ["a recursive Schema", Tree, "children[]", /recursive.*anyValue/],
  ["a recursion without an object", Hop, "[][]", /recursive/],
  ["a mutual recursion inside a field", inField(Tree as never), "outer[].inner.children[]", /recursive/],
  [
    "a Record with named properties",
    inField(Schema.StructWithRest(Schema.Struct({ a: Schema.String }), [Schema.Record(Schema.String, Schema.String)])),
    "outer[].inner",
    /Record/
  ],
  ["a Record by symbols", inField(Schema.Record(Schema.Symbol, Schema.String)), "outer[].inner", /Symbol/],
  ["a Record by numbers", inField(Schema.Record(Schema.Number, Schema.String)), "outer[].inner", /Number|template/i],
  [
    "an optional tuple element",
    inField(Schema.Tuple([Schema.String, Schema.optionalKey(Schema.String)])),
    "outer[].inner",
    /tuple/
  ],
  ["an empty tuple", inField(Schema.Tuple([])), "outer[].inner", /empty tuple/],
  ["a $ name", inField(Schema.Struct({ $ref: Schema.String })), "outer[].inner.$ref", json_],
  ["a name with a dash", inField(Schema.Struct({ "a-b": Schema.String })), "outer[].inner.a-b", json_],
  ["a name that begins with a digit", Schema.Struct({ "1a": Schema.String }), "1a", json_],
  ["an empty name", Schema.Struct({ "": Schema.String }), "", json_],
  ["a non-ASCII name", Schema.Struct({ ключ: Schema.String }), "ключ", json_],
  ["a name of underscores", Schema.Struct({ __: Schema.String }), "__", json_],
  ["a name over 64 characters", Schema.Struct({ ["a".repeat(65)]: Schema.String }), "a".repeat(65), json_],
  ["a symbol as a name", Schema.Struct({ [Symbol.for("s")]: Schema.String }), "Symbol(s)", json_],
  ["Symbol", inField(Schema.Symbol), "outer[].inner", /Symbol/],
  ["ObjectKeyword", inField(Schema.ObjectKeyword), "outer[].inner", /ObjectKeyword/],
  ["Never", inField(Schema.Never), "outer[].inner", /Never/]
]

describe("toValidator", () => {
  for (const [name, schema, expected] of mapped) {
    it(`maps ${name}`, () => {
      expect(json(toValidator(schema))).toStrictEqual(json(expected))
    })
  }

  for (const [name, schema, path, message] of refused) {
    it(`refuses ${name} and says where`, () => {
      const failure = thrownBy(() => toValidator(schema))
      expect(failure).toBeInstanceOf(SchemaRefused)
      expect((failure as SchemaRefused).path).toBe(path)
      expect((failure as SchemaRefused).message).toMatch(message)
      expect((failure as SchemaRefused).message.startsWith(`${path}: `)).toBe(true)
    })
  }

  it("is not misled by the decoded side", () => {
    const schema = Schema.String.pipe(
      Schema.decodeTo(Schema.Option(Schema.DateTimeUtc), {
        decode: SchemaGetter.transform((text: string) => Option.some(DateTime.makeUnsafe(text))),
        encode: SchemaGetter.transform(() => "")
      })
    )
    expect(toValidator(schema).kind).toBe("string")
  })
})

describe("toArgs", () => {
  it("gives one validator for each argument, optional ones as such", () => {
    const args = toArgs({ run: Schema.String, note: Schema.optionalKey(Schema.String) })
    expect(Object.entries(args).map(([name, arg]) => [name, arg.kind, arg.isOptional])).toStrictEqual([
      ["run", "string", "required"],
      ["note", "string", "optional"]
    ])
  })

  it("names the argument that it refuses", () => {
    expect(() => toArgs({ fine: Schema.String, when: Schema.Date })).toThrow(/^when: /)
  })
})

const thrownBy = (run: () => unknown): unknown => {
  try {
    run()
  } catch (thrown) {
    return thrown
  }
  throw new Error("nothing was thrown")
}
