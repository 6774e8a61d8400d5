// What people give by mistake, and the words they get back.
import { assert, describe, it } from "@effect/vitest"
import type { SourceFailure, SourceLocation, SourceName } from "@executor-v2/schema"
import { Effect, Layer } from "effect"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFiles from "../src/NodeFiles.ts"
import * as NodeOutbound from "../src/network/NodeOutbound.ts"
import * as NoFiles from "../src/NoFiles.ts"
import type { Probed } from "../src/Provider.ts"
import { compileOpenApi } from "../src/providers/openapi/Compile.ts"
import { makeOpenApiProvider } from "../src/providers/openapi/OpenApiProvider.ts"

const name = "shop" as SourceName
const network = NodeOutbound.layer({ allowOrigins: [] })

const failureOf = (material: string, options: { readonly baseUrl?: string } = {}): Effect.Effect<SourceFailure> =>
  compileOpenApi(material, { source: name, ...options }).pipe(
    Effect.flip,
    Effect.map(({ failure }) => failure),
    Effect.orDie
  )

const looking = (location: SourceLocation, privateOrigins: ReadonlyArray<string> = [], files = NodeFiles.layer) =>
  makeOpenApiProvider.pipe(
    Effect.flatMap((provider) => provider.probe({ name, location, privateOrigins })),
    Effect.provide(Layer.mergeAll(network, files))
  )

const failureOfProbe = (...args: Parameters<typeof looking>): Effect.Effect<SourceFailure> =>
  looking(...args).pipe(
    Effect.flip,
    Effect.map(({ failure }) => failure),
    Effect.orDie
  )

