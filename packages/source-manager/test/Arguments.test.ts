// The check of arguments: what is told of each mistake, that it agrees with an independent validator, and that it always ends.
import { Validator } from "@cfworker/json-schema"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { validateArguments } from "../src/json-schema/Arguments.ts"
import { costOf, matchesPattern } from "../src/json-schema/SafePattern.ts"
import { prepareSchema } from "../src/json-schema/SchemaCheck.ts"

const objectOf = (properties: object, more: object = {}) => ({
  type: "object",
  properties,
  additionalProperties: false,
  ...more
})

const refusing = (input: object, args: unknown) =>
  validateArguments({ name: "call", input }, args, "shop.call").pipe(Effect.flip)

describe("arguments", () => {
  it.effect("that fit are handed on as they are, and none at all are an empty object", () =>
    Effect.gen(function* () {
      const input = objectOf({ a: { type: "string" } })
      const args = { a: "x" }
      assert.strictEqual(yield* validateArguments({ name: "call", input }, args), args)
      for (const none of [undefined, null])
        assert.deepStrictEqual(yield* validateArguments({ name: "call", input }, none), {})
    })
  )

  it.effect("that do not fit are told one by one: which, what was expected, what was given", () =>
    Effect.gen(function* () {
      const input = objectOf(
        {
          owner: { type: "string" },
          per_page: { type: "integer", maximum: 100 },
          state: { enum: ["open", "closed"] },
          labels: {
            type: "array",
            items: {
              anyOf: [
                { type: "string" },
                { type: "object", properties: { name: { type: "string" } }, required: ["name"] }
              ]
            }
          },
          size: { type: ["number", "null"] }
        },
        { required: ["owner", "size"] }
      )
      const error = yield* refusing(input, { per_page: "ten", state: "opn", labels: ["a", { name: 1 }], size: true })
      assert.strictEqual(error.code, "invalid_arguments")
      assert.isFalse(error.retryable)
      assert.deepStrictEqual(error.details, {
        problems: [
          { field: "owner", expected: "a string", given: "nothing" },
          { field: "per_page", expected: "an integer", given: 'a string ("ten")' },
          { field: "state", expected: 'one of "open", "closed"', given: 'a string ("opn")' },
          { field: "labels[1].name", expected: "a string", given: "a number (1)" },
          { field: "size", expected: "a number or null", given: "true" }
        ]
      })
      assert.match(
        error.message,
        /^shop\.call was not called: "owner" is missing, expected a string; "per_page" must be an integer/
      )
      assert.include(error.message, 'tools.executor.tools.describe({ path: "shop.call" })')
    })
  )

  it.effect("that are no object are refused", () =>
    Effect.gen(function* () {
      for (const [args, given] of [
        ["x", 'a string ("x")'],
        [[1], "an array of 1"],
        [5, "a number (5)"]
      ] as const) {
        assert.include(
          (yield* refusing(objectOf({}), args)).message,
          `the argument must be one object with named arguments, given ${given}`
        )
      }
    })
  )

  it.effect("with a misspelt name are told the likely one", () =>
    Effect.gen(function* () {
      const error = yield* refusing(objectOf({ perPage: {}, owner: {} }), { per_page: 1 })
      assert.include(error.message, '"per_page" is not declared, expected one of perPage, owner (is "perPage" meant?)')
      assert.notInclude((yield* refusing(objectOf({ owner: {} }), { somethingElse: 1 })).message, "meant?")
    })
  )

  it.effect("of a hundred mistakes name the first few", () =>
    Effect.gen(function* () {
      const args = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`p${index}`, "x".repeat(1_000)]))
      const error = yield* refusing(
        objectOf(Object.fromEntries(Object.keys(args).map((key) => [key, { type: "integer" }]))),
        args
      )
      assert.strictEqual((error.details as { problems: ReadonlyArray<unknown> }).problems.length, 8)
      assert.isBelow(error.message.length, 2_000)
    })
  )

  it.effect("are never taken from the prototype", () =>
    Effect.gen(function* () {
      assert.match(
        (yield* refusing(objectOf({ constructor: {} }, { required: ["constructor", "toString"] }), {})).message,
        /"constructor" is missing.*"toString" is missing/
      )
      assert.match(
        (yield* refusing(objectOf({}), JSON.parse('{"__proto__":1}'))).message,
        /"__proto__" is not declared/
      )
    })
  )

  it.effect("name what another argument demands", () =>
    Effect.gen(function* () {
      const input = objectOf({ a: {}, b: { type: "string" } }, { dependentRequired: { a: ["b"] } })
      assert.include(
        (yield* refusing(input, { a: 1 })).message,
        '"b" is missing, expected a string, because "a" is given'
      )
    })
  )
})

/** A small generator of numbers, so that a failing seed can be run again. */
const random = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), state | 1) + 0x6d2b79f5) | 0
    return ((state ^ (state >>> 14)) >>> 0) % below
  }
}

