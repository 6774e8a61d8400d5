// Whatever a Schema generates crosses Convex: its encoded value passes the validators of arguments and results, and comes back the same.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { makeFunctionReference } from "convex/server"
import { convexTest } from "convex-test"
import { internalQuery } from "@executor-v2/confect"
import type { Codec } from "@executor-v2/confect"

const Key = Schema.String.check(Schema.isPattern(/^[a-z]{1,8}$/))
class Point extends Schema.Class<Point>("Point")({ x: Schema.Finite, note: Schema.optionalKey(Schema.String) }) {}

const schemas = {
  String: Schema.String,
  Number: Schema.Number,
  Int64: Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: -(2n ** 63n), maximum: 2n ** 63n - 1n })),
  Boolean: Schema.Boolean,
  Literals: Schema.Literals(["a", 1, true]),
  Struct: Schema.Struct({ a: Schema.String, b: Schema.NullOr(Schema.Finite), c: Schema.optionalKey(Schema.Boolean) }),
  Class: Point,
  Option: Schema.Struct({ a: Schema.OptionFromOptionalKey(Schema.String), b: Schema.OptionFromNullOr(Schema.Finite) }),
  Union: Schema.Union([
    Schema.TaggedStruct("A", { a: Schema.Array(Schema.Finite) }),
    Schema.TaggedStruct("B", { b: Schema.Tuple([Schema.String, Schema.Boolean]) })
  ]),
  Record: Schema.Record(Key, Schema.Struct({ at: Schema.DateTimeUtcFromMillis })),
  DateFromString: Schema.DateFromString,
  JsonText: Schema.fromJsonString(Schema.Record(Schema.String, Schema.Finite)),
  Optional: Schema.Struct({ a: Schema.optionalKey(Schema.String) }),
  Base64: Schema.Uint8ArrayFromBase64
} satisfies Record<string, Codec>

const echo = (schema: Codec) =>
  internalQuery({ args: { value: schema }, returns: schema, handler: ({ value }) => Effect.succeed(value) })
const functions: Record<string, unknown> = Object.fromEntries(
  Object.entries(schemas).map(([name, schema]) => [name, echo(schema)])
)
const t = convexTest({
  modules: {
    "/convex/_generated/api.ts": () => Promise.resolve({}),
    "/convex/echo.ts": () => Promise.resolve(functions)
  },
  transactionLimits: true
})

describe("a value of", () => {
  for (const [name, schema] of Object.entries(schemas) as ReadonlyArray<[string, Schema.Codec<unknown>]>) {
    it.effect.prop(
      `${name} crosses and comes back`,
      { value: schema },
      ({ value }) =>
        Effect.gen(function* () {
          const encoded = yield* Schema.encodeEffect(schema)(value)
          const answer = yield* Effect.promise(() =>
            t.query(makeFunctionReference<"query">(`echo:${name}`), { value: encoded })
          )
          assert.deepStrictEqual(answer, encoded)
          const back = yield* Schema.decodeUnknownEffect(schema)(answer)
          assert.isTrue(Schema.toEquivalence(schema)(back, value))
        }),
      { arbitrary: { runs: 30 }, timeout: 30_000 }
    )
  }

  it("an optional field that is explicitly undefined comes back absent", async () => {
    const answer: unknown = await t.query(makeFunctionReference<"query">("echo:Optional"), { value: { a: undefined } })
    assert.deepStrictEqual(answer, {})
  })
})
