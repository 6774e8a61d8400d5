// Calls against a real HTTP server, through the daemon's own network: what the server receives, and what the caller gets.
import { assert, describe, it } from "@effect/vitest"
import { ToolError, type Source, type SourceName, type ToolArtifact } from "@executor-v2/schema"
import { Effect, Fiber, Layer } from "effect"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { TestClock } from "effect/testing"
import { afterAll, beforeAll } from "vitest"
import { validateArguments } from "../src/json-schema/Arguments.ts"
import * as NodeFiles from "../src/NodeFiles.ts"
import * as NodeOutbound from "../src/network/NodeOutbound.ts"
import { makeOpenApiProvider } from "../src/providers/openapi/OpenApiProvider.ts"

interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
  readonly bytes: Buffer
}

type Responder = (response: ServerResponse, received: Received) => void

let server: Server
let origin: string
let respond: Responder = (response) => void response.end()
let received: Array<Received> = []

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const bytes = Buffer.concat(chunks)
      const one = {
        method: request.method!,
        url: request.url!,
        headers: request.headers,
        body: bytes.toString(),
        bytes
      }
      received.push(one)
      respond(response, one)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const layer = Layer.mergeAll(NodeOutbound.layer({ allowOrigins: [] }), NodeFiles.layer)

const source = (privateOrigins: ReadonlyArray<string>): Source =>
  ({
    name: "shop",
    kind: "openapi",
    location: { _tag: "Text", text: "x" },
    privateOrigins,
    state: "connected",
    needs: [],
    toolCount: 1,
    warnings: [],
    addedAt: 0,
    updatedAt: 0
  }) as unknown as Source

interface Call {
  readonly path?: string
  readonly method?: string
  readonly operation?: object
  readonly components?: object
  readonly privateOrigins?: ReadonlyArray<string>
  readonly server?: string
  readonly signal?: AbortSignal
}

/** Compiles a description of one operation and calls its tool, arguments checked as a run would. */
const call = (args: unknown, options: Call, answer: Responder = (response) => void response.end()) =>
  Effect.gen(function* () {
    received = []
    respond = answer
    const { path = "/a", method = "get", operation = {}, components = {} } = options
    const provider = yield* makeOpenApiProvider
    const compiled = yield* provider.compile(
      JSON.stringify({
        openapi: "3.0.3",
        info: { title: "T", version: "1" },
        servers: [{ url: options.server ?? `${origin}/v1` }],
        paths: { [path]: { [method]: { operationId: "call", responses: {}, ...operation } } },
        components
      }),
      { source: "shop" as SourceName }
    )
    const tool = compiled.tools[0]!
    const checked = yield* validateArguments(tool, args, "shop.call")
    const invoked = yield* provider.invoke({
      source: source(options.privateOrigins ?? [origin]),
      artifact: {} as ToolArtifact,
      tool,
      args: checked,
      ...(options.signal === undefined ? {} : { signal: options.signal })
    })
    assert.strictEqual(invoked._tag, "Done")
    return JSON.parse((invoked as { readonly json: string }).json) as unknown
  }).pipe(Effect.provide(layer))

const failed = (...args: Parameters<typeof call>): Effect.Effect<ToolError, unknown> =>
  call(...args).pipe(
    Effect.flip,
    Effect.flatMap((error) => (error instanceof ToolError ? Effect.succeed(error) : Effect.die(error)))
  )

const sent = (): Received => {
  assert.strictEqual(received.length, 1)
  return received[0]!
}

const query = (name: string, more: object = {}) => ({ name, in: "query", schema: {}, ...more })
const pathParameter = (name: string, more: object = {}) => ({ name, in: "path", required: true, schema: {}, ...more })
const json =
  (value: unknown, status = 200): Responder =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value))
  }
const body = (type: string, schema: object, more: object = {}) => ({
  requestBody: { required: true, content: { [type]: { schema, ...more } } }
})