type Pick = (below: number) => number

const keys = ["a", "b", "toString", "__proto__"]
const someObject = (pick: Pick, make: () => unknown) =>
  Object.fromEntries(keys.filter(() => pick(3) === 0).map((key) => [key, make()]))

const someValue = (pick: Pick, depth: number): unknown => {
  switch (pick(depth > 2 ? 6 : 8)) {
    case 0:
      return null
    case 1:
      return pick(2) === 0
    case 2:
      return pick(7) - 3
    case 3:
      return pick(9) / 2
    case 4:
      return ["", "a", "b1", "ü😀", "abc"][pick(5)]
    case 5:
      return ["a", "abc"][pick(2)]
    case 6:
      return Array.from({ length: pick(4) }, () => someValue(pick, depth + 1))
    default:
      return someObject(pick, () => someValue(pick, depth + 1))
  }
}

const someSchema = (pick: Pick, depth: number): unknown => {
  if (pick(12) === 0) return pick(4) !== 0
  const inner = () => someSchema(pick, depth + 1)
  const list = () => Array.from({ length: 1 + pick(3) }, inner)
  const rules: ReadonlyArray<() => object> = [
    () => ({ type: ["string", "number", "integer", "boolean", "null", "array", "object"][pick(7)] }),
    () => ({ type: [["string", "null"], ["object", "integer"], ["array"]][pick(3)] }),
    () => ({ enum: [someValue(pick, 2), someValue(pick, 2), 1] }),
    () => ({ const: someValue(pick, 2) }),
    () => ({ minLength: pick(3) }),
    () => ({ maxLength: pick(4) }),
    () => ({ pattern: ["^a", "[0-9]", "^[a-c]+$"][pick(3)] }),
    () => ({ minimum: pick(5) - 2 }),
    () => ({ exclusiveMaximum: pick(5) - 2 }),
    () => ({ multipleOf: [0.5, 2][pick(2)] }),
    () => ({ minItems: pick(3) }),
    () => ({ maxItems: pick(3) }),
    () => ({ uniqueItems: true }),
    () => ({ required: keys.filter(() => pick(3) === 0) }),
    () => ({ minProperties: pick(3) }),
    () => ({ maxProperties: pick(3) })
  ]
  const deep: ReadonlyArray<() => object> = [
    () => ({ properties: someObject(pick, inner), additionalProperties: inner() }),
    () => ({ properties: someObject(pick, inner) }),
    () => ({ items: inner() }),
    () => ({ prefixItems: list(), items: inner() }),
    () => ({ contains: inner() }),
    () => ({ allOf: list() }),
    () => ({ anyOf: list() }),
    () => ({ not: inner() }),
    () => Object.fromEntries(["if", "then", "else"].map((keyword) => [keyword, inner()])),
    () => ({ propertyNames: { maxLength: 1 + pick(9) } }),
    () => ({ patternProperties: { "^[ab]": inner() } }),
    () => ({ dependentRequired: { a: ["b"] } }),
    () => ({ dependentSchemas: { a: inner() } }),
    () => ({ $ref: `#/$defs/${["a", "b"][pick(2)]}` })
  ]
  const from = depth > 2 ? rules : [...rules, ...deep, ...deep]
  return Object.assign({}, ...Array.from({ length: 1 + pick(3) }, () => from[pick(from.length)]!())) as object
}

