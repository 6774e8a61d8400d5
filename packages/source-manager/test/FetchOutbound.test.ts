// The way to the network over the host's own fetch, against real servers on loopback.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { gzipSync } from "node:zlib"
import { layer } from "../src/network/FetchOutbound.ts"
import { Outbound, type OutboundRequest } from "../src/network/Outbound.ts"

interface Seen {
  readonly url: string
  readonly headers: Readonly<Record<string, unknown>>
}

const serve = (handler: RequestListener) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const seen: Array<Seen> = []
      const server = createServer((request, response) => {
        seen.push({ url: request.url ?? "", headers: request.headers })
        handler(request, response)
      })
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      return { server, seen, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
    }),
    ({ server }) =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )

const send = (allowOrigins: ReadonlyArray<string>, url: string, more: Partial<OutboundRequest> = {}) =>
  Outbound.use((outbound) =>
    outbound.request({ method: "GET", url, privateOrigins: [], timeoutMs: 5_000, maxBytes: 1_000_000, ...more })
  ).pipe(Effect.provide(layer({ allowOrigins })))

const reasonOf = <A, R>(effect: Effect.Effect<A, { readonly reason: string }, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)

const guardedFetch = (allowOrigins: ReadonlyArray<string>) =>
  Effect.map(Outbound, (outbound) => outbound.fetch([])).pipe(Effect.provide(layer({ allowOrigins })))

const text = (body: Uint8Array) => new TextDecoder().decode(body)

describe("addresses", () => {
  it.effect("inside a network are refused in every spelling, whatever a source was allowed, and nothing arrives", () =>
    Effect.gen(function* () {
      const { origin, seen } = yield* serve((_, response) => response.end("secret"))
      const { port } = new URL(origin)
      const hosts = ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "0.0.0.0", "[::1]", "[::ffff:7f00:1]", "localhost."]
      for (const host of [...hosts, "a.localhost", "backend", "db.internal", "printer.local", "169.254.169.254"]) {
        const url = `http://${host}:${port}/`
        const refused = send([], url, { privateOrigins: [new URL(url).origin] })
        assert.strictEqual(yield* reasonOf(refused), "refused", host)
      }
      assert.deepStrictEqual(seen, [])
    })
  )

  it.effect("that the operator allows are reached, and only those", () =>
    Effect.gen(function* () {
      const { origin } = yield* serve((_, response) => response.end("fine"))
      const other = yield* serve((_, response) => response.end("secret"))
      assert.strictEqual(text((yield* send([`${origin}/`], `${origin}/x`)).body), "fine")
      assert.strictEqual(yield* reasonOf(send([origin], other.origin)), "refused")
      assert.deepStrictEqual(other.seen, [])
    })
  )

  it.effect("with credentials or another scheme are refused without showing them", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* reasonOf(send([], "file:///etc/passwd")), "invalid-url")
      const { detail, reason } = yield* Effect.flip(send([], "https://me:hunter2@example.com/"))
      assert.strictEqual(reason, "invalid-url")
      assert.notInclude(detail, "hunter2")
    })
  )
})

describe("redirects", () => {
  it.effect("are followed five times, judged at each hop, and take no credentials to another origin", () =>
    Effect.gen(function* () {
      const inner = yield* serve((_, response) => response.end("there"))
      const server = yield* serve((request, response) => {
        const left = Number(request.url!.slice(1))
        response.writeHead(302, { location: left > 0 ? `/${left - 1}` : inner.origin })
        response.end()
      })
      assert.strictEqual(yield* reasonOf(send([server.origin], `${server.origin}/0`)), "refused")
      assert.deepStrictEqual(inner.seen, [])
      const both = [server.origin, inner.origin]
      const headers = { Authorization: "Bearer canary", "X-Api-Key": "canary", Accept: "text/plain" }
      assert.strictEqual(text((yield* send(both, `${server.origin}/4`, { headers })).body), "there")
      assert.notInclude(JSON.stringify(inner.seen), "canary")
      assert.strictEqual(inner.seen[0]!.headers["accept"], "text/plain")
      assert.strictEqual(yield* reasonOf(send(both, `${server.origin}/5`)), "too-many-redirects")
    })
  )

  it.effect("of a stream stay within their origin", () =>
    Effect.gen(function* () {
      const server = yield* serve((request, response) => {
        if (request.url === "/end") return response.end("here")
        response.writeHead(307, { location: request.url === "/in" ? "/end" : "https://example.com/" })
        response.end()
      })
      const fetch = yield* guardedFetch([server.origin])
      assert.strictEqual(yield* Effect.promise(async () => (await fetch(`${server.origin}/in`)).text()), "here")
      assert.strictEqual(
        yield* reasonOf(
          Effect.tryPromise({ try: () => fetch(`${server.origin}/out`), catch: (e) => e as { reason: string } })
        ),
        "refused"
      )
    })
  )
})

describe("answers", () => {
  it.effect("over the limit are cut off, announced, chunked or packed", () =>
    Effect.gen(function* () {
      const { origin } = yield* serve((request, response) => {
        if (request.url === "/packed") {
          response.setHeader("content-encoding", "gzip")
          return response.end(gzipSync(Buffer.alloc(50_000_000)))
        }
        if (request.url === "/announced") response.setHeader("content-length", 2_000_000)
        response.write(Buffer.alloc(1_500_000))
        response.end(Buffer.alloc(500_000))
      })
      for (const path of ["/announced", "/chunked", "/packed"])
        assert.strictEqual(yield* reasonOf(send([origin], origin + path)), "too-large", path)
    })
  )

  it.effect("are unpacked, and keep no header of the packing", () =>
    Effect.gen(function* () {
      const { origin } = yield* serve((_, response) => {
        response.setHeader("content-encoding", "gzip")
        response.end(gzipSync("hello"))
      })
      const answer = yield* send([origin], origin)
      assert.strictEqual(text(answer.body), "hello")
      assert.isUndefined(answer.headers["content-encoding"])
      assert.isUndefined(answer.headers["content-length"])
    })
  )

  it.live("that never come, or never end, are timeouts; an absent service is unreachable", () =>
    Effect.gen(function* () {
      const { origin } = yield* serve((request, response) => {
        if (request.url === "/drip") response.write("x")
      })
      for (const path of ["/silent", "/drip"])
        assert.strictEqual(yield* reasonOf(send([origin], origin + path, { timeoutMs: 50 })), "timeout", path)
      const gone = yield* Effect.scoped(
        Effect.map(
          serve(() => {}),
          ({ origin: was }) => was
        )
      )
      const { detail, reason } = yield* Effect.flip(send([gone], `${gone}/?key=canary`))
      assert.strictEqual(reason, "unreachable")
      assert.notInclude(detail, "canary")
    })
  )
})