describe("a request", () => {
  it.effect("goes to the operation's address, asks for its media type and says who asks", () =>
    Effect.gen(function* () {
      yield* call(
        {},
        { path: "/things", operation: { responses: { 200: { content: { "application/json": { schema: {} } } } } } },
        json(1)
      )
      const { method, url, headers } = sent()
      assert.deepStrictEqual(
        [method, url, headers.accept, headers["user-agent"]],
        ["GET", "/v1/things", "application/json", "executor"]
      )
    })
  )

  it.effect("keeps the query that belongs to the operation's path", () =>
    Effect.gen(function* () {
      yield* call({ q: "1" }, { path: "/things?action=list", operation: { parameters: [query("q")] } })
      assert.strictEqual(sent().url, "/v1/things?action=list&q=1")
    })
  )

  it.effect("keeps every value of the path inside its segment", () =>
    Effect.gen(function* () {
      for (const value of [
        "a/b",
        "../../admin",
        "?x=1",
        "#f",
        "%2e%2e",
        "a b",
        "é",
        "..%2f",
        ";v=1",
        "\\..\\",
        "a\nb"
      ]) {
        yield* call({ id: value }, { path: "/things/{id}/parts", operation: { parameters: [pathParameter("id")] } })
        const match = /^\/v1\/things\/([^/?#]+)\/parts$/.exec(sent().url)
        assert.isNotNull(match, sent().url)
        assert.strictEqual(decodeURIComponent(match![1]!), value)
      }
    })
  )

  it.effect("is not sent when a value would change the path", () =>
    Effect.gen(function* () {
      for (const value of ["", ".", "..", []]) {
        const error = yield* failed(
          { id: value },
          { path: "/things/{id}", operation: { parameters: [pathParameter("id")] } }
        )
        assert.strictEqual(error.code, "invalid_arguments")
        assert.match(error.message, /"id" must be a value/)
        assert.deepStrictEqual(received, [])
      }
    })
  )

  it.effect("writes path parameters in each style", () =>
    Effect.gen(function* () {
      const values = { list: ["a,b", "c"], map: { x: "1", y: "2" }, one: 5 }
      const cases = [
        ["simple", false, "/a%2Cb,c/x,1,y,2/5"],
        ["simple", true, "/a%2Cb,c/x=1,y=2/5"],
        ["label", false, "/.a%2Cb,c/.x,1,y,2/.5"],
        ["label", true, "/.a%2Cb.c/.x=1.y=2/.5"],
        ["matrix", false, "/;list=a%2Cb,c/;map=x,1,y,2/;one=5"],
        ["matrix", true, "/;list=a%2Cb;list=c/;x=1;y=2/;one=5"]
      ] as const
      for (const [style, explode, expected] of cases) {
        const parameters = Object.keys(values).map((name) => pathParameter(name, { style, explode }))
        yield* call(values, { path: "/{list}/{map}/{one}", operation: { parameters } })
        assert.strictEqual(sent().url, `/v1${expected}`)
      }
    })
  )

  it.effect("writes query parameters in each style", () =>
    Effect.gen(function* () {
      const list = ["a&b", "c"]
      const map = { x: "1=", y: ["2", { z: true }] }
      const cases: ReadonlyArray<readonly [object, unknown, string]> = [
        [{}, list, "v=a%26b&v=c"],
        [{ explode: false }, list, "v=a%26b,c"],
        [{ style: "spaceDelimited", explode: false }, list, "v=a%26b%20c"],
        [{ style: "pipeDelimited", explode: false }, list, "v=a%26b%7Cc"],
        [{}, { x: "1", y: 2 }, "x=1&y=2"],
        [{ explode: false }, { x: "1", y: 2 }, "v=x,1,y,2"],
        [{ style: "deepObject" }, map, "v%5Bx%5D=1%3D&v%5By%5D%5B0%5D=2&v%5By%5D%5B1%5D%5Bz%5D=true"],
        [
          { schema: undefined, content: { "application/json": {} } },
          map,
          `v=${encodeURIComponent(JSON.stringify(map))}`
        ],
        [{ allowReserved: true }, "a/b?c:d&e=f#g", "v=a/b?c:d%26e%3Df%23g"],
        [{}, true, "v=true"],
        [{}, "", "v="],
        [{}, "a+b c", "v=a%2Bb%20c"],
        [{}, [], ""],
        [{}, null, ""]
      ]
      for (const [style, value, expected] of cases) {
        yield* call({ v: value }, { operation: { parameters: [query("v", style)] } })
        assert.strictEqual(sent().url, expected === "" ? "/v1/a" : `/v1/a?${expected}`)
      }
    })
  )

  it.effect("puts header and cookie parameters where they belong, and nothing else through them", () =>
    Effect.gen(function* () {
      const parameters = [
        { name: "X-Trace", in: "header", schema: {} },
        { name: "Host", in: "header", schema: {} },
        // Reserved characters are a matter of queries: here they would begin another cookie.
        { name: "session", in: "cookie", schema: {}, allowReserved: true }
      ]
      yield* call({ "X-Trace": ["a", "b"], session: "x; admin=1" }, { operation: { parameters } })
      const { headers } = sent()
      assert.deepStrictEqual([headers["x-trace"], headers.cookie], ["a,b", "session=x%3B%20admin%3D1"])
      for (const value of ["a\r\nX-Evil: 1", "a\nb", "\u2028", "\u0000"]) {
        assert.strictEqual(
          (yield* failed({ "X-Trace": value }, { operation: { parameters } })).code,
          "invalid_arguments"
        )
        assert.deepStrictEqual(received, [])
      }
      assert.match((yield* failed({ Host: "evil" }, { operation: { parameters } })).message, /"Host" is not declared/)
    })
  )

  it.effect("sends JSON bodies, spread or whole", () =>
    Effect.gen(function* () {
      const schema = {
        type: "object",
        properties: { name: { type: "string" }, tags: { type: "array", items: {} } },
        required: ["name"]
      }
      yield* call(
        { id: 1, name: "x" },
        {
          method: "put",
          path: "/a/{id}",
          operation: { parameters: [pathParameter("id")], ...body("application/json", schema) }
        }
      )
      assert.deepStrictEqual([sent().body, sent().headers["content-type"]], ['{"name":"x"}', "application/json"])
      yield* call(
        { body: [1, 2] },
        { method: "post", operation: body("application/merge-patch+json", { type: "array", items: {} }) }
      )
      assert.deepStrictEqual([sent().body, sent().headers["content-type"]], ["[1,2]", "application/merge-patch+json"])
      yield* call(
        {},
        { method: "post", operation: body("application/json", { type: "object", properties: { a: {} } }) }
      )
      assert.strictEqual(sent().body, "{}")
      yield* call(
        {},
        {
          method: "post",
          operation: {
            requestBody: { content: { "application/json": { schema: { type: "object", properties: { a: {} } } } } }
          }
        }
      )
      assert.deepStrictEqual([sent().body, sent().headers["content-type"]], ["", undefined])
    })
  )

  it.effect("sends further properties to the body only where it takes any", () =>
    Effect.gen(function* () {
      const schema = { type: "object", properties: { a: {} }, additionalProperties: { type: "string" } }
      yield* call(
        { q: "1", a: 1, extra: "y" },
        { method: "post", operation: { parameters: [query("q")], ...body("application/json", schema) } }
      )
      assert.deepStrictEqual([sent().url, JSON.parse(sent().body)], ["/v1/a?q=1", { a: 1, extra: "y" }])
      const closed = yield* failed(
        { a: 1, extra: "y" },
        { method: "post", operation: body("application/json", { type: "object", properties: { a: {} } }) }
      )
      assert.strictEqual(closed.code, "invalid_arguments")
    })
  )

  it.effect("sends forms", () =>
    Effect.gen(function* () {
      const schema = { type: "object", properties: { a: {}, list: {}, map: {}, deep: {} } }
      const args = { a: "x y&z", list: ["1", "2"], map: { k: 1 }, deep: { k: [true] } }
      yield* call(args, {
        method: "post",
        operation: body("application/x-www-form-urlencoded", schema, { encoding: { deep: { style: "deepObject" } } })
      })
      assert.deepStrictEqual(
        [...new URLSearchParams(sent().body)],
        [
          ["a", "x y&z"],
          ["list", "1"],
          ["list", "2"],
          ["map", '{"k":1}'],
          ["deep[k][0]", "true"]
        ]
      )
      assert.strictEqual(sent().headers["content-type"], "application/x-www-form-urlencoded")
    })
  )

  it.effect("sends files as multipart, with names that cannot break out", () =>
    Effect.gen(function* () {
      const schema = {
        type: "object",
        required: ["file"],
        properties: { file: { type: "string", format: "binary" }, note: { type: "string" }, meta: { type: "object" } }
      }
      const file = {
        base64: Buffer.from([0, 255, 13, 10]).toString("base64"),
        filename: 'a"\r\nX: y.bin',
        contentType: "image/png"
      }
      yield* call(
        { file, note: "hé", meta: { a: 1 } },
        { method: "post", operation: body("multipart/form-data", schema) }
      )
      const form = yield* Effect.promise(() =>
        new Response(new Uint8Array(sent().bytes), {
          headers: { "content-type": sent().headers["content-type"]! }
        }).formData()
      )
      const parsed = form.get("file") as File
      assert.deepStrictEqual([...new Uint8Array(yield* Effect.promise(() => parsed.arrayBuffer()))], [0, 255, 13, 10])
      assert.strictEqual(parsed.type, "image/png")
      assert.strictEqual(form.get("note"), "hé")
      assert.include(sent().bytes.toString("latin1"), 'filename="a%22%0D%0AX: y.bin"')
      assert.match(
        (yield* failed({ file: "no base64!" }, { method: "post", operation: body("multipart/form-data", schema) }))
          .message,
        /"file" must be Base64/
      )
    })
  )

  it.effect("sends text and bytes", () =>
    Effect.gen(function* () {
      yield* call({ body: "# hé" }, { method: "post", operation: body("text/markdown", { type: "string" }) })
      assert.deepStrictEqual([sent().body, sent().headers["content-type"]], ["# hé", "text/markdown"])
      yield* call(
        { body: "AP8" },
        { method: "post", operation: body("application/octet-stream", { type: "string", format: "binary" }) }
      )
      assert.deepStrictEqual([...sent().bytes], [0, 255])
    })
  )

  it.effect("reads nothing of an argument object but its own fields", () =>
    Effect.gen(function* () {
      const parameters = ["toString", "constructor", "__proto__"].map((name) => query(name))
      yield* call(JSON.parse('{"__proto__":"x"}'), { operation: { parameters } })
      assert.strictEqual(sent().url, "/v1/a?__proto__=x")
    })
  )
})

describe("an answer", () => {
  const answered = (headers: Record<string, string>, content: string | Uint8Array, status = 200) =>
    call({}, {}, (response) => void response.writeHead(status, headers).end(content))

  it.effect("in JSON is passed on as it is", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* answered({ "content-type": "application/json; charset=utf-8" }, '{"a":[1,null,"é"]}'),
        { a: [1, null, "é"] }
      )
      assert.deepStrictEqual(yield* answered({ "content-type": "application/hal+json" }, "[]"), [])
      assert.deepStrictEqual(yield* answered({}, '{"a":1}'), { a: 1 })
    })
  )

  it.effect("that only claims to be JSON becomes a text", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* answered({ "content-type": "application/json" }, "oops"), "oops")
      assert.strictEqual(yield* answered({ "content-type": "application/json" }, '{"a":'), '{"a":')
    })
  )

  it.effect("in text is a string, in its character set", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* answered({ "content-type": "text/plain" }, "5"), "5")
      assert.strictEqual(
        yield* answered({ "content-type": "text/csv; charset=iso-8859-1" }, new Uint8Array([0xe9])),
        "é"
      )
      assert.strictEqual(yield* answered({ "content-type": "application/xml; charset=nonsense" }, "<a/>"), "<a/>")
    })
  )

  it.effect("in bytes is Base64 with its media type", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* answered({ "content-type": "image/png" }, new Uint8Array([0, 255])), {
        contentType: "image/png",
        base64: "AP8="
      })
    })
  )

  it.effect("without content is null", () =>
    Effect.gen(function* () {
      assert.isNull(yield* answered({}, "", 204))
      assert.isNull(yield* answered({ "content-type": "application/json" }, ""))
    })
  )

  it.effect("to HEAD is its headers", () =>
    Effect.gen(function* () {
      const value = yield* call(
        {},
        { method: "head" },
        (response) => void response.writeHead(200, { "x-total": "7" }).end()
      )
      assert.strictEqual((value as { headers: Record<string, string> }).headers["x-total"], "7")
    })
  )

  it.effect("that leads elsewhere after a write is told, not followed", () =>
    Effect.gen(function* () {
      const value = yield* call(
        {},
        { method: "post" },
        (response) => void response.writeHead(303, { location: "/done" }).end()
      )
      assert.deepStrictEqual(value, { status: 303, location: "/done" })
      assert.strictEqual(received.length, 1)
    })
  )
})

