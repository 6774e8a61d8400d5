// Descriptions and the tools that come of them: each golden file is what a person should find right when reading it.
import { assert, describe, it } from "@effect/vitest"
import type { SourceName } from "@executor-v2/schema"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { validateArguments } from "../src/json-schema/Arguments.ts"
import type { CompiledSource, CompileOptions } from "../src/Provider.ts"
import type { OpenApiBinding } from "../src/providers/openapi/Binding.ts"
import { compileOpenApi } from "../src/providers/openapi/Compile.ts"

const fixture = (name: string) => readFileSync(new URL(`fixtures/openapi/${name}`, import.meta.url), "utf8")

const compile = (material: string, options: Partial<CompileOptions> = {}) =>
  compileOpenApi(material, { source: "shop" as SourceName, ...options })

const document = (more: object) =>
  JSON.stringify({
    openapi: "3.0.3",
    info: { title: "T", version: "1" },
    servers: [{ url: "https://api.example" }],
    ...more
  })

const get = (more: object = {}) => ({ responses: { 200: { description: "ok" } }, ...more })

const names = (source: CompiledSource) => source.tools.map((tool) => tool.name)

const reading = (source: CompiledSource): string =>
  [
    JSON.stringify(
      { title: source.title, warnings: source.warnings, needs: source.needs, servers: source.servers },
      null,
      2
    ),
    ...source.tools.map((tool) =>
      [
        `## ${tool.name}`,
        tool.summary,
        tool.description,
        tool.signature,
        tool.typescript,
        JSON.stringify(tool.traits),
        `keywords ${tool.keywords.join(" ")}`,
        JSON.stringify(tool.input),
        JSON.stringify(tool.binding)
      ].join("\n")
    )
  ].join("\n\n") + "\n"

describe("tools of a description", () => {
  for (const [name, origin] of [
    ["petstore.json"],
    ["library.yaml", "https://library.example/docs/library.yaml"],
    ["shop.swagger.json"]
  ] as const) {
    it(`of ${name} are as the golden file shows`, async ({ expect }) => {
      const source = await Effect.runPromise(compile(fixture(name), origin === undefined ? {} : { origin }))
      await expect(reading(source)).toMatchFileSnapshot(`fixtures/openapi/${name}.golden.txt`)
    })
  }

  it.effect("are found where YAML takes the version for a number", () =>
    Effect.gen(function* () {
      for (const version of ["openapi: 3.0", "openapi: 3.1", "swagger: 2.0"]) {
        const source = yield* compile(`${version}\npaths: { /a: { get: { responses: {} } } }\n`, {
          origin: "https://a.example"
        })
        assert.deepStrictEqual(names(source), ["getA"])
      }
    })
  )

  it.effect("are the same at each compilation", () =>
    Effect.gen(function* () {
      const first = yield* compile(fixture("petstore.json"))
      assert.deepStrictEqual(yield* compile(fixture("petstore.json")), first)
    })
  )

  it.effect("go to the base address that was given, whatever the description says", () =>
    Effect.gen(function* () {
      const source = yield* compile(fixture("petstore.json"), { baseUrl: "http://127.0.0.1:9/x/" })
      assert.deepStrictEqual(
        [...new Set(source.tools.map((tool) => (tool.binding as OpenApiBinding).base))],
        ["http://127.0.0.1:9/x"]
      )
      assert.deepStrictEqual(source.servers, ["http://127.0.0.1:9"])
    })
  )

  it.effect("go to the description's own origin when it names no server", () =>
    Effect.gen(function* () {
      const source = yield* compile(JSON.stringify({ openapi: "3.1.0", paths: { "/a": { get: get() } } }), {
        origin: "https://x.example/docs/openapi.json"
      })
      assert.strictEqual((source.tools[0]!.binding as OpenApiBinding).base, "https://x.example")
    })
  )

  it.effect("go to the server that is nearest to the operation", () =>
    Effect.gen(function* () {
      const servers = (url: string) => [{ url: "ws://no" }, { url }]
      const source = yield* compile(
        document({
          paths: {
            "/a": {
              servers: servers("https://path.example"),
              get: get(),
              post: get({ servers: servers("https://operation.example/") })
            },
            "/b": { get: get() }
          }
        })
      )
      assert.deepStrictEqual(
        source.tools.map((tool) => (tool.binding as OpenApiBinding).base),
        ["https://path.example", "https://operation.example", "https://api.example"]
      )
    })
  )
})