const served = (listener: RequestListener) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer(listener)
          server.listen(0, "127.0.0.1", () => resolve(server))
        })
    ),
    (server) =>
      Effect.promise(
        () =>
          new Promise<void>((resolve) => {
            server.closeAllConnections()
            server.close(() => resolve())
          })
      )
  ).pipe(Effect.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`))

const operation = { responses: { 200: { description: "ok" } } }
const specification = (more: object = {}) => ({
  openapi: "3.0.0",
  info: { title: "T", version: "1" },
  servers: [{ url: "https://a.example" }],
  paths: { "/a": { get: operation } },
  ...more
})

describe("a text that is no specification", () => {
  const cases: ReadonlyArray<readonly [string, string, SourceFailure["code"], RegExp]> = [
    ["nothing", "  \n", "not_a_specification", /empty/],
    [
      "an HTML page",
      "<!DOCTYPE html><html><body>Docs</body></html>",
      "not_a_specification",
      /HTML page.*openapi\.json/
    ],
    ["XML", '<?xml version="1.0"?><wsdl/>', "not_a_specification", /XML/],
    [
      "JSON of something else",
      '{"name":"x","version":"1.0.0"}',
      "not_a_specification",
      /its fields: name, version.*neither "openapi" nor "swagger"/
    ],
    ["a JSON array", "[1,2]", "not_a_specification", /not an OpenAPI description/],
    ["broken JSON", '{"openapi": "3.0.0",', "not_a_specification", /neither valid JSON/],
    ["broken YAML", "openapi: 3.0.0\npaths: {a: [}", "not_a_specification", /neither JSON nor YAML.*line 2/],
    ["a plain sentence", "hello there", "not_a_specification", /"hello there"/],
    ["an AsyncAPI document", '{"asyncapi":"3.0.0"}', "not_a_specification", /AsyncAPI/],
    ["a GraphQL schema", '{"data":{"__schema":{}}}', "not_a_specification", /GraphQL/],
    ["Swagger 1.2", '{"swagger":"1.2"}', "unsupported", /Swagger 1\.2/],
    ["OpenAPI 4", '{"openapi":"4.0.0"}', "unsupported", /OpenAPI 4\.0\.0/],
    ["paths that are a list", JSON.stringify(specification({ paths: [] })), "invalid_specification", /"paths"/]
  ]
  for (const [what, text, code, words] of cases) {
    it.effect(`${what} is said to be ${code}`, () =>
      Effect.gen(function* () {
        const failure = yield* failureOf(text)
        assert.strictEqual(failure.code, code)
        assert.match(failure.message, words)
      })
    )
  }
})

describe("a specification with nothing to call", () => {
  it.effect("because it has no operations says so", () =>
    Effect.gen(function* () {
      for (const paths of [{}, undefined, { "/a": {} }, { "/a": null }]) {
        assert.strictEqual((yield* failureOf(JSON.stringify(specification({ paths })))).code, "no_tools")
      }
      assert.match((yield* failureOf(JSON.stringify(specification({ paths: {}, webhooks: {} })))).message, /webhooks/)
    })
  )

  it.effect("because no server has an address says how to give one", () =>
    Effect.gen(function* () {
      for (const servers of [
        undefined,
        [],
        [{ url: "/api" }],
        [{ url: "https://{tenant}.example" }],
        [{ url: "ftp://a.example" }],
        [{ url: "https://me:secret@a.example" }]
      ]) {
        const failure = yield* failureOf(JSON.stringify(specification({ servers })))
        assert.strictEqual(failure.code, "invalid_specification")
        assert.match(failure.message, /--base-url/)
        assert.notInclude(failure.message, "secret")
      }
    })
  )

  it.effect("because the base address that was given is none says so", () =>
    Effect.gen(function* () {
      assert.match(
        (yield* failureOf(JSON.stringify(specification()), { baseUrl: "localhost:8080" })).message,
        /not an http or https URL/
      )
    })
  )
})

describe("a specification with broken parts", () => {
  const compiled = (paths: object, components: object = {}) =>
    compileOpenApi(JSON.stringify(specification({ paths, components })), { source: name })
  const answering = (schema: object) => ({ responses: { 200: { content: { "application/json": { schema } } } } })

  it.effect("keeps an operation whose types lead nowhere, with unknown in their place and a warning", () =>
    Effect.gen(function* () {
      const source = yield* compiled({
        "/a": {
          get: answering({ $ref: "#/components/schemas/Gone" }),
          post: answering({ type: "array", items: { $ref: "other.yaml#/X" } })
        }
      })
      assert.include(source.tools[0]!.typescript, "Promise<unknown>")
      assert.include(source.tools[1]!.typescript, "Promise<Array<unknown>>".replace("Array<unknown>", "unknown[]"))
      assert.match(
        source.warnings.join("\n"),
        /"#\/components\/schemas\/Gone" leads nowhere[^]*other\.yaml#\/X" is outside the document and was not fetched/
      )
    })
  )

  it.effect("leaves out a path that leads nowhere, with a warning", () =>
    Effect.gen(function* () {
      const source = yield* compiled({
        "/a": { $ref: "#/paths/~1gone" },
        "/b": { get: operation },
        "/c d": { get: operation }
      })
      assert.deepStrictEqual(
        source.tools.map((tool) => tool.name),
        ["getB"]
      )
      assert.match(source.warnings.join("\n"), /"\/a" was left out[^]*"\/c d" was left out/)
    })
  )

  it.effect("names the types of a circle once", () =>
    Effect.gen(function* () {
      const source = yield* compiled(
        { "/a": { get: answering({ $ref: "#/components/schemas/Node" }) } },
        {
          schemas: { Node: { type: "object", properties: { next: { $ref: "#/components/schemas/Node" } } } }
        }
      )
      assert.include(source.tools[0]!.typescript, "type Node = { next?: Node }")
    })
  )

  it.effect("is not led around in a circle of bare references", () =>
    Effect.gen(function* () {
      const source = yield* compiled(
        { "/a": { get: answering({ $ref: "#/components/schemas/A" }) } },
        {
          schemas: { A: { $ref: "#/components/schemas/B" }, B: { $ref: "#/components/schemas/A" } }
        }
      )
      assert.include(source.tools[0]!.typescript, "Promise<unknown>")
      assert.match(source.warnings.join(), /leads in a circle/)
    })
  )

  it.effect("does not list more warnings than people read", () =>
    Effect.gen(function* () {
      const paths = Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [`/${index}`, { get: answering({ $ref: `#/gone/${index}` }) }])
      )
      const { warnings } = yield* compiled(paths)
      assert.strictEqual(warnings.length, 21)
      assert.match(warnings.at(-1)!, /80 more/)
    })
  )
})

