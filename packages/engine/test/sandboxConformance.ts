// What every sandbox must do, as a suite of (name, layer): any engine behind the port has to pass it.
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, type Layer } from "effect"
import { Sandbox, type SandboxLimits, type SandboxResult, type SandboxUnavailable } from "../src/sandbox/Sandbox.ts"
import { makeHost, program, startedAt } from "./testTools.ts"

/** Where engines differ. */
export interface Overrides {
  /** The engine tells lines and columns. Default true. */
  readonly positions?: boolean
  /** The engine is ended when its process holds too much. Default true. */
  readonly memory?: boolean
}

const run = (javascript: string, limits: Partial<SandboxLimits> = {}, host = makeHost()) =>
  Effect.flatMap(Sandbox, (sandbox) => sandbox.run(program(javascript, limits), host))

const valueOf = (result: SandboxResult): unknown => {
  if (result.outcome._tag !== "Returned") throw new Error(`did not return: ${JSON.stringify(result.outcome)}`)
  return result.outcome.json === undefined ? undefined : JSON.parse(result.outcome.json)
}
const value = (javascript: string, limits: Partial<SandboxLimits> = {}) => Effect.map(run(javascript, limits), valueOf)

const threw = (result: SandboxResult) => {
  if (result.outcome._tag !== "Threw") throw new Error(`did not throw: ${JSON.stringify(result.outcome)}`)
  return result.outcome
}
const isRecord = (given: unknown): given is Record<string, unknown> => typeof given === "object" && given !== null
const endedBy = (result: SandboxResult): string =>
  result.outcome._tag === "Ended" ? result.outcome.reason : JSON.stringify(result.outcome)

/** Runs here and in the guest, where it must give the same. Plain JavaScript, and nothing from outside of it. */
const standards = () => {
  const parts = [
    "href",
    "protocol",
    "username",
    "password",
    "host",
    "hostname",
    "port",
    "pathname",
    "search",
    "hash",
    "origin"
  ] as const
  const read = (text: string, base?: string) => {
    try {
      const url = new URL(text, base)
      return parts.map((part) => url[part])
    } catch {
      return "refused"
    }
  }
  const whole = [
    "https://Example.com",
    "https://example.com:443/a/../b/./c?x=1#y",
    "http://u:p%40@h:8080/p a/é?q=ü&b=c d#frag ment",
    "https://example.com\\foo\\bar",
    "https:example.com/a",
    "mailto:a@b.com",
    "data:text/plain,hello world",
    "http://a b/",
    "https://[::1]:3000/x",
    "http://",
    "foo",
    "https://ex.com:99999/",
    "https://ex.com:abc/",
    "https://h/%2e%2e/x",
    "https://h/?a[]=1&b={}|^",
    "  https://h/a\tb  ",
    "custom://Host/Path/../x?y",
    "https://h//a//b",
    "https://h/😀?😀"
  ]
  const relative = [
    "x",
    "../x",
    "../../../x",
    "/x",
    "//other/y",
    "?q=1",
    "#f",
    "",
    "..",
    "x?y#z",
    "https:w",
    "a:b",
    "x y"
  ]
  const bytes = [
    [0xf0, 0x9f, 0x98, 0x80],
    [0xe2, 0x82],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xef, 0xbb, 0xbf, 0x41],
    [0xff, 0x41]
  ]
  const edited = new URL("https://h:1/x?y=1#z")
  edited.pathname = "a b/../c"
  edited.searchParams.set("é", "~ x")
  edited.searchParams.delete("y")
  edited.port = "443"
  edited.hash = ""
  return [
    whole.map((text) => read(text)),
    relative.map((text) => [read(text, "https://u@h:81/a/b/c?q#f"), read(text, "custom://h/a/b")]),
    ["a=1&b=2", "?a", "=b", "&&", "a=%20+%2B", "a=%zz", "a=%E0%A4%A"].map((text) => String(new URLSearchParams(text))),
    String(new URLSearchParams({ a: "~!*()'-._ @" })),
    edited.href,
    bytes.map((data) => new TextDecoder().decode(new Uint8Array(data))),
    Array.from(new TextEncoder().encode("aé€😀\ud800")),
    ["", "a", "ab", "abc"].map((text) => [btoa(text), atob(btoa(text))])
  ]
}

