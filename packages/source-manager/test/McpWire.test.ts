import type { JSONRPCMessage } from "@modelcontextprotocol/client"
import { assert, describe, it } from "vitest"
import { boundedFetch, longestAnswer, makeTraffic } from "../src/providers/mcp/BoundedFetch.ts"
import { needsOf } from "../src/providers/mcp/Challenge.ts"
import { makeFlood } from "../src/providers/mcp/Flood.ts"
import { makeLineReader } from "../src/providers/mcp/LineReader.ts"
import { makeTail, presentable } from "../src/providers/mcp/Tail.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

describe("lines", () => {
  it("come out whole however the bytes are cut, and empty ones are skipped", () => {
    const text = `{"a":"ä€𝄞"}\r\n\n{"b":2}\nrest`
    const whole = bytes(text)
    for (const size of [1, 2, 3, 7, whole.length]) {
      const lines: Array<string> = []
      const read = makeLineReader(
        (line) => lines.push(line),
        () => assert.fail()
      )
      for (let at = 0; at < whole.length; at += size) read(whole.slice(at, at + size))
      assert.deepStrictEqual(
        lines.map((line) => line.trim()),
        [`{"a":"ä€𝄞"}`, `{"b":2}`]
      )
    }
  })

  it("that are too long end the reading, once", () => {
    const lines: Array<string> = []
    let ended = 0
    const read = makeLineReader(
      (line) => lines.push(line),
      () => void ended++,
      10
    )
    for (const part of ["short\n", "exactly 10\n", "longer than", " that\n", "short\n"]) read(bytes(part))
    assert.deepStrictEqual(lines, ["short", "exactly 10"])
    assert.strictEqual(ended, 1)
  })
})

describe("the end of standard error", () => {
  it("is bounded and clean, whatever was written", () => {
    const tail = makeTail()
    for (let at = 0; at < 1_000; at++) tail.add(bytes(`\u001b[1mline ${at}\u001b[0m\u0000\r\n`))
    assert.strictEqual(tail.text().split("\n").length, 8)
    assert.isTrue(tail.text().endsWith("line 999"))
    tail.add(bytes("y".repeat(100_000)))
    assert.isAtMost(tail.text().length, 601)
  })

  it("loses titles and hidden text of terminals", () => {
    assert.strictEqual(presentable("\u001b]0;title\u0007a\u001b[2Jb\u{E0041}\u200bc"), "abc")
  })
})

describe("a challenge", () => {
  it("of any shape says at least that something is wanted", () => {
    for (const header of [
      "",
      "   ",
      "Bearer",
      'Digest realm="x"',
      "Bearer scope=",
      "\u0000",
      "x".repeat(100_000),
      "Bearer " + "a=b,".repeat(5_000)
    ]) {
      assert.strictEqual(needsOf(header).length, 1, header.slice(0, 20))
    }
    assert.deepStrictEqual(needsOf(`Basic realm="Staff only"`), [
      {
        scheme: "basic",
        kind: "basic",
        placement: { in: "header", name: "Authorization", prefix: "Basic " },
        description: "Staff only"
      }
    ])
    assert.strictEqual(needsOf("Bearer realm=x")[0].kind, "bearer")
  })
})

describe("fetch for the SDK", () => {
  const serving = (chunk: Uint8Array, count: number, type: string) => {
    const traffic = makeTraffic()
    let sent = 0
    const body = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => (sent++ < count ? controller.enqueue(chunk) : controller.close())
      })
    const fetch = boundedFetch(async () => new Response(body(), { headers: { "content-type": type } }), traffic)
    return { fetch, traffic }
  }
  const read = (answer: Response) =>
    answer.arrayBuffer().then(
      ({ byteLength }) => byteLength,
      (cause: Error) => cause.name
    )
  const megabyte = new Uint8Array(1024 * 1024).fill(120)

  it("cuts off an answer that is too long", async () => {
    const { fetch, traffic } = serving(megabyte, 12, "application/json")
    assert.strictEqual(await read(await fetch("http://x")), "TooLong")
    assert.isAtMost(traffic.received, longestAnswer + megabyte.length)
  })

  it("lets a stream of many messages live, and cuts off one long message", async () => {
    const event = new Uint8Array(megabyte)
    event.set([10, 10], 500)
    assert.strictEqual(
      await read(await serving(event, 30, "text/event-stream").fetch("http://x")),
      30 * megabyte.length
    )
    assert.strictEqual(await read(await serving(megabyte, 30, "text/event-stream").fetch("http://x")), "TooLong")
  })

  it("cuts off a stream of short messages that brings more than anybody reads", async () => {
    const event = new Uint8Array(megabyte)
    event.set([10, 10], 500)
    const { fetch, traffic } = serving(event, 200, "text/event-stream")
    let ended = 0
    traffic.flood.cutOff = () => ended++
    assert.strictEqual(await read(await fetch("http://x")), "TooLong")
    assert.strictEqual(ended, 1)
    assert.isBelow(traffic.received, 200 * megabyte.length)
  })

  it("opens no standing stream, but resumes one", async () => {
    const { fetch } = serving(megabyte, 1, "text/event-stream")
    assert.strictEqual((await fetch("http://x", { method: "GET" })).status, 405)
    assert.strictEqual((await fetch("http://x", { method: "GET", headers: { "last-event-id": "7" } })).status, 200)
  })
})

describe("what a server says", () => {
  const ping = (id: number): JSONRPCMessage => ({ jsonrpc: "2.0", id, method: "ping" })
  const progress: JSONRPCMessage = { jsonrpc: "2.0", method: "notifications/progress", params: {} }

  it("is heard, however lively, but of its requests only as many as are answered without harm", () => {
    const flood = makeFlood()
    const heard = (make: (at: number) => JSONRPCMessage, count: number) =>
      Array.from({ length: count }, (_, at) => make(at)).filter(flood.admits).length
    assert.strictEqual(
      heard(() => progress, 5_000),
      5_000
    )
    assert.isBelow(heard(ping, 5_000), 500)
    assert.isTrue(flood.admits({ jsonrpc: "2.0", id: 1, result: {} }))
    assert.isUndefined(flood.excess)
  })

  it("without end ends the connection, once", () => {
    const flood = makeFlood()
    let ended = 0
    flood.cutOff = () => ended++
    let heard = 0
    while (flood.admits(progress)) heard++
    assert.isAtLeast(heard, 10_000)
    assert.isFalse(flood.admits({ jsonrpc: "2.0", id: 1, result: {} }))
    assert.isFalse(flood.bytes(1))
    assert.strictEqual(ended, 1)
    assert.match(flood.excess ?? "", /cut off/)
  })
})