describe("looking at an address", () => {
  it.effect("that answers with an error tells the status and what it means", () =>
    Effect.gen(function* () {
      const origin = yield* served((request, response) => {
        response.statusCode = Number(request.url!.slice(1, 4))
        response.end("no")
      })
      for (const [status, words] of [
        [404, /404.*nothing at this address/],
        [403, /403.*forbidden/],
        [500, /500.*later/],
        [302, /302/]
      ] as const) {
        const failure = yield* failureOfProbe({ _tag: "Url", url: `${origin}/${status}?key=secret` }, [origin])
        assert.strictEqual(failure.code, "http_status")
        assert.strictEqual(failure.status, status)
        assert.match(failure.message, words)
        assert.notInclude(failure.message, "secret")
      }
    })
  )

  it.effect("that wants a credential says which", () =>
    Effect.gen(function* () {
      const origin = yield* served((_, response) => {
        response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end()
      })
      const probed = yield* looking({ _tag: "Url", url: origin }, [origin])
      assert.strictEqual(probed._tag, "AuthRequired")
      assert.deepStrictEqual(
        (probed as Extract<Probed, { _tag: "AuthRequired" }>).needs.map(({ kind }) => kind),
        ["basic"]
      )
    })
  )

  it.effect("of a website, of some JSON, or of nothing at all tells what was found there", () =>
    Effect.gen(function* () {
      const bodies = ["<html>docs</html>", '{"hello":1}', ""]
      const origin = yield* served((request, response) => void response.end(bodies[Number(request.url!.slice(1))]))
      for (const [index, words] of [/HTML page/, /names no "openapi" version/, /empty/].entries()) {
        const failure = yield* failureOfProbe({ _tag: "Url", url: `${origin}/${index}` }, [origin])
        assert.strictEqual(failure.code, "not_a_specification")
        assert.match(failure.message, words)
      }
    })
  )

  it.effect("that nobody listens at, or that may not be reached, or that is none says so", () =>
    Effect.gen(function* () {
      const origin = yield* Effect.scoped(served(() => {}))
      assert.strictEqual((yield* failureOfProbe({ _tag: "Url", url: origin }, [origin])).code, "unreachable")
      assert.strictEqual((yield* failureOfProbe({ _tag: "Url", url: origin })).code, "refused_address")
      assert.strictEqual((yield* failureOfProbe({ _tag: "Url", url: "not an address" })).code, "unreachable")
    })
  )

  it.effect("with a specification hands its text on as it is", () =>
    Effect.gen(function* () {
      const text = JSON.stringify(specification())
      const origin = yield* served((request, response) => {
        assert.include(request.headers.accept, "application/yaml")
        response.end(text)
      })
      const found = yield* looking({ _tag: "Url", url: `${origin}/openapi.json#top` }, [origin])
      assert.strictEqual(found._tag, "Material")
      const { material } = found as Extract<typeof found, { _tag: "Material" }>
      assert.strictEqual(new TextDecoder().decode(material as Uint8Array), text)
    })
  )
})

describe("reading a file", () => {
  const folder = Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "executor-openapi-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true }))
  )

  it.effect("hands its text on", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "a.yaml")
      writeFileSync(path, "openapi: 3.0.0")
      assert.deepStrictEqual(yield* looking({ _tag: "File", path }), { _tag: "Material", material: "openapi: 3.0.0" })
    })
  )

  it.effect("that is not there, is a folder, is too large, or has no absolute path says so", () =>
    Effect.gen(function* () {
      const base = yield* folder
      const path = join(base, "large.json")
      mkdirSync(join(base, "folder"))
      writeFileSync(path, "")
      truncateSync(path, 65 * 1024 * 1024)
      const failure = (where: string) => failureOfProbe({ _tag: "File", path: where })
      assert.match((yield* failure(join(base, "gone.json"))).message, /there is no file.*gone\.json/)
      assert.match((yield* failure(join(base, "folder"))).message, /folder, not a file|is a folder/)
      assert.strictEqual((yield* failure(path)).code, "too_large")
      assert.match((yield* failure("relative.json")).message, /not an absolute path/)
    })
  )

  it.skipIf(process.platform === "win32" || process.getuid?.() === 0)("that is not readable says so", () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const path = join(yield* folder, "secret.json")
          writeFileSync(path, "{}")
          chmodSync(path, 0)
          assert.match((yield* failureOfProbe({ _tag: "File", path })).message, /permission was denied/)
        })
      )
    )
  )

  it.effect("is not possible on a host without files, which says what to do instead", () =>
    Effect.gen(function* () {
      const failure = yield* failureOfProbe({ _tag: "File", path: "/a.json" }, [], NoFiles.layer)
      assert.strictEqual(failure.code, "unsupported")
      assert.match(failure.message, /address or its text/)
    })
  )
})

describe("other kinds of location", () => {
  it.effect("a command is not an OpenAPI source", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* failureOfProbe({ _tag: "Stdio", command: "x", args: [] })).code, "unsupported")
    })
  )
})
