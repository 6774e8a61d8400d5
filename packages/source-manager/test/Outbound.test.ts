import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { createServer, type RequestListener, type Server } from "node:http"
import { createServer as createTcpServer, type AddressInfo } from "node:net"
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import { layer, type NodeOutboundOptions } from "../src/network/NodeOutbound.ts"
import { Outbound, type OutboundRequest } from "../src/network/Outbound.ts"

interface Seen {
  readonly url: string
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
}

/** A real server on loopback, closed with the scope; `seen` is what arrived. */
const serve = (handler: RequestListener) =>
  Effect.acquireRelease(
    Effect.callback<{
      readonly server: Server
      readonly port: number
      readonly origin: string
      readonly seen: Array<Seen>
    }>((resume) => {
      const seen: Array<Seen> = []
      const server = createServer((req, res) => {
        seen.push({ url: req.url ?? "", headers: req.headers })
        handler(req, res)
      })
      server.listen(0, "127.0.0.1", () => {
        const port = (server.address() as AddressInfo).port
        resume(Effect.succeed({ server, port, origin: `http://127.0.0.1:${port}`, seen }))
      })
    }),
    ({ server }) =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )

const request = (url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  method: "GET",
  url,
  privateOrigins: [],
  timeoutMs: 5_000,
  maxBytes: 1_000_000,
  ...more
})

const options = (more: Partial<NodeOutboundOptions> = {}): NodeOutboundOptions => ({ allowOrigins: [], ...more })

const send = (outbound: NodeOutboundOptions, ...requests: ReadonlyArray<OutboundRequest>) =>
  Effect.forEach(requests, (one) => Outbound.use((o) => o.request(one))).pipe(
    Effect.map((answers) => answers.at(-1)!),
    Effect.provide(Layer.fresh(layer(outbound)))
  )

const refusedOf = <A, R>(effect: Effect.Effect<A, { readonly reason: string; readonly detail: string }, R>) =>
  Effect.flip(effect).pipe(Effect.map(({ reason, detail }) => ({ reason, detail })))

const text = (body: Uint8Array) => new TextDecoder().decode(body)

