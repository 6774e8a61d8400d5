import { assert, describe, it } from "@effect/vitest"
import type { Source, SourceLocation, SourceName, Timestamp, ToolArtifact } from "@executor-v2/schema"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as NodeOutbound from "../src/network/NodeOutbound.ts"
import type { CompiledSource, Invoked, Provider } from "../src/Provider.ts"
import { makeMcpProvider } from "../src/providers/mcp/McpProvider.ts"
import * as NodeStdio from "../src/providers/mcp/NodeStdio.ts"
import { Patience } from "../src/providers/mcp/Patience.ts"
import * as NoStdio from "../src/providers/mcp/NoStdio.ts"
import { legacy, listen, modern, oldest } from "./fixtures/mcp/HttpServers.ts"

const cwd = realpathSync(tmpdir())
const env = { ...process.env, SECRET_TOKEN: "canary", LANG: "C.UTF-8" }
const outbound = NodeOutbound.layer({ allowOrigins: [] })
const layer = Layer.mergeAll(outbound, NodeStdio.layer({ cwd, env }))

const raw = join(import.meta.dirname, "fixtures/mcp/raw-stdio.ts")
const stdio = (...args: ReadonlyArray<string>): SourceLocation => ({
  _tag: "Stdio",
  command: process.execPath,
  args: [raw, ...args]
})
const everything: SourceLocation = {
  _tag: "Stdio",
  command: process.execPath,
  args: [
    join(
      dirname(createRequire(import.meta.url).resolve("@modelcontextprotocol/server-everything/package.json")),
      "dist/index.js"
    ),
    "stdio"
  ]
}
const url = (address: string): SourceLocation => ({ _tag: "Url", url: address })

const hasty = { answer: 300, download: 300, probe: 100, text: 300, list: 1_000, silent: 200, total: 400 }
/** Longer than any test: what ends within one ended for another reason. */
const patient = {
  answer: 600_000,
  download: 600_000,
  probe: 600_000,
  text: 600_000,
  list: 600_000,
  silent: 600_000,
  total: 600_000
}

const name = "up" as SourceName
const sourceAt = (location: SourceLocation, privateOrigins: ReadonlyArray<string>): Source => ({
  name,
  kind: "mcp",
  addedBy: "owner",
  location,
  privateOrigins,
  state: "connected",
  needs: [],
  toolCount: 0,
  warnings: [],
  addedAt: 0 as Timestamp,
  updatedAt: 0 as Timestamp
})

/** A source under test: looked at and compiled, ready to be called by the server's own names of its tools. */
const open = Effect.fnUntraced(function* (provider: Provider, location: SourceLocation) {
  const privateOrigins = location._tag === "Url" ? [new URL(location.url).origin] : []
  const probed = yield* provider.probe({ name, location, privateOrigins })
  assert.strictEqual(probed._tag, "Material")
  const { material, title } = probed as Extract<typeof probed, { _tag: "Material" }>
  const compiled: CompiledSource = yield* provider.compile(material as string, { source: name })
  const source = sourceAt(location, privateOrigins)
  const call = (tool: string, args: Record<string, unknown> = {}, signal?: AbortSignal) => {
    const record = compiled.tools.find(({ binding }) => (binding as { tool: string }).tool === tool)
    assert.isDefined(record, `${tool} of ${compiled.tools.map((one) => one.name).join(", ")}`)
    return provider.invoke({
      source,
      artifact: {} as ToolArtifact,
      tool: record!,
      args,
      ...(signal === undefined ? {} : { signal })
    })
  }
  const value = (tool: string, args?: Record<string, unknown>) => Effect.map(call(tool, args), json)
  return { title, compiled, call, value }
})

const json = (invoked: Invoked): unknown => (invoked._tag === "Done" ? JSON.parse(invoked.json) : invoked)

/** Text results of the hand-written server are JSON. */
const inner = (value: unknown): Record<string, unknown> => JSON.parse(value as string) as Record<string, unknown>

/** Whether a process runs. Linux still lists one that has ended as `Z` until its parent asks. */
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"))
  } catch {
    return true
  }
}