describe("a failure", () => {
  it.effect("of the service tells its status, what it said, and whether to try again", () =>
    Effect.gen(function* () {
      const cases = [
        [400, false],
        [404, false],
        [408, true],
        [409, false],
        [425, true],
        [429, true],
        [500, true],
        [503, true]
      ] as const
      for (const [status, retryable] of cases) {
        const error = yield* failed(
          { q: "secret" },
          { operation: { parameters: [query("q")] } },
          json({ message: `status ${status}` }, status)
        )
        assert.deepStrictEqual([error.code, error.status, error.retryable], ["upstream_error", status, retryable])
        assert.include(error.message, `answered ${status}: {"message":"status ${status}"}`)
        assert.notInclude(error.message, "secret")
      }
    })
  )

  it.effect("with a time to wait tells it", () =>
    Effect.gen(function* () {
      const error = yield* failed({}, {}, (response) => void response.writeHead(429, { "retry-after": "7" }).end())
      assert.deepStrictEqual(error.details, { retryAfterSeconds: 7 })
      assert.include(error.message, "wait 7 s")
      yield* TestClock.setTime(Date.parse("2026-01-01T00:00:00Z"))
      const dated = yield* failed(
        {},
        {},
        (response) => void response.writeHead(503, { "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" }).end()
      )
      assert.deepStrictEqual(dated.details, { retryAfterSeconds: 60 })
    })
  )

  it.effect("in HTML or at length is told in a readable excerpt", () =>
    Effect.gen(function* () {
      const error = yield* failed(
        {},
        {},
        (response) =>
          void response
            .writeHead(502, { "content-type": "text/html" })
            .end(`<html><style>x{}</style><h1>Bad  Gateway</h1>${"z".repeat(5_000)}`)
      )
      assert.include(error.message, "answered 502: Bad Gateway zzz")
      assert.isBelow(error.message.length, 700)
      const binary = yield* failed(
        {},
        {},
        (response) => void response.writeHead(500, { "content-type": "image/png" }).end(new Uint8Array(9))
      )
      assert.include(binary.message, "(image/png, 9 bytes)")
    })
  )

  it.effect("to reach the service says what happened, and never calls a write repeatable", () =>
    Effect.gen(function* () {
      const hangUp: Responder = (response) => void response.destroy()
      const read = yield* failed({}, {}, hangUp)
      assert.deepStrictEqual([read.code, read.retryable], ["unreachable", true])
      const write = yield* failed({}, { method: "post" }, hangUp)
      assert.deepStrictEqual([write.code, write.retryable], ["unreachable", false])
      assert.match(write.message, /not known/)
      const refused = yield* failed({}, { privateOrigins: [] })
      assert.deepStrictEqual([refused.code, refused.retryable], ["refused_address", false])
      assert.deepStrictEqual(received, [])
    })
  )

  it.effect("for want of a credential says which, before anything is sent", () =>
    Effect.gen(function* () {
      const components = {
        securitySchemes: { key: { type: "apiKey", in: "header", name: "X-Key" }, page: { type: "oauth2" } }
      }
      const error = yield* failed({}, { operation: { security: [{ key: [] }, { page: ["read"] }] }, components })
      assert.strictEqual(error.code, "auth_required")
      assert.include(error.message, "key (api-key in header X-Key), or page (oauth2 in header Authorization)")
      assert.deepStrictEqual(received, [])
    })
  )

  it.live("because the run ended stops the request", () =>
    Effect.gen(function* () {
      const controller = new AbortController()
      const fiber = yield* Effect.forkChild(failed({}, { signal: controller.signal }, () => controller.abort()))
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error.code, "unreachable")
      assert.include(error.message, "cancelled")
    })
  )
})

describe("redirects", () => {
  it.effect("of reads are followed, and take no headers of the call to another origin", () =>
    Effect.gen(function* () {
      const other = createServer(
        (request, response) =>
          void response.setHeader("content-type", "application/json").end(JSON.stringify(request.headers))
      )
      yield* Effect.promise(() => new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve)))
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          other.closeAllConnections()
          other.close()
        })
      )
      const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
      const parameters = [
        { name: "X-Token", in: "header", schema: {} },
        { name: "session", in: "cookie", schema: {} }
      ]
      const redirect: Responder = (response) => void response.writeHead(302, { location: `${elsewhere}/x` }).end()
      const args = { "X-Token": "canary", session: "canary" }
      const headers = yield* call(args, { operation: { parameters }, privateOrigins: [origin, elsewhere] }, redirect)
      assert.notInclude(JSON.stringify(headers), "canary")
      const refused = yield* failed(args, { operation: { parameters } }, redirect)
      assert.strictEqual(refused.code, "refused_address")
    })
  )
})