describe("addresses", () => {
  const spellings = (port: number) => [
    `http://127.0.0.1:${port}`,
    `http://127.1:${port}`,
    `http://0x7f.1:${port}`,
    `http://2130706433:${port}`,
    `http://0.0.0.0:${port}`,
    `http://[::1]:${port}`,
    `http://[::]:${port}`,
    `http://[::ffff:127.0.0.1]:${port}`,
    `http://[::ffff:7f00:1]:${port}`,
    `http://[64:ff9b::7f00:1]:${port}`,
    `http://localhost:${port}`,
    `http://localhost.:${port}`,
    `http://a.localhost:${port}`
  ]

  it.effect("every spelling of this machine is refused and nothing arrives", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, res) => res.end("secret"))
      for (const url of spellings(server.port)) {
        const { reason, detail } = yield* refusedOf(
          send(
            options({
              resolve: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }])
            }),
            request(url)
          )
        )
        assert.strictEqual(reason, "refused", url)
        assert.include(detail, "executor sources add http://")
      }
      assert.deepStrictEqual(server.seen, [])
    })
  )

  it.effect("private, link-local, carrier and metadata addresses are refused without a connection", () =>
    Effect.gen(function* () {
      for (const host of [
        "10.0.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.1.1",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "168.63.129.16"
      ]) {
        const { reason } = yield* refusedOf(send(options(), request(`http://${host}/latest/meta-data`)))
        assert.strictEqual(reason, "refused", host)
      }
    })
  )

  it.effect("a name that resolves to a private address is refused", () =>
    Effect.gen(function* () {
      const { reason, detail } = yield* refusedOf(
        send(
          options({
            resolve: () => Promise.resolve([{ address: "169.254.169.254", family: 4 }])
          }),
          request("http://metadata.example/")
        )
      )
      assert.strictEqual(reason, "refused")
      assert.include(detail, "metadata.example (169.254.169.254)")
    })
  )

  it.effect("of a mixed answer only the public addresses are tried", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, res) => res.end("secret"))
      const { reason } = yield* refusedOf(
        send(
          options({
            resolve: () =>
              Promise.resolve([
                { address: "::1", family: 6 },
                { address: "127.0.0.1", family: 4 }
              ])
          }),
          request(`http://both.example:${server.port}/`)
        )
      )
      assert.strictEqual(reason, "refused")
      assert.deepStrictEqual(server.seen, [])
    })
  )

  it.effect("a name that flips to loopback after the first look-up is refused at the next connect", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, res) => {
        res.setHeader("connection", "close")
        res.end("ok")
      })
      // The origin is allowed, so that a first answer can be had at all; the own port is what the flip leads to.
      let own: ReadonlyArray<number> = []
      const origin = `http://flip.example:${server.port}`
      const setting = options({
        allowOrigins: [origin],
        ownPorts: () => own,
        resolve: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }])
      })
      const outcome = yield* Effect.gen(function* () {
        const outbound = yield* Outbound
        const first = yield* outbound.request(request(`${origin}/1`))
        own = [server.port]
        return { first, second: yield* Effect.exit(outbound.request(request(`${origin}/2`))) }
      }).pipe(Effect.provide(layer(setting)))
      assert.strictEqual(text(outcome.first.body), "ok")
      assert.isTrue(Exit.isFailure(outcome.second))
      assert.deepStrictEqual(
        server.seen.map(({ url }) => url),
        ["/1"]
      )
    })
  )

  it.effect("an allowed origin lets exactly that origin through", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, res) => res.end("fine"))
      const other = yield* serve((_, res) => res.end("secret"))
      const byRequest = yield* send(options(), request(`${server.origin}/x`, { privateOrigins: [server.origin] }))
      const byHost = yield* send(options({ allowOrigins: [`${server.origin}/`] }), request(`${server.origin}/x`))
      assert.strictEqual(text(byRequest.body) + text(byHost.body), "finefine")
      const { reason } = yield* refusedOf(send(options(), request(other.origin, { privateOrigins: [server.origin] })))
      assert.strictEqual(reason, "refused")
      const scheme = yield* refusedOf(
        send(options(), request(server.origin, { privateOrigins: [server.origin.replace("http:", "https:")] }))
      )
      assert.strictEqual(scheme.reason, "refused")
      assert.deepStrictEqual(other.seen, [])
    })
  )

  it.effect("a socket opened for a source that may is not reused for one that may not", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, res) => res.end("fine"))
      const { reason } = yield* refusedOf(
        send(options(), request(server.origin, { privateOrigins: [server.origin] }), request(server.origin))
      )
      assert.strictEqual(reason, "refused")
      assert.strictEqual(server.seen.length, 1)
    })
  )

  it.effect("the host's own port is refused on every spelling even when its origin is allowed", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, res) => res.end("secret"))
      for (const url of spellings(server.port)) {
        const { origin } = new URL(url)
        const { reason, detail } = yield* refusedOf(
          send(
            options({
              allowOrigins: [origin],
              ownPorts: () => [server.port],
              resolve: () =>
                Promise.resolve([
                  { address: "::1", family: 6 },
                  { address: "127.0.0.1", family: 4 }
                ])
            }),
            request(url, { privateOrigins: [origin] })
          )
        )
        assert.strictEqual(reason, "refused", url)
        assert.include(detail, "Executor itself")
      }
      assert.deepStrictEqual(server.seen, [])
    })
  )

  it.effect("schemes other than http, and credentials in the address, are refused without showing them", () =>
    Effect.gen(function* () {
      for (const url of [
        "file:///etc/passwd",
        "ftp://example.com/",
        "javascript:alert(1)",
        "data:text/plain,x",
        "nonsense"
      ]) {
        assert.strictEqual((yield* refusedOf(send(options(), request(url)))).reason, "invalid-url", url)
      }
      const { reason, detail } = yield* refusedOf(send(options(), request("https://me:hunter2@example.com/")))
      assert.strictEqual(reason, "invalid-url")
      assert.notInclude(detail, "hunter2")
    })
  )
})