describe("arguments of a tool", () => {
  it.effect("put the body under one name when a field of it is called like a parameter", () =>
    Effect.gen(function* () {
      const body = {
        content: {
          "application/json": { schema: { type: "object", properties: { id: { type: "string" }, body: {} } } }
        }
      }
      const parameters = ["id", "body"].map((name) => ({ name, in: "query", schema: { type: "string" } }))
      const source = yield* compile(document({ paths: { "/a": { post: get({ parameters, requestBody: body }) } } }))
      assert.deepStrictEqual(Object.keys((source.tools[0]!.input as { properties: object }).properties), [
        "id",
        "body",
        "requestBody"
      ])
    })
  )

  it.effect("keep two parameters of one name apart", () =>
    Effect.gen(function* () {
      const parameters = [
        { name: "id", in: "path", required: true, schema: {} },
        { name: "id", in: "query", schema: {} }
      ]
      const source = yield* compile(document({ paths: { "/a/{id}": { get: get({ parameters }) } } }))
      assert.deepStrictEqual(
        (source.tools[0]!.binding as OpenApiBinding).parameters.map(({ arg, in: place }) => [arg, place]),
        [
          ["id", "path"],
          ["query_id", "query"]
        ]
      )
    })
  )

  it.effect("of an operation replace those of its path", () =>
    Effect.gen(function* () {
      const limit = (type: string) => ({ name: "limit", in: "query", schema: { type } })
      const source = yield* compile(
        document({ paths: { "/a": { parameters: [limit("string")], get: get({ parameters: [limit("integer")] }) } } })
      )
      assert.include(source.tools[0]!.typescript, "limit?: number")
    })
  )

  it.effect("may leave out an optional body as a whole, but not the required half of it", () =>
    Effect.gen(function* () {
      const schema = { type: "object", properties: { a: {}, b: {}, c: {} }, required: ["a", "b"] }
      const requestBody = { required: false, content: { "application/json": { schema } } }
      const source = yield* compile(document({ paths: { "/a": { post: get({ requestBody }) } } }))
      const [tool] = source.tools
      assert.include(tool!.typescript, "a?: unknown")
      assert.deepStrictEqual(yield* validateArguments(tool!, {}), {})
      assert.match((yield* Effect.flip(validateArguments(tool!, { c: 1 }))).message, /"a" is missing.*"b" is missing/)
      assert.deepStrictEqual(yield* validateArguments(tool!, { a: 1, b: 2 }), { a: 1, b: 2 })
    })
  )

  it.effect("keep the choices that refine a body's properties", () =>
    Effect.gen(function* () {
      const schema = {
        type: "object",
        properties: { id: {}, name: {}, note: {} },
        anyOf: [{ required: ["id"] }, { required: ["name"], additionalProperties: false }]
      }
      const requestBody = { required: true, content: { "application/json": { schema } } }
      const source = yield* compile(document({ paths: { "/a": { post: get({ requestBody }) } } }))
      const [tool] = source.tools
      assert.deepStrictEqual(yield* validateArguments(tool!, { name: "x", note: 1 }), { name: "x", note: 1 })
      assert.strictEqual((yield* Effect.flip(validateArguments(tool!, { note: 1 }))).code, "invalid_arguments")
    })
  )

  it.effect("include a path's gap that no parameter declares", () =>
    Effect.gen(function* () {
      const source = yield* compile(document({ paths: { "/a/{id}": { get: get() } } }))
      assert.deepStrictEqual((source.tools[0]!.input as { required: unknown }).required, ["id"])
    })
  )
})

describe("names of tools", () => {
  const named = (operations: Record<string, string>, tags: Record<string, Array<string>> = {}) =>
    compile(
      document({
        paths: Object.fromEntries(
          Object.entries(operations).map(([path, operationId]) => [
            path,
            { get: get({ operationId, tags: tags[path] ?? [] }) }
          ])
        )
      })
    ).pipe(Effect.map(names))

  it.effect("are identifiers, whatever the operation ids are", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* named({
          "/1": "issues/list-for-repo",
          "/2": "users.messages.list",
          "/3": "Get Überblick!",
          "/4": "123",
          "/5": "получить",
          "/six/{x}": "",
          "/7": "then",
          "/8": "APIKeys"
        }),
        ["issues.listForRepo", "usersMessages.list", "getUberblick", "_123", "get5", "getSixByX", "then_", "apiKeys"]
      )
    })
  )

  it.effect("are unique: the first of equal ones keeps the name, and a number takes nobody's", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* named({ "/1": "a", "/2": "a", "/3": "a2", "/4": "a", "/5": "b/c", "/6": "b" }), [
        "a",
        "a3",
        "a2",
        "a4",
        "b.c",
        "b2"
      ])
    })
  )

  it.effect("are grouped by tag when there are several, without repeating it", () =>
    Effect.gen(function* () {
      const tags = { "/1": ["Pet Toys"], "/2": ["users"], "/3": ["default"] }
      assert.deepStrictEqual(yield* named({ "/1": "addToy", "/2": "users_list", "/3": "ping" }, tags), [
        "petToys.addToy",
        "users.list",
        "ping"
      ])
      assert.deepStrictEqual(yield* named({ "/1": "addToy" }, tags), ["addToy"])
    })
  )

  it.effect("leave out what a generator appended", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* named({ "/v1/items/{id}": "read_item_v1_items__id__get" }), ["readItem"])
    })
  )

  it.effect("tell of operation ids that are used twice", () =>
    Effect.gen(function* () {
      const source = yield* compile(
        document({ paths: { "/a": { get: get({ operationId: "x" }) }, "/b": { get: get({ operationId: "x" }) } } })
      )
      assert.match(source.warnings.join(), /"x" is used twice; the later one is called x2/)
    })
  )
})

describe("credentials", () => {
  const secured = (more: object, operation: object = {}) =>
    compile(
      document({
        components: { securitySchemes: { token: { type: "http", scheme: "bearer" }, page: { type: "oauth2" } } },
        paths: { "/a": { get: get(operation) }, "/b": { get: get() } },
        ...more
      })
    )

  it.effect("are needed when the document demands one", () =>
    Effect.gen(function* () {
      const source = yield* secured({ security: [{ token: [] }] })
      assert.deepStrictEqual(source.needs, [
        { scheme: "token", kind: "bearer", placement: { in: "header", name: "Authorization", prefix: "Bearer " } }
      ])
    })
  )

  it.effect("are not needed when there is a way without", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* secured({ security: [{ token: [] }, {}] })).needs, [])
      assert.deepStrictEqual((yield* secured({})).needs, [])
    })
  )

  it.effect("stay with the operation when only some demand one", () =>
    Effect.gen(function* () {
      const source = yield* secured({}, { security: [{ page: ["read"] }] })
      assert.deepStrictEqual(source.needs, [])
      assert.deepStrictEqual(
        source.tools.map((tool) => (tool.binding as OpenApiBinding).security !== undefined),
        [true, false]
      )
    })
  )
})
