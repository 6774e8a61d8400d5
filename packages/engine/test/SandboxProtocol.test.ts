// What the host believes of a sandbox process: frames and records that are not exactly right are refused, never guessed at.
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect } from "effect"
import { parseTurn, ProtocolViolation, startText, type Turn } from "../src/sandbox/GuestProtocol.ts"
import { makeGuestRun } from "../src/sandbox/GuestRun.ts"
import type { SandboxLimits, SandboxResult } from "../src/sandbox/Sandbox.ts"
import {
  decodeFromChild,
  decodeToChild,
  encodeFromChild,
  encodeToChild,
  frameReader,
  WireViolation,
  type FromChild,
  type ToChild
} from "../src/sandbox/WireFormat.ts"
import { makeHost, program } from "./testTools.ts"

const withoutLength = (frame: Buffer) => frame.subarray(4)

describe("frames", () => {
  const toChild: ReadonlyArray<ToChild> = [
    {
      _tag: "Start",
      run: 1,
      memoryMb: 2,
      turnMs: 3,
      cpuMs: 4,
      maxTurnChars: 5,
      javascript: "é😀\n",
      start: startText(program(""))
    },
    { _tag: "Operations", run: 7, texts: ["", "r1,1;{}", "ü".repeat(5_000)] },
    { _tag: "Dispose", run: 0xffff_ffff },
    { _tag: "Transpile", run: 1, code: "x" },
    { _tag: "Locate", run: 1, line: 2, column: 3, code: "" }
  ]
  const fromChild: ReadonlyArray<FromChild> = [
    { _tag: "Ready" },
    { _tag: "Unavailable", detail: "no" },
    { _tag: "Turn", run: 1, done: 2, cpuUs: 3, fault: "memory", detail: "d", text: "u;" },
    { _tag: "Idle", run: 1, rssMb: 75 },
    { _tag: "Transpiled", run: 1, javascript: "1" },
    { _tag: "Refused", run: 1, line: 2, column: 3, reason: "r", excerpt: "e" },
    { _tag: "Located", run: 1, line: 2, column: 3 }
  ]
  it("come back as they were sent", () => {
    for (const message of toChild) assert.deepEqual(decodeToChild(withoutLength(encodeToChild(message))), message)
    for (const message of fromChild) assert.deepEqual(decodeFromChild(withoutLength(encodeFromChild(message))), message)
  })

  it("are found in a stream however it is cut", () => {
    const stream = Buffer.concat(fromChild.map(encodeFromChild))
    for (const size of [1, 3, 7, stream.length]) {
      const seen: Array<FromChild> = []
      const read = frameReader(
        () => 1_000,
        (frame) => seen.push(decodeFromChild(frame))
      )
      for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size))
      assert.deepEqual(seen, fromChild)
    }
  })

  it("are refused when too long, cut short, or of no known kind", () => {
    const read = frameReader(
      () => 100,
      () => assert.fail("nothing to hear")
    )
    assert.throws(() => read(Buffer.from([101, 0, 0, 0])), WireViolation)
    const turn = withoutLength(encodeFromChild(fromChild[2]!))
    for (let length = 0; length < turn.length; length++) {
      assert.throws(() => decodeFromChild(turn.subarray(0, length)), WireViolation)
    }
    const lying = Buffer.from(turn)
    lying.writeUInt32LE(99, 13)
    assert.throws(() => decodeFromChild(lying), WireViolation)
    assert.throws(() => decodeFromChild(Buffer.from([99, 0, 0, 0, 0])), WireViolation)
  })
})

describe("records", () => {
  it("are read one after the other, whatever stands in their texts", () => {
    assert.deepEqual(parseTurn('c1,3,6;a;b"c1,";l3;;;;k;t1,20,30;x1;r4;"u;"'), [
      { _tag: "Call", id: 1, path: "a;b", argsJson: '"c1,";' },
      { _tag: "Log", line: ";;;" },
      { _tag: "LogsCut" },
      { _tag: "TimerSet", id: 1, delayMs: 20, due: 30 },
      { _tag: "TimerCleared", id: 1 },
      { _tag: "Returned", json: '"u;"' }
    ])
  })

  it("that are not exactly right are refused", () => {
    for (const text of [
      "q;",
      "c1,1;a",
      "c1,1,1;a",
      "c-1,1,1;ab",
      "l1e1;x",
      "l99;x",
      "l",
      "c1,1,1,1;ab",
      "r;x",
      " u;",
      `l${"1".repeat(99)};`
    ]) {
      assert.throws(() => parseTurn(text), ProtocolViolation)
    }
  })
})