describe("redirects", () => {
  it.effect("are followed five times for GET, and the sixth is an error", () =>
    Effect.gen(function* () {
      const server = yield* serve((req, res) => {
        const left = Number(req.url!.slice(1))
        if (left === 0) return res.end("there")
        res.writeHead(302, { location: `/${left - 1}` })
        res.end()
      })
      const allowed = options({ allowOrigins: [server.origin] })
      const answer = yield* send(allowed, request(`${server.origin}/5`))
      assert.deepStrictEqual([answer.status, text(answer.body), answer.url], [200, "there", `${server.origin}/0`])
      assert.strictEqual((yield* refusedOf(send(allowed, request(`${server.origin}/6`)))).reason, "too-many-redirects")
    })
  )

  it.effect("are followed however much they say themselves", () =>
    Effect.gen(function* () {
      const server = yield* serve((req, res) => {
        if (req.url === "/there") return res.end("there")
        res.writeHead(302, { location: "/there" })
        res.end("x".repeat(Number(req.url!.slice(1))))
      })
      for (const chars of [10, 3_000_000]) {
        const asked = request(`${server.origin}/${chars}`, { privateOrigins: [server.origin] })
        const answer = yield* send(options(), asked)
        assert.deepStrictEqual([answer.status, text(answer.body)], [200, "there"])
      }
    })
  )

  it.effect("to a private address or another scheme are refused at the hop", () =>
    Effect.gen(function* () {
      const inner = yield* serve((_, res) => res.end("secret"))
      for (const [location, expected] of [
        [inner.origin, "refused"],
        ["http://169.254.169.254/", "refused"],
        ["http://[::ffff:7f00:1]/", "refused"],
        ["file:///etc/passwd", "invalid-url"]
      ] as const) {
        const server = yield* serve((_, res) => {
          res.writeHead(301, { location })
          res.end()
        })
        const { reason } = yield* refusedOf(
          send(options(), request(server.origin, { privateOrigins: [server.origin] }))
        )
        assert.strictEqual(reason, expected, location)
      }
      assert.deepStrictEqual(inner.seen, [])
    })
  )

  it.effect("that are refused name the origin that was refused, not the one that was asked", () =>
    Effect.gen(function* () {
      const inner = yield* serve((_, res) => res.end("secret"))
      for (const location of [inner.origin, `http://localhost:${inner.port}`, "http://169.254.169.254"]) {
        const server = yield* serve((_, res) => {
          res.writeHead(302, { location: `${location}/key?secret=canary` })
          res.end()
        })
        const { detail } = yield* refusedOf(
          send(options(), request(server.origin, { privateOrigins: [server.origin] }))
        )
        assert.isTrue(detail.endsWith(`; a human can allow it: executor sources add ${location}`), detail)
      }
      assert.deepStrictEqual(inner.seen, [])
    })
  )

  it.effect("take no credentials to another origin", () =>
    Effect.gen(function* () {
      const target = yield* serve((_, res) => res.end("ok"))
      const server = yield* serve((req, res) => {
        res.writeHead(307, { location: req.url === "/a" ? "/b" : `${target.origin}/c` })
        res.end()
      })
      yield* send(
        options({ allowOrigins: [server.origin, target.origin] }),
        request(`${server.origin}/a`, {
          headers: {
            Authorization: "Bearer canary",
            Cookie: "s=canary",
            "X-Api-Key": "canary",
            Accept: "application/json"
          }
        })
      )
      assert.strictEqual(server.seen[1]!.headers["authorization"], "Bearer canary")
      assert.notInclude(JSON.stringify(target.seen), "canary")
      assert.strictEqual(target.seen[0]!.headers["accept"], "application/json")
    })
  )

  it.effect("are returned as they are for POST", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, res) => {
        res.writeHead(307, { location: "/again" })
        res.end()
      })
      const answer = yield* send(
        options(),
        request(server.origin, { method: "POST", body: "{}", privateOrigins: [server.origin] })
      )
      assert.strictEqual(answer.status, 307)
      assert.strictEqual(server.seen.length, 1)
    })
  )
})