describe("the check of a schema", () => {
  it("agrees with an independent validator on ten thousand generated schemas and values", () => {
    let accepted = 0
    for (let seed = 1; seed <= 10_000; seed++) {
      const pick = random(seed * 7_919)
      const schema = {
        ...(someSchema(pick, 0) as object),
        $defs: { a: { type: "string" }, b: { properties: { a: { $ref: "#/$defs/b" } } } }
      }
      const value = someValue(pick, 0)
      // The other validator looks names up along the prototype chain, which is the one thing it gets wrong.
      if (/toString|__proto__/.test(JSON.stringify([schema, value]))) continue
      const expected = new Validator(schema, "2020-12").validate(value).valid
      const problems = prepareSchema(schema).check(value)
      assert.strictEqual(
        problems.length === 0,
        expected,
        `seed ${seed}: ${JSON.stringify({ schema, value, problems })}`
      )
      if (expected) accepted++
    }
    assert.isAbove(accepted, 500)
  })

  it("understands the older spellings", () => {
    const check = (schema: object, value: unknown) => prepareSchema(schema).check(value).length === 0
    assert.isTrue(check({ items: [{ type: "string" }], additionalItems: false }, ["a"]))
    assert.isFalse(check({ items: [{ type: "string" }], additionalItems: false }, ["a", 1]))
    assert.isFalse(check({ minimum: 1, exclusiveMinimum: true }, 1))
    assert.isTrue(check({ type: "string", nullable: true }, null))
    assert.isFalse(check({ $ref: "#/definitions/a", definitions: { a: { type: "string" } } }, 1))
  })

  it("takes oneOf for anyOf, and references that lead nowhere for anything", () => {
    assert.deepStrictEqual(prepareSchema({ oneOf: [{ type: "number" }, { type: "integer" }] }).check(1), [])
    assert.deepStrictEqual(prepareSchema({ $ref: "https://elsewhere.example/schema" }).check(1), [])
  })

  it("ends on schemas and values made to keep it busy", () => {
    const branch = (key: string) => ({ type: "object", properties: { c: { $ref: "#/$defs/node" } }, required: [key] })
    const schema = {
      $ref: "#/$defs/node",
      $defs: { node: { anyOf: [branch("x"), branch("y"), { $ref: "#/$defs/leaf" }] }, leaf: { type: "null" } }
    }
    let value: unknown = {}
    for (let depth = 0; depth < 60; depth++) value = { x: 1, y: 1, c: value }
    assert.match(prepareSchema(schema).check(value)[0]!.expected, /takes too long to check/)
    const items = Array.from({ length: 20_000 }, (_, index) => index)
    const again = { allOf: Array<unknown>(50_000).fill({ const: items }) }
    assert.match(prepareSchema(again).check([...items])[0]!.expected, /takes too long to check/)
    const long = "a".repeat(1_000_000)
    const counted = { allOf: Array<unknown>(50_000).fill({ maxLength: 1_000_000 }) }
    assert.match(prepareSchema(counted).check(long)[0]!.expected, /takes too long to check/)
    assert.deepStrictEqual(prepareSchema({ minLength: 2, maxLength: 3 }).check("😀😀"), [])
    assert.lengthOf(prepareSchema({ minLength: 3 }).check("😀😀"), 1)
    assert.lengthOf(prepareSchema({ maxLength: 1 }).check("😀😀"), 1)
    const circle = { anyOf: [{ $ref: "#" }, { $ref: "#" }] }
    assert.isArray(prepareSchema(circle).check(1))
    let deep: unknown = 1
    for (let depth = 0; depth < 5_000; depth++) deep = [deep]
    assert.isArray(
      prepareSchema({
        $ref: "#/$defs/a",
        $defs: { a: { type: ["array", "number"], items: { $ref: "#/$defs/a" } } }
      }).check(deep)
    )
  })
})

describe("patterns", () => {
  it("are tested as long as a value's share of time lasts, whatever the schema repeats", () => {
    const long = "a".repeat(400)
    const refuses = { pattern: "^a*a*!$" }
    assert.lengthOf(prepareSchema(refuses).check(long), 1)
    assert.deepStrictEqual(
      prepareSchema({ allOf: [...Array<unknown>(100).fill({ pattern: "^a*a*$" }), refuses] }).check(long),
      []
    )
    const budget = { patternSteps: 500 }
    assert.isTrue(matchesPattern("^a*b$", `${"a".repeat(99)}b`, budget))
    assert.isUndefined(matchesPattern("^a*b$", `${"a".repeat(99)}b`, budget))
  })

  it("are tested where that cannot take long", () => {
    assert.isTrue(matchesPattern("^[a-z0-9-]+$", "a-b"))
    assert.isFalse(matchesPattern("^[a-z0-9-]+$", "A"))
    assert.isTrue(matchesPattern("^\\p{L}{2,5}$", "üü"))
    assert.isFalse(matchesPattern("^\\d{4}-\\d{2}-\\d{2}T.*Z$", "2026"))
    assert.isTrue(matchesPattern("^(?:a|b)\\.(?<c>x)?$", "a.x"))
  })

  it("are skipped where backtracking could explode", () => {
    for (const pattern of [
      "(a+)+$",
      "^(a|a)*$",
      "^(a|aa)+$",
      "^(.*a){20}$",
      "(x+x+)+y",
      "^((ab)*)*$",
      "(\\d+)\\1",
      "^(?=(a+))\\1$",
      "^(a?){30}a{30}$",
      "a?".repeat(30) + "a".repeat(30),
      `^${"a{0,16}".repeat(8)}b$`,
      `^${"(?:a|a)".repeat(30)}b$`,
      `^${"(?:a|ab|a)".repeat(40)}c$`,
      `^(a|a){${"0".repeat(30)}1,}$`,
      "(?:(?:\\b){100000}){100000}a",
      "("
    ]) {
      assert.isUndefined(matchesPattern(pattern, `${"a".repeat(40)}!`), pattern)
    }
  })

  it("with several repeats are tested on short texts only", () => {
    const pattern = "^.*.*.*.*.*x$"
    assert.deepStrictEqual(costOf(pattern), { ways: 1, length: 9, repeats: 5 })
    assert.isFalse(matchesPattern(pattern, "abc"))
    assert.isUndefined(matchesPattern(pattern, "a".repeat(5_000)))
    assert.isUndefined(matchesPattern("a+b", "a".repeat(100_000)))
  })
})
