// Descriptions made to hurt: each must end in tools of bounded size or in a clear error, and leave the process as it was.
import { assert, describe, it } from "@effect/vitest"
import type { SourceName } from "@executor-v2/schema"
import { Effect } from "effect"
import type { CompiledSource } from "../src/Provider.ts"
import { compileOpenApi } from "../src/providers/openapi/Compile.ts"

const compile = (material: string) => compileOpenApi(material, { source: "shop" as SourceName })

const text = (paths: object, schemas: object = {}) =>
  JSON.stringify({ openapi: "3.1.0", servers: [{ url: "https://a.example" }], paths, components: { schemas } })

const exchanging = (schema: object) => ({
  post: {
    requestBody: { required: true, content: { "application/json": { schema } } },
    responses: { 200: { content: { "application/json": { schema } } } }
  }
})

const longestRecord = (source: CompiledSource) => Math.max(...source.tools.map((tool) => JSON.stringify(tool).length))

const nested = (levels: number, wrap: (inner: string) => string): string => {
  let inner = '{"type":"string"}'
  for (let level = 0; level < levels; level++) inner = wrap(inner)
  return inner
}

describe("a hostile description", () => {
  it.effect("that doubles at each reference stays small", () =>
    Effect.gen(function* () {
      for (const keyword of ["allOf", "anyOf"]) {
        const schemas = Object.fromEntries(
          Array.from({ length: 40 }, (_, level) => [
            `L${level}`,
            level === 39
              ? { type: "string" }
              : {
                  [keyword]: [
                    { $ref: `#/components/schemas/L${level + 1}` },
                    { $ref: `#/components/schemas/L${level + 1}` }
                  ]
                }
          ])
        )
        const source = yield* compile(text({ "/a": exchanging({ $ref: "#/components/schemas/L0" }) }, schemas))
        assert.isBelow(longestRecord(source), 20_000)
      }
    })
  )

  it.effect("whose thousand operations all use one huge graph of types stays in proportion", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 400 }, (_, index) => `Type${index}`)
      const schemas = Object.fromEntries(
        names.map((name, index) => [
          name,
          {
            type: "object",
            properties: Object.fromEntries(
              Array.from({ length: 20 }, (_, key) => [
                `p${key}`,
                { $ref: `#/components/schemas/Type${(index * 7 + key * 13) % 400}` }
              ])
            )
          }
        ])
      )
      const paths = Object.fromEntries(
        Array.from({ length: 1_000 }, (_, index) => [
          `/p${index}`,
          exchanging({ $ref: `#/components/schemas/Type${index % 400}` })
        ])
      )
      const source = yield* compile(text(paths, schemas))
      assert.strictEqual(source.tools.length, 1_000)
      const total = source.tools.reduce((sum, tool) => sum + JSON.stringify(tool.input).length, 0)
      assert.isBelow(total, 48 * 1024 * 1024)
    })
  )

  it.effect("nested ten thousand levels deep is read to a bounded depth", () =>
    Effect.gen(function* () {
      for (const wrap of [
        (inner: string) => `{"type":"array","items":${inner}}`,
        (inner: string) => `{"allOf":[${inner}]}`,
        (inner: string) => `{"properties":{"a":${inner}}}`,
        (inner: string) => `{"not":${inner}}`
      ]) {
        const material = text({ "/a": exchanging({ MARK: 1 }) }).replaceAll('{"MARK":1}', nested(10_000, wrap))
        const source = yield* compile(material)
        assert.isBelow(longestRecord(source), 20_000)
      }
    })
  )

  it.effect("with keys that mean something to JavaScript is read as data", () =>
    Effect.gen(function* () {
      const schema =
        '{"type":"object","required":["__proto__"],"properties":{"__proto__":{"type":"string"},"constructor":{"type":"number"}}}'
      const material = text({ "/a": exchanging({ MARK: 1 }) }).replaceAll('{"MARK":1}', schema)
      const tool = (yield* compile(material)).tools[0]!
      const properties = (tool.input as { properties: object }).properties
      assert.deepStrictEqual(Object.keys(properties), ["__proto__", "constructor"])
      assert.include(tool.typescript, "__proto__: string")
      assert.isUndefined(({} as { polluted?: unknown }).polluted)
      // References through the prototype lead nowhere.
      const source = yield* compile(text({ "/a": exchanging({ $ref: "#/constructor/prototype" }) }))
      assert.include(source.warnings.join(), "leads nowhere")
    })
  )

  it.effect("with more operations than anybody searches is refused", () =>
    Effect.gen(function* () {
      const operation = { responses: {} }
      const paths = Object.fromEntries(
        Array.from({ length: 100_000 }, (_, index) => [`/p${index}`, { get: operation }])
      )
      const { failure } = yield* Effect.flip(compile(text(paths)))
      assert.strictEqual(failure.code, "too_large")
      assert.match(failure.message, /more than 20000 operations/)
    })
  )

  it.effect("with ten thousand operations of one name gets ten thousand names", () =>
    Effect.gen(function* () {
      const paths = Object.fromEntries(
        Array.from({ length: 10_000 }, (_, index) => [`/p${index}`, { get: { operationId: "same", responses: {} } }])
      )
      const source = yield* compile(text(paths))
      assert.strictEqual(new Set(source.tools.map((tool) => tool.name)).size, 10_000)
      assert.strictEqual(source.tools.at(-1)!.name, "same10000")
    })
  )

  it.effect("with an object of ten thousand properties and an enumeration as long shows a part", () =>
    Effect.gen(function* () {
      const properties = Object.fromEntries(
        Array.from({ length: 10_000 }, (_, index) => [`p${index}`, { type: "string" }])
      )
      const choices = Array.from({ length: 10_000 }, (_, index) => `choice ${index}`)
      const source = yield* compile(
        text({ "/a": exchanging({ type: "object", properties }), "/b": exchanging({ enum: choices }) })
      )
      for (const tool of source.tools) assert.isBelow(tool.typescript.length, 3_000)
    })
  )

  it.effect("whose texts try to leave their place in a declaration does not", () =>
    Effect.gen(function* () {
      const description = "*/ }; evil(); /* \u202e\u0000 \n second line"
      const schema = {
        type: "object",
        properties: { 'a"; evil(); "': { type: "string", description }, b: { enum: ["*/", "`${x}`", "\u2028"] } }
      }
      const source = yield* compile(
        JSON.stringify({
          openapi: "3.0.0",
          info: { title: description },
          servers: [{ url: "https://a.example" }],
          paths: { "/a": { ...exchanging(schema), get: { summary: description, description, responses: {} } } }
        })
      )
      for (const tool of source.tools) {
        const whole = `${tool.summary}${tool.signature}${tool.description}`
        assert.notMatch(whole, /[\n\u0000\u202e]/)
        assert.notInclude(tool.typescript, "*/ }")
      }
      assert.include(
        source.tools.find((tool) => tool.typescript.includes("evil"))!.typescript,
        '"a\\"; evil(); \\""?: string'
      )
    })
  )

  it.effect("in YAML whose aliases multiply is refused or stays small", () =>
    Effect.gen(function* () {
      const lines = ["a0: &a0 { type: string }"]
      for (let level = 1; level < 40; level++)
        lines.push(`a${level}: &a${level} { anyOf: [*a${level - 1}, *a${level - 1}, *a${level - 1}] }`)
      const material =
        `openapi: 3.0.0\nservers: [{ url: "https://a.example" }]\nx-bomb:\n  ${lines.join("\n  ")}\n` +
        'paths:\n  /a:\n    get:\n      responses: { "200": { content: { application/json: { schema: *a39 } } } }\n'
      const result = yield* Effect.result(compile(material))
      if (result._tag === "Success") assert.isBelow(longestRecord(result.success), 20_000)
      else assert.strictEqual(result.failure.failure.code, "not_a_specification")
    })
  )

  it.effect("in YAML that contains itself is refused or stays small", () =>
    Effect.gen(function* () {
      const material =
        'openapi: 3.0.0\nservers: [{ url: "https://a.example" }]\nx: &x { type: object, properties: { a: *x } }\n' +
        'paths:\n  /a:\n    post:\n      requestBody: { content: { application/json: { schema: *x } } }\n      responses: { "200": { content: { application/json: { schema: *x } } } }\n'
      const result = yield* Effect.result(compile(material))
      if (result._tag === "Success") assert.isBelow(longestRecord(result.success), 20_000)
      else assert.strictEqual(result.failure.failure.code, "not_a_specification")
    })
  )
})