describe("answers", () => {
  const packings = {
    gzip: gzipSync,
    br: brotliCompressSync,
    deflate: deflateSync,
    "deflate, gzip": (data: Buffer) => gzipSync(deflateRawSync(data))
  }
  for (const [encoding, pack] of Object.entries(packings)) {
    it.effect(`in ${encoding} are unpacked, and bombs are stopped at the limit`, () =>
      Effect.gen(function* () {
        const server = yield* serve((req, res) => {
          res.setHeader("content-encoding", encoding)
          res.end(pack(req.url === "/bomb" ? Buffer.alloc(50_000_000) : Buffer.from("hello")))
        })
        const allowed = { privateOrigins: [server.origin] }
        const answer = yield* send(options(), request(server.origin, allowed))
        assert.strictEqual(text(answer.body), "hello")
        assert.isUndefined(answer.headers["content-encoding"])
        const { reason } = yield* refusedOf(send(options(), request(`${server.origin}/bomb`, allowed)))
        assert.strictEqual(reason, "too-large")
      })
    )
  }

  it.effect("that lie about their encoding, or use one that was not asked for, are errors", () =>
    Effect.gen(function* () {
      const server = yield* serve((req, res) => {
        res.setHeader("content-encoding", req.url!.slice(1))
        res.end("not packed")
      })
      for (const encoding of ["gzip", "zstd", "gzip,gzip,gzip,gzip"]) {
        const { reason } = yield* refusedOf(
          send(options(), request(`${server.origin}/${encoding}`, { privateOrigins: [server.origin] }))
        )
        assert.strictEqual(reason, "unreachable", encoding)
      }
    })
  )

  it.effect("over the limit are cut off, announced or not", () =>
    Effect.gen(function* () {
      const server = yield* serve((req, res) => {
        if (req.url === "/announced") res.setHeader("content-length", 2_000_000)
        res.write(Buffer.alloc(1_500_000))
        res.end(Buffer.alloc(500_000))
      })
      for (const path of ["/announced", "/chunked"]) {
        const { reason } = yield* refusedOf(
          send(options(), request(server.origin + path, { privateOrigins: [server.origin] }))
        )
        assert.strictEqual(reason, "too-large", path)
      }
    })
  )

  it.live("that never come, or never end, are timeouts", () =>
    Effect.gen(function* () {
      const server = yield* serve((req, res) => {
        if (req.url === "/drip") res.write("x")
      })
      for (const path of ["/silent", "/drip"]) {
        const { reason, detail } = yield* refusedOf(
          send(options(), request(server.origin + path, { privateOrigins: [server.origin], timeoutMs: 50 }))
        )
        assert.strictEqual(reason, "timeout", path)
        assert.include(detail, "50 ms")
      }
    })
  )

  it.effect("are abandoned when the caller's signal fires", () =>
    Effect.gen(function* () {
      const controller = new AbortController()
      const server = yield* serve(() => controller.abort())
      const { reason, detail } = yield* refusedOf(
        send(options(), request(server.origin, { privateOrigins: [server.origin], signal: controller.signal }))
      )
      assert.strictEqual(reason, "unreachable")
      assert.include(detail, "cancelled")
    })
  )

  it.effect("are never asked for when the caller's signal has fired already", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, res) => res.end())
      const asked = request(server.origin, { privateOrigins: [server.origin], signal: AbortSignal.abort() })
      assert.include((yield* refusedOf(send(options(), asked))).detail, "cancelled")
      assert.strictEqual(server.seen.length, 0)
    })
  )

  it.effect("that are announced by others are the last one", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, res) => {
        res.writeEarlyHints({ link: "</style.css>; rel=preload" })
        res.writeHead(201, { "x-last": "yes" }).end("all")
      })
      const answer = yield* send(options(), request(server.origin, { privateOrigins: [server.origin] }))
      assert.deepStrictEqual([answer.status, answer.headers["x-last"], text(answer.body)], [201, "yes", "all"])
    })
  )

  it.effect("that a closing connection swallowed are asked for again where that is safe", () =>
    Effect.gen(function* () {
      let closed = 0
      const server = yield* serve((req, res) => {
        if (closed++ % 2 === 0) req.socket.destroy()
        else res.end("again")
      })
      const allowed = { privateOrigins: [server.origin] }
      assert.strictEqual(text((yield* send(options(), request(server.origin, allowed))).body), "again")
      const { reason, detail } = yield* refusedOf(
        send(options(), request(server.origin, { ...allowed, method: "POST", body: "x" }))
      )
      assert.strictEqual(reason, "unreachable")
      assert.include(detail, "closed before an answer came")
      assert.strictEqual(server.seen.length, 3)
    })
  )

  it.effect("of servers that are absent or speak something else are clear errors", () =>
    Effect.gen(function* () {
      const rubbish = yield* Effect.acquireRelease(
        Effect.callback<{ close: () => void; port: number }>((resume) => {
          const server = createTcpServer((socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n"))
          server.listen(0, "127.0.0.1", () =>
            resume(Effect.succeed({ close: () => server.close(), port: (server.address() as AddressInfo).port }))
          )
        }),
        (server) => Effect.sync(server.close)
      )
      const origin = `http://127.0.0.1:${rubbish.port}`
      const spoken = yield* refusedOf(send(options(), request(`${origin}/?key=canary`, { privateOrigins: [origin] })))
      assert.include(spoken.detail, "does not speak HTTP")
      assert.notInclude(spoken.detail, "canary")
      const missing = yield* refusedOf(
        send(
          options({
            resolve: () => Promise.reject(Object.assign(new Error("x"), { code: "ENOTFOUND" }))
          }),
          request("https://nowhere.example/")
        )
      )
      assert.strictEqual(missing.reason, "unreachable")
      assert.include(missing.detail, "no such host")
      const closed = yield* Effect.scoped(serve(() => {}))
      const gone = yield* refusedOf(send(options(), request(closed.origin, { privateOrigins: [closed.origin] })))
      assert.include(gone.detail, "nothing listens there")
    })
  )
})

