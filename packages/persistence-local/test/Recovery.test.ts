// The recovery rule, over bytes: what is kept, what is cut off, what is refused.
import { assert, describe, it } from "@effect/vitest"
import { bufferSource } from "../src/Lines.ts"
import { readSegments, type SegmentSource, type Verdict } from "../src/Recovery.ts"
import { encodeHeader, headerBytes } from "../src/Segment.ts"
import { encodeMark, makeBatchEncoder } from "../src/WalLine.ts"
import { buildSegment, header, salt, stepLines } from "./WalBytes.ts"
import { vi } from "vitest"

// Tens of thousands of damaged files, on a shared machine.
vi.setConfig({ testTimeout: 30_000 })

const source = (bytes: Buffer, segment = 1): SegmentSource => ({ segment, source: bufferSource(bytes) })

interface Outcome {
  readonly events: number
  readonly verdict: Verdict
}

/** Reads segments and checks that every event seen is the original one at its place. */
const recover = (segments: ReadonlyArray<SegmentSource>, originals: ReadonlyArray<string>): Outcome => {
  let events = 0
  const { verdict } = readSegments(segments, 0, (line) => {
    events++
    if (line.s !== events || JSON.stringify(line.e) !== originals[events - 1]) {
      throw new Error(`event ${line.s} at place ${events} is not what was written`)
    }
  })
  return { events, verdict }
}

describe("recovery of one segment", () => {
  it("keeps exactly the whole steps of every byte prefix, and calls the rest torn", () => {
    const { bytes, ends, events } = buildSegment(60)
    for (let length = 0; length <= bytes.length; length++) {
      const outcome = recover([source(bytes.subarray(0, length))], events)
      const whole = ends.findLast(({ offset }) => offset <= length) ?? { offset: 0, last: 0 }
      assert.strictEqual(outcome.events, whole.last)
      if (length === whole.offset && length > 0) assert.strictEqual(outcome.verdict._tag, "Clean")
      else if (outcome.verdict._tag === "Torn") assert.strictEqual(outcome.verdict.from, whole.offset)
      else assert.fail(`prefix of ${length} bytes: ${outcome.verdict._tag}`)
    }
  })

  it("refuses every flipped bit in acknowledged data and never shows a changed event", () => {
    const { bytes, ends, events } = buildSegment(40)
    const lastBatchAt = ends.at(-2)!.offset
    const flipped = Buffer.from(bytes)
    for (let position = 0; position < bytes.length; position++) {
      for (let bit = 0; bit < 8; bit++) {
        flipped[position] = bytes[position]! ^ (1 << bit)
        const { verdict } = recover([source(flipped)], events)
        // The last batch has no witness: damage there looks like a write that was cut off.
        if (verdict._tag !== (position < lastBatchAt ? "Refused" : "Torn")) {
          assert.fail(`byte ${position}, bit ${bit}: ${verdict._tag}`)
        }
      }
      flipped[position] = bytes[position]!
    }
  })

  it("refuses flipped bits in the last batch too, once a mark follows it", () => {
    const { bytes, ends, events } = buildSegment(9, { mark: true })
    const flipped = Buffer.from(bytes)
    for (let position = ends.at(-2)!.offset; position < bytes.length; position++) {
      for (let bit = 0; bit < 8; bit++) {
        flipped[position] = bytes[position]! ^ (1 << bit)
        const { verdict, events: kept } = recover([source(flipped)], events)
        const inMark = position >= ends.at(-1)!.offset
        assert.strictEqual(verdict._tag, inMark ? "Torn" : "Refused")
        if (inMark) assert.strictEqual(kept, 9)
      }
      flipped[position] = bytes[position]!
    }
  })

  it("calls a hole in the unsynced last batch torn, although a whole valid line follows it", () => {
    const encode = makeBatchEncoder()
    const head = Buffer.concat([encodeHeader(header()), encode(stepLines(1, 1), 0, salt)])
    const batch = Buffer.from(encode([...stepLines(2, 1), ...stepLines(3, 1), ...stepLines(4, 1)], 1, salt))
    batch.fill(0, 0, batch.indexOf(0x0a))
    const { verdict, events } = recover([source(Buffer.concat([head, batch]))], [stepLines(1, 1)[0]!.json])
    assert.strictEqual(verdict._tag, "Torn")
    assert.strictEqual(events, 1)
  })

  it("reads a step whole or not at all", () => {
    const encode = makeBatchEncoder()
    const step = stepLines(1, 3)
    const two = Buffer.from(encode(step, 0, salt).subarray(0))
    const cut = two.subarray(0, two.indexOf(0x0a, two.indexOf(0x0a) + 1) + 1)
    const { verdict, events } = recover([source(Buffer.concat([encodeHeader(header()), cut]))], [])
    assert.deepStrictEqual([verdict._tag, events], ["Torn", 0])
  })

  it("never accepts lines that were dropped, doubled, swapped or taken from another segment", () => {
    const { bytes, events } = buildSegment(12)
    const lines = bytes.toString("latin1").split("\n").slice(1, -1)
    const write = (changed: ReadonlyArray<string>) =>
      Buffer.concat([encodeHeader(header()), Buffer.from(changed.map((line) => `${line}\n`).join(""), "latin1")])
    for (let index = 0; index < lines.length - 3; index++) {
      const dropped = write(lines.toSpliced(index, 1))
      const swapped = write(lines.toSpliced(index, 2, lines[index + 1]!, lines[index]!))
      const doubled = write(lines.toSpliced(index, 0, lines[index]!))
      for (const changed of [dropped, swapped, doubled]) {
        assert.strictEqual(recover([source(changed)], events).verdict._tag, "Refused")
      }
    }
    const foreign = Buffer.from(makeBatchEncoder()(stepLines(1, 2), 0, salt + 1))
    const outcome = recover([source(Buffer.concat([encodeHeader(header()), foreign]))], events)
    assert.deepStrictEqual([outcome.verdict._tag, outcome.events], ["Torn", 0])
  })

  it("survives rubbish: NUL tails, carriage returns, blank lines and an endless line", () => {
    const { bytes, events } = buildSegment(3)
    const endless = Buffer.alloc(17 * 1024 * 1024, 0x61)
    for (const tail of [Buffer.alloc(9000), Buffer.from("\r\n"), Buffer.from("\n\n"), endless, Buffer.from("{}\n")]) {
      const outcome = recover([source(Buffer.concat([bytes, tail]))], events)
      assert.deepStrictEqual([outcome.verdict._tag, outcome.events], ["Torn", 3])
    }
    const afterEndless = Buffer.concat([bytes, endless, Buffer.from("\n"), encodeMark(4, salt)])
    assert.strictEqual(recover([source(afterEndless)], events).verdict._tag, "Refused")
  })
})

