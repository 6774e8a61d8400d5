// Conformance: the globals that a program finds, and how time and chance repeat.
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { makeHost, program, startedAt } from "../testTools.ts"
import { run, threw, value, valueOf, type Runtime, type Tests } from "./Harness.ts"

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

export const surroundings = (it: Tests, runtime: Runtime): void => {
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
        assert.isTrue(yield* value("globalThis.left = 1; Array.prototype.push = () => 0; return this === undefined"))
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
      out.push(Date.now(), typeof Date(), ${runtime.intl} && new Intl.DateTimeFormat("en", { timeZone: "UTC", year: "numeric" }).format())
      return out`
    it.effect("follow from the run's seed and start alone", () =>
      Effect.gen(function* () {
        const first: unknown = yield* value(code)
        assert(Array.isArray(first))
        assert.deepEqual(yield* value(code), first)
        assert.strictEqual(first[0], startedAt)
        assert.deepEqual(first.slice(6), [startedAt + 1, startedAt + 31, "string", runtime.intl && "2023"])
        const sandbox = yield* Sandbox
        const other = valueOf(yield* sandbox.run({ ...program(code), seed: "other" }, makeHost()))
        assert(Array.isArray(other))
        assert.notStrictEqual(other[2], first[2])
        assert.notStrictEqual(other[4], first[4])
      })
    )
    it.effect("give the same on every engine for the same seed", () =>
      Effect.gen(function* () {
        assert.deepEqual(
          yield* value(`return [
            Math.random(), Math.random(), crypto.randomUUID(), Array.from(crypto.getRandomValues(new Uint16Array(3))), Math.random()
          ]`),
          [
            0.8201575714761814,
            0.8593840473799893,
            "ba465b08-0b67-4e8f-9c1b-03595ac5bf62",
            [61_879, 61_612, 27_459],
            0.7967082711373639
          ]
        )
      })
    )
    it.effect("keep to one order of reactions, replies and timers on every engine", () =>
      Effect.gen(function* () {
        assert.deepEqual(
          yield* value(`
            const seen = []
            const say = (text) => () => { seen.push(text) }
            const calls = ["a", "b"].map((name) => tools.x.echo(name).then((got) => {
              seen.push("reply " + got)
              return Promise.resolve().then(say("after reply " + got))
            }))
            queueMicrotask(say("micro"))
            Promise.reject(new Error("no")).catch(say("caught")).finally(say("finally"))
            ;(async () => { seen.push("sync"); await null; seen.push("awaited") })()
            seen.push("body")
            await Promise.all(calls)
            setTimeout(say("timer 2"), 2)
            setTimeout(() => { seen.push("timer 1"); queueMicrotask(say("after timer 1")) }, 1)
            await new Promise((done) => setTimeout(done, 10))
            return seen`),
          [
            "sync",
            "body",
            "micro",
            "caught",
            "awaited",
            "finally",
            "reply a",
            "after reply a",
            "reply b",
            "after reply b",
            "timer 1",
            "after timer 1",
            "timer 2"
          ]
        )
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
}