describe("fetch", () => {
  const withFetch = <A>(origins: ReadonlyArray<string>, run: (fetch: typeof globalThis.fetch) => Promise<A>) =>
    Outbound.use((o) => Effect.promise(() => run(o.fetch(origins)))).pipe(Effect.provide(Layer.fresh(layer(options()))))

  const failed = (promise: Promise<unknown>) =>
    promise.then(
      () => "answered",
      (cause: Error) => cause.message
    )

  it.effect("has the same guard and streams", () =>
    Effect.gen(function* () {
      const server = yield* serve((req, res) => {
        res.write("a")
        res.end(req.headers["x-header"])
      })
      const body = yield* withFetch([server.origin], async (fetch) =>
        (
          await fetch(server.origin, {
            headers: new Headers({ "x-header": "b" }),
            signal: new AbortController().signal
          })
        ).text()
      )
      assert.strictEqual(body, "ab")
      assert.include(yield* withFetch([], (fetch) => failed(fetch(server.origin))), "not a public address")
      assert.include(yield* withFetch([], (fetch) => failed(fetch("http://u:p@example.com"))), "leave them out")
    })
  )

  it.effect("follows redirects within the origin, with the body, and refuses all others", () =>
    Effect.gen(function* () {
      const target = yield* serve((_, res) => res.end("secret"))
      const server = yield* serve((req, res) => {
        if (req.url === "/mcp/") return req.pipe(res)
        res.writeHead(307, { location: req.url === "/mcp" ? "/mcp/" : target.origin })
        return res.end()
      })
      const origins = [server.origin, target.origin]
      const post = { method: "POST", body: "hello" }
      assert.strictEqual(
        yield* withFetch(origins, async (fetch) => (await fetch(`${server.origin}/mcp`, post)).text()),
        "hello"
      )
      assert.include(yield* withFetch(origins, (fetch) => failed(fetch(`${server.origin}/away`, post))), "redirects to")
      assert.deepStrictEqual(target.seen, [])
    })
  )
})