export const suite = (name: string, layer: Layer.Layer<Sandbox, SandboxUnavailable>, overrides: Overrides = {}) => {
  const { memory = true, positions = true } = overrides
  describe(`sandbox on ${name}`, () => {
    it.layer(layer, { excludeTestServices: true })((it) => {
      describe("values", () => {
        it.effect.each([
          ["a number", "return 1 + 1", 2],
          ["text with lone surrogates and emoji", "return 'é😀' + '\\ud800'", "é😀\ud800"],
          ["an object", "return { a: [1, { b: null }], c: undefined }", { a: [1, { b: null }] }],
          ["NaN as null, like JSON", "return NaN", null],
          ["a date as its text", "return new Date(0)", "1970-01-01T00:00:00.000Z"],
          ["a map with text keys as an object", "return new Map([['a', 1]])", { a: 1 }],
          ["a map with other keys as its entries", "return new Map([[1, 'a']])", [[1, "a"]]],
          ["a set as an array", "return new Set([1, 1, 2])", [1, 2]],
          ["an error as its name and message", "return new TypeError('x')", { name: "TypeError", message: "x" }],
          ["nothing", "return", undefined],
          ["nothing when the code just ends", "const a = 1", undefined],
          ["what a promise gives", "return Promise.resolve({ a: 1 })", { a: 1 }]
        ] as const)("returns %s", ([, code, expected]) =>
          Effect.gen(function* () {
            assert.deepEqual(yield* value(code), expected)
          })
        )

        it.effect.each([
          ["a bigint inside a value", "return { n: 1n }", /BigInt/],
          ["a bigint", "return 1n", /a bigint/],
          ["a cycle", "const a = {}; a.a = a; return a", /circular/],
          ["a function", "return () => 1", /a function/],
          ["a symbol", "return Symbol('x')", /a symbol/],
          ["a getter that throws", "return { get a() { throw new Error('no') } }", /cannot be written as JSON: no/]
        ] as const)("refuses %s as a result, and says why", ([, code, pattern]) =>
          Effect.gen(function* () {
            assert.match(threw(yield* run(code)).message, pattern)
          })
        )
      })

      describe("errors", () => {
        it.effect("tells name, message and code of an uncaught error", () =>
          Effect.gen(function* () {
            const outcome = threw(
              yield* run("throw Object.assign(new RangeError('too far'), { code: 'E_FAR', secret: 1 })")
            )
            assert.deepInclude(outcome, { name: "RangeError", message: "too far", code: "E_FAR" })
            assert.notProperty(outcome, "secret")
          })
        )
        it.effect.runIf(positions)("tells where in the code it was thrown", () =>
          Effect.gen(function* () {
            assert.deepInclude(threw(yield* run("const a = 1\n\n  null.x")), { line: 3, column: 8 })
            assert.deepInclude(threw(yield* run("const a = 1\n  const b = }")), {
              name: "SyntaxError",
              line: 2,
              column: 13
            })
            assert.deepInclude(threw(yield* run("await 1\nawait tools.a.boom()")), { name: "ToolError", line: 2 })
          })
        )
        it.effect.each([
          ["text", "throw 'plain'", "plain"],
          ["an object", "throw { a: 1 }", 'the code threw a value that is not an Error: {"a":1}'],
          ["nothing", "throw undefined", "undefined"],
          [
            "a proxy that refuses to be read",
            "throw new Proxy(new Error('x'), { get() { throw 1 } })",
            "the code threw a value that cannot be read"
          ]
        ] as const)("reports %s that was thrown", ([, code, message]) =>
          Effect.gen(function* () {
            assert.strictEqual(threw(yield* run(code)).message, message)
          })
        )
        it.effect("cuts a message after 2,000 characters", () =>
          Effect.gen(function* () {
            assert.strictEqual(threw(yield* run("throw new Error('x'.repeat(1e5))")).message.length, 2_000)
          })
        )
        it.effect("says that there is no require, process or fetch, and what there is instead", () =>
          Effect.gen(function* () {
            for (const missing of ["require('fs')", "process.env", "fetch('http://x')", "Buffer.from('')"]) {
              assert.match(threw(yield* run(`return ${missing}`)).message, /is not defined: .*tools\.<source>\.<tool>/)
            }
          })
        )
      })

      describe("console", () => {
        it.effect("keeps what is printed, one entry a call", () =>
          Effect.gen(function* () {
            const result = yield* run(
              "console.log('a', 1, { b: [2] }, null, undefined, 3n); console.error(new Error('no'))"
            )
            assert.deepEqual(result.logs, ['a 1 {"b":[2]} null undefined 3n', "[error] Error: no"])
            assert.isFalse(result.logsTruncated)
          })
        )
        it.effect("cuts it at its limits and says so", () =>
          Effect.gen(function* () {
            const lines = yield* run("for (let i = 0; i < 50; i++) console.log(i)", { logLines: 10 })
            assert.deepEqual([lines.logs.length, lines.logsTruncated], [10, true])
            const chars = yield* run("console.log('x'.repeat(1e6)); console.log('y')", { logChars: 100 })
            assert.deepEqual([chars.logs.map((line) => line.length), chars.logsTruncated], [[100], true])
          })
        )
        it.effect("keeps it when the code never comes to its end", () =>
          Effect.gen(function* () {
            assert.deepEqual((yield* run("console.log('before'); for (;;);", { turnMs: 100 })).logs, ["before"])
          })
        )
      })

      describe("globals", () => {
        it.effect("gives the usual small functions", () =>
          Effect.gen(function* () {
            assert.deepEqual(
              yield* value(`
            const url = new URL("../x y?a=1&a=2#h", "https://user:pw@Example.com:443/p/q/r")
            url.searchParams.append("b", "ü &")
            const copy = structuredClone({ when: new Date(5), list: new Set([1]), bytes: new Uint8Array([1, 2]) })
            return {
              href: url.href, host: url.host, all: url.searchParams.getAll("a"),
              text: new TextDecoder().decode(new TextEncoder().encode("é😀")), base: atob(btoa("\\u00ff\\u0000a")).length,
              copied: [copy.when.getTime(), copy.list.has(1), copy.bytes.length],
              uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()),
              micro: await new Promise((done) => queueMicrotask(() => done("micro")))
            }`),
              {
                href: "https://user:pw@example.com/p/x%20y?a=1&a=2&b=%C3%BC+%26#h",
                host: "example.com",
                all: ["1", "2"],
                text: "é😀",
                base: 3,
                copied: [5, true, 2],
                uuid: true,
                micro: "micro"
              }
            )
          })
        )
        it.effect("reads and changes addresses and bytes as the standards do", () =>
          Effect.gen(function* () {
            const code = `(${standards.toString()})()`
            assert.deepEqual(yield* value(`return ${code}`), JSON.parse(JSON.stringify(standards())))
          })
        )
        it.effect("has nothing of Node, of shared memory, or that makes code from text", () =>
          Effect.gen(function* () {
            const names = [
              "require",
              "module",
              "process",
              "Buffer",
              "global",
              "WebAssembly",
              "SharedArrayBuffer",
              "Atomics",
              "eval",
              "WeakRef",
              "FinalizationRegistry",
              "gc",
              "Deno",
              "fetch"
            ]
            assert.deepEqual(
              yield* value(`return [${names.map((name) => `typeof ${name}`).join(", ")}]`),
              names.map(() => "undefined")
            )
            for (const sample of ["() => {}", "async () => {}", "function* () {}", "async function* () {}"]) {
              const code = `return (${sample}).constructor("return 1")`
              assert.strictEqual(threw(yield* run(code)).name, "EvalError")
            }
          })
        )
        it.effect("is in strict mode and shares nothing with another run", () =>
          Effect.gen(function* () {
            assert.isTrue(
              yield* value("globalThis.left = 1; Array.prototype.push = () => 0; return this === undefined")
            )
            assert.deepEqual(yield* value("const a = []; a.push(1); return [typeof left, a]"), ["undefined", [1]])
          })
        )
      })

      describe("time and chance", () => {
        const code = `
          const out = [Date.now(), new Date().toISOString(), Math.random(), Math.random(), crypto.randomUUID(), performance.now()]
          await tools.a.echo({})
          out.push(Date.now())
          await new Promise((done) => setTimeout(done, 30))
          out.push(Date.now(), typeof Date(), new Intl.DateTimeFormat("en", { timeZone: "UTC", year: "numeric" }).format())
          return out`
        it.effect("follow from the run's seed and start alone", () =>
          Effect.gen(function* () {
            const first: unknown = yield* value(code)
            assert(Array.isArray(first))
            assert.deepEqual(yield* value(code), first)
            assert.strictEqual(first[0], startedAt)
            assert.deepEqual(first.slice(6), [startedAt + 1, startedAt + 31, "string", "2023"])
            const sandbox = yield* Sandbox
            const other = valueOf(yield* sandbox.run({ ...program(code), seed: "other" }, makeHost()))
            assert(Array.isArray(other))
            assert.notStrictEqual(other[2], first[2])
            assert.notStrictEqual(other[4], first[4])
          })
        )
        it.effect("fires timers in order of their time, with their arguments, and not those that were cleared", () =>
          Effect.gen(function* () {
            assert.deepEqual(
              yield* value(`
              const seen = []
              setTimeout((a) => seen.push(a), 30, "late")
              setTimeout((a) => seen.push(a), 10, "early")
              const never = setTimeout(() => seen.push("never"), 5)
              clearTimeout(never)
              let n = 0
              await new Promise((done) => { const id = setInterval(() => { seen.push(n); if (++n === 3) { clearInterval(id); done() } }, 2) })
              await new Promise((done) => setTimeout(done, 40))
              return seen`),
              [0, 1, 2, "early", "late"]
            )
          })
        )
        it.effect("tells what a timer threw, and goes on", () =>
          Effect.gen(function* () {
            const result = yield* run(
              "setTimeout(() => { throw new Error('in timer') }, 1); await new Promise((d) => setTimeout(d, 5)); return 1"
            )
            assert.deepEqual([valueOf(result), result.logs], [1, ["[error] uncaught in a timer: Error: in timer"]])
          })
        )
      })

      describe("tool calls", () => {
        it.effect("hand path and arguments to the host, and its answer back", () =>
          Effect.gen(function* () {
            const host = makeHost()
            const result = yield* run(
              `
            const a = await tools.github.issues.echo({ n: 1, s: "é;,\\n" })
            const b = await tools["with-dash"].later()
            return [a, b]`,
              {},
              host
            )
            assert.deepEqual(valueOf(result), [{ n: 1, s: "é;,\n" }, "later"])
            assert.deepEqual(host.seen, ['github.issues.echo {"n":1,"s":"é;,\\n"}', "with-dash.later null"])
            assert.strictEqual(result.calls, 2)
          })
        )
        it.effect("run in parallel and one after the other, in great number", () =>
          Effect.gen(function* () {
            assert.strictEqual(
              yield* value("let s = 0; for (let i = 0; i < 500; i++) s += await tools.a.echo(i); return s"),
              124_750
            )
            assert.strictEqual(
              yield* value(
                "return (await Promise.all(Array.from({ length: 2000 }, (_, i) => tools.a.echo(i)))).reduce((a, b) => a + b)"
              ),
              1_999_000
            )
          })
        )
        it.effect("reject with a ToolError that has the allow-listed fields only", () =>
          Effect.gen(function* () {
            const seen: unknown = yield* value(`
            try { await tools.a.boom({}) } catch (e) {
              return { own: Object.keys(e), name: e.name, message: e.message, code: e.code, status: e.status, retryable: e.retryable,
                details: e.details, is: e instanceof ToolError && e instanceof Error, stack: e.stack }
            }`)
            assert(isRecord(seen))
            assert.deepInclude(seen, {
              own: ["code", "status", "retryable", "details"],
              name: "ToolError",
              message: "db failed",
              code: "upstream_error",
              status: 500,
              retryable: true,
              details: { table: "users" },
              is: true
            })
            assert.match(String(seen["stack"]), /^ToolError: db failed/)
            assert.notMatch(String(seen["stack"]), /file:|node:|node_modules/)
          })
        )
        it.effect("end uncaught with the tool's own message and code", () =>
          Effect.gen(function* () {
            assert.deepInclude(threw(yield* run("await tools.a.boom()")), {
              name: "ToolError",
              message: "db failed",
              code: "upstream_error"
            })
          })
        )
        it.effect("tell nothing about a defect of the host", () =>
          Effect.gen(function* () {
            const seen = yield* value(
              "try { await tools.a.dies() } catch (e) { return [e.code, e.message, e.stack, JSON.stringify(e)] }"
            )
            assert.include(JSON.stringify(seen), '"internal"')
            assert.notInclude(JSON.stringify(seen), "CANARY")
          })
        )
        it.effect.each([
          ["a cycle", "const a = {}; a.a = a; await tools.a.echo(a)", "invalid_arguments"],
          ["a bigint", "await tools.a.echo({ n: 1n })", "invalid_arguments"],
          ["a function", "await tools.a.echo(() => 1)", "invalid_arguments"],
          ["two values", "await tools.a.echo(1, 2)", "invalid_arguments"],
          ["too much", "await tools.a.echo('x'.repeat(2000))", "arguments_too_large"],
          [
            "too much in all open calls",
            "await Promise.all(Array.from({ length: 9 }, () => tools.a.hang('x'.repeat(900))))",
            "arguments_too_large"
          ]
        ] as const)("refuse arguments with %s before the host hears of them", ([, code, expected]) =>
          Effect.gen(function* () {
            const host = makeHost()
            const result = yield* run(code, { argumentChars: 1_000 }, host)
            assert.strictEqual(threw(result).code, expected)
            assert.notInclude(host.seen.join(), "a.echo")
          })
        )
        it.effect("refuse a result that is too large for the code, and say how large it is", () =>
          Effect.gen(function* () {
            const outcome = threw(yield* run("await tools.a.big({ mb: 1 })", { callResultChars: 10_000 }))
            assert.strictEqual(outcome.code, "result_too_large")
            assert.match(outcome.message, /1048578 characters .* at most 10000/)
          })
        )
        it.effect("that nobody awaits are still made, and may end when the code has returned", () =>
          Effect.gen(function* () {
            const host = makeHost()
            const result = yield* run("tools.a.later().then(() => tools.a.echo('second')); return 1", {}, host)
            assert.deepEqual(host.seen, ["a.later null", 'a.echo "second"'])
            assert.deepEqual([valueOf(result), result.openCalls], [1, 0])
          })
        )
        it.effect("that never end are cancelled some time after the code has returned, and counted", () =>
          Effect.gen(function* () {
            const host = makeHost()
            const result = yield* run("tools.a.hang(); return 1", {}, host)
            assert.deepEqual([valueOf(result), result.openCalls, host.interrupted], [1, 1, 1])
          })
        )
        it.effect("are not a promise or a thing to change: tools itself can be handed around", () =>
          Effect.gen(function* () {
            assert.deepEqual(
              yield* value(`
            const same = await tools
            const out = [same === tools, JSON.stringify({ tools }), typeof tools.a.then, "x" in tools.a]
            try { tools.a = 1 } catch (e) { out.push(e.message) }
            try { tools() } catch (e) { out.push(e.message) }
            return out`),
              [
                true,
                "{}",
                "undefined",
                true,
                "tools is read-only",
                "tools is not a function: call tools.<source>.<tool>(args)"
              ]
            )
          })
        )
      })

      describe("ends", () => {
        it.effect.each([
          ["a loop", "for (;;);", { turnMs: 200 }, "turn-timeout"],
          [
            "a loop that catches everything",
            "for (;;) { try { for (;;); } catch {} finally { for (;;); } }",
            { turnMs: 200 },
            "turn-timeout"
          ],
          ["a loop after a tool call", "await tools.a.echo(1); for (;;);", { turnMs: 200 }, "turn-timeout"],
          ["a microtask loop", "for (;;) await 0", { turnMs: 200 }, "turn-timeout"],
          [
            "a loop in a timer",
            "setTimeout(() => { for (;;); }, 1); await new Promise(() => {})",
            { turnMs: 200 },
            "turn-timeout"
          ],
          ["a loop in a result's getter", "return { get x() { for (;;); } }", { turnMs: 200 }, "turn-timeout"],
          [
            "a loop in an argument's toJSON",
            "await tools.a.echo({ toJSON() { for (;;); } })",
            { turnMs: 200 },
            "turn-timeout"
          ],
          [
            "too much processor time in many turns",
            "for (;;) { const t = []; for (let i = 0; i < 2e5; i++) t[i % 99] = i; await tools.a.echo(1) }",
            { cpuMs: 200, calls: 1e6 },
            "cpu-timeout"
          ],
          ["too long a life", "for (;;) await new Promise((d) => setTimeout(d, 10))", { wallMs: 200 }, "wall-timeout"],
          ["a promise that nobody settles", "await new Promise(() => {})", {}, "never-settles"],
          ["a dead end after calls", "await tools.a.echo(1); await new Promise(() => {})", {}, "never-settles"],
          ["too many calls", "for (;;) await tools.a.echo(1)", { calls: 100 }, "call-cap"],
          ["a flood of calls", "for (;;) tools.a.echo(1)", { calls: 100 }, "call-cap"],
          [
            "a flood of calls that swallows errors",
            "for (;;) try { tools.a.echo(1) } catch {}",
            { calls: 100, turnMs: 200 },
            "call-cap"
          ],
          ["too large a result", "return 'x'.repeat(2000)", { resultChars: 1_000 }, "result-too-large"],
          ["too large an object", "return Array(2000).fill(1)", { resultChars: 1_000 }, "result-too-large"]
        ] as const)("%s with its true reason", ([, code, limits, reason]) =>
          Effect.gen(function* () {
            assert.strictEqual(endedBy(yield* run(code, limits)), reason)
            assert.strictEqual(yield* value("return 1 + 1"), 2)
          })
        )
        it.effect.runIf(memory)("a program that needs too much memory, and says memory", () =>
          Effect.gen(function* () {
            const code = "const a = []; for (;;) a.push(new Array(1e5).fill(1.1))"
            assert.strictEqual(endedBy(yield* run(code, { memoryMb: 64, turnMs: 10_000 })), "memory")
            assert.strictEqual(
              endedBy(yield* run(`await tools.a.echo(1); ${code}`, { memoryMb: 64, turnMs: 10_000 })),
              "memory"
            )
            assert.strictEqual(yield* value("return 1 + 1"), 2)
          })
        )
        it.effect("nothing while only the host is at work, however long that takes", () =>
          Effect.gen(function* () {
            assert.strictEqual(yield* value("return await tools.a.slow()", { wallMs: 1_000 }), "slow")
          })
        )
        it.effect("at once when it is interrupted, with its open calls", () =>
          Effect.gen(function* () {
            const both = Deferred.makeUnsafe<void>()
            const host = makeHost((seen) => seen === 2 && Deferred.doneUnsafe(both, Effect.void))
            const fiber = yield* Effect.forkChild(run("await Promise.all([tools.a.hang(), tools.b.hang()])", {}, host))
            yield* Deferred.await(both)
            yield* Fiber.interrupt(fiber)
            assert.strictEqual(host.interrupted, 2)
            assert.strictEqual(yield* value("return 2"), 2)
          })
        )
        it.effect("only itself: runs at the same time know nothing of each other", () =>
          Effect.gen(function* () {
            const codes = [
              ...Array.from({ length: 6 }, (_, i) => `await tools.a.later(); return ${i}`),
              "for (;;);",
              "const a = []; for (;;) a.push(new Array(1e5).fill(1.1))"
            ]
            const results = yield* Effect.forEach(codes, (code) => run(code, { turnMs: 300, memoryMb: 64 }), {
              concurrency: "unbounded"
            })
            assert.deepEqual(results.slice(0, 6).map(valueOf), [0, 1, 2, 3, 4, 5])
            assert.strictEqual(endedBy(results[6]!), "turn-timeout")
          })
        )
      })
    })
  })
}