describe("recovery of several segments", () => {
  const first = buildSegment(5)
  const second = (previous: number, segment = 2) => {
    const lines = makeBatchEncoder()(stepLines(previous + 1, 1), previous, salt)
    return Buffer.concat([encodeHeader(header({ segment, first: previous + 1, previous })), lines])
  }
  const originals = [...first.events, stepLines(6, 1)[0]!.json]

  it("reads on where the segment before ended", () => {
    const outcome = recover([source(first.bytes), source(second(5), 2)], originals)
    assert.deepStrictEqual(outcome, { events: 6, verdict: { _tag: "Clean" } })
  })

  it("refuses a sealed segment that lost its end, and one that is missing", () => {
    const shorter = first.bytes.subarray(0, first.ends.at(-2)!.offset)
    assert.strictEqual(recover([source(shorter), source(second(5), 2)], originals).verdict._tag, "Refused")
    assert.strictEqual(
      recover([source(shorter), source(second(5).subarray(0, headerBytes), 2)], originals).verdict._tag,
      "Refused"
    )
    assert.strictEqual(
      recover([source(first.bytes.subarray(0, -1)), source(second(5), 2)], originals).verdict._tag,
      "Refused"
    )
    assert.strictEqual(recover([source(first.bytes), source(second(5, 3), 3)], originals).verdict._tag, "Refused")
  })

  it("calls a segment whose creation was cut off torn", () => {
    for (const length of [0, 1, headerBytes - 1]) {
      const { verdict, events } = recover([source(first.bytes), source(second(5).subarray(0, length), 2)], originals)
      assert.deepInclude(verdict, { _tag: "Torn", segment: 2, from: 0 })
      assert.strictEqual(events, 5)
    }
  })

  it("reports a newer format before anything else", () => {
    const newer = Buffer.concat([encodeHeader(header({ format: 2 })), Buffer.from("whatever a newer one writes\n")])
    assert.deepStrictEqual(recover([source(newer)], []).verdict, { _tag: "NewerFormat", format: 2 })
  })
})