/** Waits for something that happens outside of this process. */
const until = (condition: () => boolean) =>
  Effect.promise(async () => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve))
  })

describe("over stdio", () => {
  it.live("the reference server is listed, compiled and called", () =>
    Effect.gen(function* () {
      const provider = yield* makeMcpProvider
      const { title, compiled, value } = yield* open(provider, everything)
      assert.strictEqual(title, "Everything Reference Server")
      const sum = compiled.tools.find((tool) => tool.name === "getSum")
      assert.strictEqual(
        sum?.signature,
        "(args: { a: number; b: number }) => Promise<any /* text, or content blocks */>"
      )
      assert.include(yield* value("get-sum", { a: 2, b: 40 }), "42")
      assert.strictEqual(yield* value("echo", { message: "hällo" }), "Echo: hällo")
      assert.include(yield* value("get-structured-content", { location: "Chicago" }), {
        conditions: "Light rain / drizzle"
      })
      assert.isArray(yield* value("get-tiny-image"))
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("a server sees the declared variables only, its own arguments unchanged, and the host's folder", () =>
    Effect.gen(function* () {
      const provider = yield* makeMcpProvider
      const { value } = yield* open(provider, stdio("plain", "$(id)", "a b", "*"))
      const seen = inner(yield* value("environment"))
      assert.strictEqual(seen["PATH"], process.env["PATH"])
      assert.strictEqual(seen["LANG"], "C.UTF-8")
      assert.notInclude(JSON.stringify(seen), "canary")
      assert.isUndefined(seen["NODE_OPTIONS"])
      const where = inner(yield* value("where"))
      assert.deepStrictEqual([where.cwd, where.args], [cwd, ["$(id)", "a b", "*"]])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("calls share one process, and it ends with all it started when the scope closes", () =>
    Effect.gen(function* () {
      const pids = yield* Effect.gen(function* () {
        const { value } = yield* open(yield* makeMcpProvider, stdio())
        const all = yield* Effect.all(
          Array.from({ length: 20 }, () => value("where")),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(new Set(all.map((one) => inner(one).pid)).size, 1)
        return inner(yield* value("children")) as { pid: number; child: number }
      }).pipe(Effect.scoped)
      yield* until(() => !alive(pids.pid) && !alive(pids.child))
    }).pipe(Effect.provide(layer))
  )

  it.effect("an idle server is stopped after five minutes and started again by the next call", () =>
    Effect.gen(function* () {
      const { value } = yield* open(yield* makeMcpProvider, stdio())
      const first = inner(yield* value("where")).pid as number
      yield* TestClock.adjust("4 minutes")
      assert.strictEqual(inner(yield* value("where")).pid, first)
      yield* TestClock.adjust("6 minutes")
      yield* until(() => !alive(first))
      assert.notStrictEqual(inner(yield* value("where")).pid, first)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("a server that dies during a call is reported with its last words, and the next call starts it again", () =>
    Effect.gen(function* () {
      const { call, value } = yield* open(yield* makeMcpProvider, stdio())
      const first = inner(yield* value("where")).pid
      const error = yield* Effect.flip(call("die"))
      assert.strictEqual(error.code, "upstream_error")
      assert.isFalse(error.retryable)
      assert.include(error.message, "exit code 7 during the call")
      assert.include(error.message, "out of cheese")
      assert.include(error.message, "not known")
      assert.notStrictEqual(inner(yield* value("where")).pid, first)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("an older server that ends at the first question of the newer era is started once more, and only then", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "mcp-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const log = join(folder, "starts")
      const starts = () => readFileSync(log, "utf8").split("\n").length - 1
      const provider = yield* makeMcpProvider
      const { value } = yield* open(provider, stdio("dies-on-probe", log))
      assert.isNumber(inner(yield* value("where")).pid)
      assert.strictEqual(starts(), 2)
      // Looking again knows the verdict already.
      yield* open(provider, stdio("dies-on-probe", log))
      assert.strictEqual(starts(), 3)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("text before the first message is put up with", () =>
    Effect.gen(function* () {
      const { value } = yield* open(yield* makeMcpProvider, stdio("banner"))
      assert.isNumber(inner(yield* value("where")).pid)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("an older server that prints text and leaves the newer era's question unanswered is not waited for", () =>
    Effect.gen(function* () {
      const { value } = yield* open(yield* makeMcpProvider, stdio("banner-then-deaf"))
      assert.isNumber(inner(yield* value("where")).pid)
    }).pipe(Effect.scoped, Effect.provide(layer), Effect.provideService(Patience, { ...patient, text: 3_000 }))
  )

  it.live("a cancelled call tells the server and leaves the connection to the others", () =>
    Effect.gen(function* () {
      const { call, value } = yield* open(yield* makeMcpProvider, stdio())
      const first = inner(yield* value("where")).pid
      const controller = new AbortController()
      const stalled = yield* Effect.forkChild(Effect.flip(call("stall", {}, controller.signal)), {
        startImmediately: true
      })
      const other = yield* Effect.forkChild(call("stall"), { startImmediately: true })
      yield* value("where")
      controller.abort()
      assert.strictEqual((yield* Fiber.join(stalled)).code, "cancelled")
      yield* Fiber.interrupt(other)
      assert.strictEqual(inner(yield* value("where")).pid, first)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("a call that says nothing is cancelled, and the connection serves the next", () =>
    Effect.gen(function* () {
      const { call, value } = yield* open(yield* makeMcpProvider, stdio())
      const first = inner(yield* value("where")).pid
      const error = yield* Effect.flip(call("stall").pipe(Effect.provideService(Patience, hasty)))
      assert.strictEqual(error.code, "timeout")
      assert.include(error.message, "said nothing for 0.2 s")
      assert.strictEqual(inner(yield* value("where")).pid, first)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("sources over stdio are refused where no processes are started", () =>
    Effect.gen(function* () {
      const provider = yield* makeMcpProvider
      const error = yield* Effect.flip(provider.probe({ name, location: stdio(), privateOrigins: [] }))
      assert.strictEqual(error.failure.code, "unsupported")
      assert.include(error.message, "only on a local daemon")
    }).pipe(Effect.scoped, Effect.provide(Layer.mergeAll(outbound, NoStdio.layer)))
  )
})

describe("a bad command", () => {
  const failureOf = (location: SourceLocation) =>
    Effect.gen(function* () {
      const provider = yield* makeMcpProvider
      return (yield* Effect.flip(provider.probe({ name, location, privateOrigins: [] }))).failure
    }).pipe(Effect.scoped, Effect.provide(layer))

  it.live("that does not exist is named, with what to do", () =>
    Effect.gen(function* () {
      const failure = yield* failureOf({ _tag: "Stdio", command: "no-such-mcp-server", args: [] })
      assert.strictEqual(failure.code, "process_failed")
      assert.include(failure.message, `"no-such-mcp-server" was not found on PATH; install it first`)
    })
  )

  it.live("in a folder that is not there names the folder", () =>
    Effect.gen(function* () {
      const failure = yield* failureOf({ _tag: "Stdio", command: process.execPath, args: [], cwd: "/no/such/folder" })
      assert.include(failure.message, "/no/such/folder")
    })
  )

  it.live("that ends at once is reported with exit code and cleaned last words", () =>
    Effect.gen(function* () {
      const failure = yield* failureOf(stdio("exit"))
      assert.strictEqual(failure.code, "process_failed")
      assert.include(
        failure.message,
        "ended with exit code 3 before it spoke MCP. It wrote: API key is missing: set THING_KEY"
      )
    })
  )

  it.live("that prints rubbish is told apart from one that is silent", () =>
    Effect.gen(function* () {
      const failure = yield* failureOf(stdio("rubbish"))
      assert.strictEqual(failure.code, "protocol")
      assert.include(failure.message, "not MCP on its standard output")
      assert.include(failure.message, "Server log: starting up …")
    })
  )

  it.live("that prints one line of text and nothing else is not waited for, and the line is quoted", () =>
    Effect.gen(function* () {
      const failure = yield* failureOf(stdio("one-line"))
      assert.strictEqual(failure.code, "protocol")
      assert.include(failure.message, "not MCP on its standard output; it must print messages only")
      assert.include(failure.message, "starts with: Listening on http://localhost:3000")
      assert.notInclude(failure.message, "\u001b")
    }).pipe(Effect.provideService(Patience, { ...patient, text: 300 }))
  )

  it.live("that never answers is given up, and nothing of it stays", () =>
    Effect.gen(function* () {
      const failure = yield* failureOf(stdio("silent"))
      assert.strictEqual(failure.code, "timeout")
      assert.include(failure.message, "did not answer within 0.3 s")
    }).pipe(Effect.provideService(Patience, hasty))
  )

  it.live("that writes a line without end is stopped", () =>
    Effect.gen(function* () {
      const failure = yield* failureOf(stdio("endless-line"))
      assert.strictEqual(failure.code, "process_failed")
      assert.include(failure.message, "more than 10 MB")
    })
  )

  it.live("that offers no tools says so, and lists that never end or are too long are cut", () =>
    Effect.gen(function* () {
      const provider = yield* makeMcpProvider
      const { compiled: circle } = yield* open(provider, stdio("circle"))
      assert.include(circle.warnings.join(), "goes round in a circle")
      const { compiled: endless } = yield* open(provider, stdio("endless"))
      assert.strictEqual(endless.tools.length, 10_000)
      assert.include(endless.warnings.join(), "only the first 10000 tools were taken")
      const huge = yield* Effect.flip(provider.probe({ name, location: stdio("huge"), privateOrigins: [] }))
      assert.strictEqual(huge.failure.code, "too_large")
      const none = yield* provider.probe({ name, location: stdio("none"), privateOrigins: [] })
      const empty = yield* Effect.flip(provider.compile((none as { material: string }).material, { source: name }))
      assert.strictEqual(empty.failure.code, "no_tools")
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("a tool that is nested without end", () => {
  it.live("is left out with a warning, and the others of its source are there", () =>
    Effect.gen(function* () {
      for (const levels of ["2000", "20000"]) {
        const { compiled, value } = yield* open(yield* makeMcpProvider, stdio("deep", levels))
        assert.deepStrictEqual(
          compiled.tools.map(({ name }) => name),
          ["good", "deepOutputSchema", "deepMeta", "where"]
        )
        assert.deepStrictEqual(compiled.warnings, [
          `"deep inputSchema" was left out: its schema is nested more than 100 levels deep`
        ])
        assert.isNumber(inner(yield* value("where")).pid)
      }
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("is left out in the newer era too, over HTTP", () =>
    Effect.gen(function* () {
      const server = yield* modern()
      const nested = `${`{"not":`.repeat(20_000)}{}${"}".repeat(20_000)}`
      const bent = async (req: IncomingMessage, body: string): Promise<readonly [number, string, string]> => {
        const headers = Object.entries(req.headers).filter(([key]) => /^(mcp-|content-type|accept$)/.test(key))
        const answer = await fetch(server.url, { method: "POST", body, headers: headers as Array<[string, string]> })
        const text = (await answer.text()).replace(/("name":"mixed".*?"inputSchema":\{)/, `$1"not":${nested},`)
        return [answer.status, answer.headers.get("content-type") ?? "", text]
      }
      const front = yield* listen((req, res, body) => {
        void bent(req, body).then(([status, type, text]) => res.writeHead(status, { "content-type": type }).end(text))
      })
      const { compiled, value } = yield* open(yield* makeMcpProvider, url(front.url))
      assert.deepStrictEqual(compiled.warnings, [
        `"mixed" was left out: its schema is nested more than 100 levels deep`
      ])
      assert.include(
        compiled.tools.map(({ name }) => name),
        "addNumbers"
      )
      assert.deepStrictEqual(yield* value("add-numbers", { a: 1, b: 2 }), { sum: 3 })
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("over HTTP", () => {
  it.live("a server of the newer era is used as such", () =>
    Effect.gen(function* () {
      const server = yield* modern()
      const { title, compiled, call, value } = yield* open(yield* makeMcpProvider, url(server.url))
      assert.strictEqual(title, "Fixture Server")
      const add = compiled.tools.find((tool) => tool.name === "addNumbers")!
      assert.strictEqual(add.signature, "(args: { a: number; b: number }) => Promise<{ sum: number }>")
      assert.include(add.typescript, "/** First summand */")
      assert.deepStrictEqual(add.traits, { readOnly: false, destructive: false, idempotent: false })
      assert.deepStrictEqual(yield* value("add-numbers", { a: 1, b: 2 }), { sum: 3 })
      assert.strictEqual(yield* value("text"), "one\ntwo")
      assert.isArray(yield* value("mixed"))
      assert.isNull(yield* value("empty"))
      const error = yield* Effect.flip(call("fails"))
      assert.deepInclude(
        { code: error.code, message: error.message, retryable: error.retryable },
        { code: "upstream_error", message: "no such row", retryable: false }
      )
      assert.isTrue(server.requests.every(({ headers }) => headers["mcp-protocol-version"] === "2026-07-28"))
      assert.isTrue(
        server.requests.some(
          ({ headers }) => headers["mcp-method"] === "tools/call" && headers["mcp-name"] === "add-numbers"
        )
      )
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("arguments that the server wants in headers are repeated there", () =>
    Effect.gen(function* () {
      const server = yield* modern()
      const { value } = yield* open(yield* makeMcpProvider, url(server.url))
      assert.strictEqual(yield* value("tenant", { tenant: "acme" }), "acme")
      assert.strictEqual(server.requests.at(-1)!.headers["mcp-param-tenant"], "acme")
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("a question of the server comes back as a question for a human", () =>
    Effect.gen(function* () {
      const server = yield* modern()
      const { call } = yield* open(yield* makeMcpProvider, url(server.url))
      const invoked = yield* call("asks")
      assert.strictEqual(invoked._tag, "NeedsInput")
      const { question } = invoked as Extract<Invoked, { _tag: "NeedsInput" }>
      assert.strictEqual(question.kind, "form")
      assert.strictEqual(question.message, "up asks: What is your name?")
      assert.deepInclude(JSON.parse(question.formJson!), { required: ["name"] })
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("nothing of ours is sent: no credential, no cookie, no environment", () =>
    Effect.gen(function* () {
      const server = yield* modern()
      const { value } = yield* open(yield* makeMcpProvider, url(server.url))
      yield* value("text")
      const sent = JSON.stringify(server.requests)
      for (const word of ["canary", "authorization", "cookie"]) assert.notInclude(sent.toLowerCase(), word)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("a sessionful server of the older era is used as such, and its session is ended", () =>
    Effect.gen(function* () {
      const server = yield* legacy()
      yield* Effect.gen(function* () {
        const { value } = yield* open(yield* makeMcpProvider, url(server.url))
        assert.strictEqual(yield* value("echo", { text: "hi" }), "hi 1")
        assert.strictEqual(yield* value("echo", { text: "hi" }), "hi 2")
      }).pipe(Effect.scoped)
      assert.strictEqual(server.requests.filter(({ body }) => body.includes(`"initialize"`)).length, 1)
      assert.strictEqual(server.requests.at(-1)!.method, "DELETE")
      assert.isFalse(server.requests.some(({ method }) => method === "GET"))
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("a session that the server forgot is opened again, and the call is sent once", () =>
    Effect.gen(function* () {
      const server = yield* legacy()
      const { value } = yield* open(yield* makeMcpProvider, url(server.url))
      assert.strictEqual(yield* value("echo", { text: "a" }), "a 1")
      server.forget()
      assert.strictEqual(yield* value("echo", { text: "b" }), "b 1")
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("the transport of 2024 still works", () =>
    Effect.gen(function* () {
      const server = yield* oldest()
      const { value } = yield* open(yield* makeMcpProvider, url(server.url))
      assert.strictEqual(yield* value("echo", { text: "hi" }), "hi 1")
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("an address that is not public is refused before anything is sent", () =>
    Effect.gen(function* () {
      const server = yield* modern()
      const provider = yield* makeMcpProvider
      const error = yield* Effect.flip(provider.probe({ name, location: url(server.url), privateOrigins: [] }))
      assert.strictEqual(error.failure.code, "refused_address")
      assert.include(error.message, "executor sources add")
      assert.deepStrictEqual(server.requests, [])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("a hostile server over HTTP", () => {
  const opening = {
    protocolVersion: "2025-06-18",
    capabilities: { tools: {} },
    serverInfo: { name: "hostile", version: "1" }
  }
  const tools = [{ name: "q", inputSchema: { type: "object" } }]

  /** Of the older era; `onCall` answers what it likes to a call. */
  const hostile = (onCall: (id: unknown, res: ServerResponse) => void) =>
    listen((_, res, body) => {
      const { id, method } = (body === "" ? {} : JSON.parse(body)) as { id?: unknown; method?: string }
      const answer = (result: unknown) =>
        res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, result }))
      if (method === "initialize") answer(opening)
      else if (method === "tools/list") answer({ tools })
      else if (method === "tools/call") onCall(id, res)
      else res.writeHead(method === "server/discover" ? 404 : 202).end()
    })

  const endless = (message: (at: number) => unknown) => (_: unknown, res: ServerResponse) => {
    res.writeHead(200, { "content-type": "text/event-stream" })
    let at = 0
    const more = (): void => {
      const text = Array.from({ length: 100 }, () => `data: ${JSON.stringify(message(at++))}\n\n`).join("")
      if (!res.destroyed) res.write(text, () => setImmediate(more))
    }
    more()
  }

  it.live("that asks without end gets few answers, is cut off, and the source goes on", () =>
    Effect.gen(function* () {
      const server = yield* hostile(endless((at) => ({ jsonrpc: "2.0", id: `p${at}`, method: "ping" })))
      const { call } = yield* open(yield* makeMcpProvider, url(server.url))
      for (let times = 0; times < 2; times++) {
        const error = yield* Effect.flip(call("q"))
        assert.strictEqual(error.code, "upstream_error")
        assert.include(
          error.message,
          "sent more than anybody reads and was cut off. Whether it took effect is not known"
        )
      }
      assert.isBelow(server.requests.filter(({ body }) => body.includes('"result"')).length, 1_000)
    }).pipe(Effect.scoped, Effect.provide(layer), Effect.provideService(Patience, patient))
  )

  it.live("that tells without end is cut off, also where what it tells counts as progress", () =>
    Effect.gen(function* () {
      const notification = { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "x" } }
      const server = yield* hostile(endless(() => notification))
      const { call } = yield* open(yield* makeMcpProvider, url(server.url))
      assert.include((yield* Effect.flip(call("q"))).message, "was cut off")
    }).pipe(Effect.scoped, Effect.provide(layer), Effect.provideService(Patience, patient))
  )

  it.live("whose answer nests without end is told as its failure, not as ours", () =>
    Effect.gen(function* () {
      const deep = `${"[".repeat(500_000)}${"]".repeat(500_000)}`
      const server = yield* hostile((id, res) =>
        res
          .writeHead(200, { "content-type": "application/json" })
          .end(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":[],"structuredContent":{"a":${deep}}}}`)
      )
      const { call } = yield* open(yield* makeMcpProvider, url(server.url))
      const error = yield* Effect.flip(call("q"))
      assert.strictEqual(error.code, "upstream_error")
      assert.include(error.message, "nests too deeply")
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("a bad address", () => {
  const probeAt = (
    answer: (url: string) => { status: number; type?: string; body?: string; headers?: Record<string, string> }
  ) =>
    Effect.gen(function* () {
      const server = yield* listen((req, res) => {
        const { status, type = "text/plain", body = "", headers = {} } = answer(req.url ?? "")
        res.writeHead(status, { "content-type": type, ...headers }).end(body)
      })
      const provider = yield* makeMcpProvider
      return yield* Effect.result(provider.probe({ name, location: url(server.url), privateOrigins: [server.origin] }))
    }).pipe(Effect.scoped, Effect.provide(layer))

  const failureAt = (answer: Parameters<typeof probeAt>[0]) =>
    Effect.map(probeAt(answer), (result) => {
      assert.strictEqual(result._tag, "Failure")
      return (result as Extract<typeof result, { _tag: "Failure" }>).failure.failure
    })

  it.live("with nothing there says 404 and where to look", () =>
    Effect.gen(function* () {
      const failure = yield* failureAt(() => ({ status: 404, body: "nothing here" }))
      assert.deepInclude(failure, { code: "http_status", status: 404 })
      assert.include(failure.message, "often live at /mcp: nothing here")
    })
  )

  it.live("with a web page says that it is not MCP, without the page", () =>
    Effect.gen(function* () {
      const failure = yield* failureAt(() => ({
        status: 200,
        type: "text/html",
        body: "<!doctype html><h1>Hello</h1>"
      }))
      assert.strictEqual(failure.code, "protocol")
      assert.include(failure.message, "not in MCP (text/html)")
      assert.notInclude(failure.message, "<h1>")
    })
  )

  it.live("with other JSON, or broken JSON, says that it is not MCP", () =>
    Effect.gen(function* () {
      for (const body of [`{"hello":"world"}`, `{"jsonrpc":`, `"text"`]) {
        const failure = yield* failureAt(() => ({ status: 200, type: "application/json", body }))
        assert.strictEqual(failure.code, "protocol", body)
      }
    })
  )

  it.live("with a broken server says which status", () =>
    Effect.gen(function* () {
      const failure = yield* failureAt(() => ({ status: 503, body: "overloaded" }))
      assert.deepInclude(failure, { code: "http_status", status: 503 })
      assert.include(failure.message, "overloaded")
    })
  )

  it.live("that wants to know who asks says what it wants", () =>
    Effect.gen(function* () {
      const result = yield* probeAt(() => ({
        status: 401,
        headers: {
          "www-authenticate": `Bearer resource_metadata="https://x.example/.well-known/oauth", scope="read write", error_description="Sign in"`
        }
      }))
      assert.deepStrictEqual(result._tag === "Success" ? result.success : result, {
        _tag: "AuthRequired",
        needs: [
          {
            scheme: "oauth2",
            kind: "oauth2",
            placement: { in: "header", name: "Authorization", prefix: "Bearer " },
            scopes: ["read", "write"],
            description: "Sign in"
          }
        ]
      })
      const silent = yield* probeAt(() => ({ status: 401 }))
      assert.deepStrictEqual(silent._tag === "Success" ? silent.success : silent, {
        _tag: "AuthRequired",
        needs: [{ scheme: "unknown", kind: "unknown" }]
      })
    })
  )

  it.live("that takes the question and never answers is given up", () =>
    Effect.gen(function* () {
      const server = yield* listen(() => {})
      const provider = yield* makeMcpProvider
      const error = yield* Effect.flip(
        provider.probe({ name, location: url(server.url), privateOrigins: [server.origin] })
      )
      assert.strictEqual(error.failure.code, "timeout")
      assert.include(error.message, "did not answer within 0.3 s")
    }).pipe(Effect.scoped, Effect.provide(layer), Effect.provideService(Patience, hasty))
  )

  it.live("that redirects elsewhere is refused, within its origin it is followed", () =>
    Effect.gen(function* () {
      const server = yield* modern()
      const front = yield* listen((_, res) => res.writeHead(307, { location: server.url }).end())
      const provider = yield* makeMcpProvider
      const privateOrigins = [server.origin, front.origin]
      const error = yield* Effect.flip(provider.probe({ name, location: url(front.url), privateOrigins }))
      assert.include(error.message, `redirects to ${server.origin}`)
      assert.deepStrictEqual(server.requests, [])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.live("that sends more than is read is cut off", () =>
    Effect.gen(function* () {
      const failure = yield* failureAt(() => ({
        status: 200,
        type: "application/json",
        body: `{"x":"${"y".repeat(11_000_000)}"}`
      }))
      assert.strictEqual(failure.code, "too_large")
    })
  )

  it.live("that is gone is unreachable", () =>
    Effect.gen(function* () {
      const gone = yield* Effect.scoped(modern())
      const provider = yield* makeMcpProvider
      const error = yield* Effect.flip(provider.probe({ name, location: url(gone.url), privateOrigins: [gone.origin] }))
      assert.strictEqual(error.failure.code, "unreachable")
      assert.include(error.message, "nothing listens there")
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})