describe("numbers of records", () => {
  /** What three numbers are, in the simplest words. */
  const simply = (fields: string): ReadonlyArray<number> | undefined => {
    const parts = fields.split(",")
    return parts.length === 3 && parts.every((part) => /^\d{1,15}$/.test(part)) ? parts.map(Number) : undefined
  }
  const read = (fields: string): ReadonlyArray<number> | undefined => {
    try {
      const [record] = parseTurn(`t${fields};`)
      return record?._tag === "TimerSet" ? [record.id, record.delayMs, record.due] : undefined
    } catch (error) {
      assert.instanceOf(error, ProtocolViolation)
      return undefined
    }
  }

  it("are three decimal ones or none, in every text of up to six characters", () => {
    let texts = [""]
    for (let length = 0; length <= 6; length++) {
      for (const text of texts) assert.deepEqual(read(text), simply(text))
      texts = texts.flatMap((text) => ["0", "9", ",", "-"].map((next) => text + next))
    }
  })

  it("are exact up to fifteen digits, and longer ones, signs, spaces and other digits are refused", () => {
    const most = "9".repeat(15)
    assert.deepEqual(read(`${most},000000000000001,0`), [999_999_999_999_999, 1, 0])
    for (const bad of [`${most}9`, "1.0", "1e3", "0x1", "+1", " 1", "1\n", "\u0661", "\uff11", "/", ":"])
      for (const fields of [`${bad},1,1`, `1,${bad},1`, `1,1,${bad}`]) assert.isUndefined(read(fields))
  })
})

describe("a run on an engine that lies", () => {
  /** Ends the run with the turns that the engine claims, and gives what was told and what became of the engine. */
  const led = (turns: ReadonlyArray<Partial<Turn>>, limits: Partial<SandboxLimits> = {}) => {
    const told: Array<SandboxResult> = []
    const left: Array<boolean> = []
    const host = makeHost()
    const guest = makeGuestRun({
      program: program("", limits),
      host,
      context: Context.empty(),
      engine: { operate: () => {}, residentMb: () => 0, leave: (kill) => left.push(kill) },
      onEnd: (result) => told.push(result)
    })
    for (const turn of turns) guest.onTurn({ done: 1, cpuUs: 0, fault: "none", detail: "", text: "", ...turn })
    guest.abandon()
    return { told: told.map((result) => result.outcome), left, host }
  }
  const crashed = (outcome: SandboxResult["outcome"] | undefined) =>
    outcome?._tag === "Ended" && outcome.reason === "crashed"

  it("ends as crashed, and the engine is killed, when its records are not right", () => {
    for (const text of ["nonsense", "c2,1,4;anull", "c1,1,4;anullc1,1,4;anull"]) {
      const { left, told } = led([{ text }])
      assert.isTrue(crashed(told[0]), text)
      assert.deepEqual(left, [true])
    }
  })

  it("keeps to the limits when the guest's own counters do not", () => {
    const { host, told } = led([{ text: "c1,6,4;a.echonullc2,6,4;a.echonull" }], { calls: 1 })
    assert.deepInclude(told[0], { _tag: "Ended", reason: "call-cap" })
    assert.strictEqual(host.seen.length, 0)
    assert.deepInclude(led([{ text: "r5;12345" }], { resultChars: 4 }).told[0], { reason: "result-too-large" })
    assert.deepInclude(led([{ cpuUs: 5_000_000 }], { cpuMs: 4_000 }).told[0], { reason: "cpu-timeout" })
  })

  it("believes the first outcome only, and no shape of error but the known one", () => {
    assert.deepEqual(led([{ text: "r1;1r1;2" }]).told, [{ _tag: "Returned", json: "1" }])
    for (const json of ["{}", "[]", "x", '{"name":1,"message":"m"}']) {
      assert.deepEqual(led([{ text: `e${json.length};${json}` }]).told, [
        { _tag: "Threw", name: "Error", message: "the code threw a value that cannot be read" }
      ])
    }
  })

  it.effect("does not hear calls after it has ended", () =>
    Effect.sync(() => {
      const { host, told } = led([{ text: "r1;1" }, { text: "c1,6,4;a.echonull" }])
      assert.deepEqual([told.length, host.seen.length], [1, 0])
    })
  )
})
