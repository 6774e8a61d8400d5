import { assert, describe, it } from "vitest"
import { broken, judge, type Metric } from "../src/Metric.ts"
import { exitCode, jsonLine, table } from "../src/Report.ts"
import { runSuite, type Suite } from "../src/Suite.ts"

const collect = async (suite: Suite): Promise<ReadonlyArray<Metric>> => {
  const metrics: Array<Metric> = []
  await runSuite(
    suite,
    (metric) => metrics.push(metric),
    () => {}
  )
  return metrics
}

describe("a figure", () => {
  it("is judged by its median against its floor's", () => {
    const metric = judge("s", "m", "ms", [1, 2, 30], { floor: [1, 1, 50], goal: { ratioAtMost: 2 } })
    assert.deepInclude(metric, { value: 2, floor: 1, ratio: 2, goal: "≤ 2 × floor", ok: true })
  })

  it("misses its goal when one part of it is missed", () => {
    const goal = { atMost: 250, ratioAtMost: 1.3 }
    assert.isTrue(judge("s", "m", "ms", 240, { floor: 200, goal }).ok)
    assert.isFalse(judge("s", "m", "ms", 240, { floor: 180, goal }).ok)
    assert.isFalse(judge("s", "m", "ms", 260, { floor: 250, goal }).ok)
  })

  it("without a goal is reported and never missed", () => {
    assert.deepInclude(judge("s", "m", "ms", 7), { value: 7, goal: "reported", ok: true })
  })

  it("that was not measured reaches nothing", () => {
    assert.deepInclude(judge("s", "m", "ms", []), { value: null, ok: false })
    assert.isFalse(judge("s", "m", "ms", 1, { floor: [], goal: { ratioAtMost: 2 } }).ok)
  })
})

describe("the output", () => {
  const missed = judge("execute", "return 1", "ms", [8, 9, 10, 11, 12], { floor: 2, goal: { overFloorAtMost: 2.5 } })

  it("is one JSON line with these fields for a planted miss", () => {
    const line = jsonLine(missed)
    assert.notInclude(line, "\n")
    assert.deepStrictEqual(JSON.parse(line), {
      suite: "execute",
      metric: "return 1",
      unit: "ms",
      value: 10,
      p95: 12,
      floor: 2,
      ratio: 5,
      goal: "≤ floor + 2.5 ms",
      ok: false
    })
  })

  it("shows the miss to a person", () => {
    assert.match(table([missed]), /return 1 +10 ms +12 +2 +5 × +≤ floor \+ 2\.5 ms +NO$/m)
  })

  it("of a suite that breaks names the suite and the reason", () => {
    const metric = broken("wal", new Error("the disk is full\nsecond line"))
    assert.deepInclude(JSON.parse(jsonLine(metric)), {
      suite: "wal",
      value: null,
      ok: false,
      error: "the disk is full\nsecond line"
    })
    assert.match(table([metric]), /wal .*NO: the disk is full$/m)
  })

  it("ends with status 1 for a broken suite, and for a miss only when asked to be strict", () => {
    const reached = judge("s", "m", "ms", 1, { goal: { atMost: 2 } })
    assert.strictEqual(exitCode([reached], true), 0)
    assert.strictEqual(exitCode([reached, missed], false), 0)
    assert.strictEqual(exitCode([reached, missed], true), 1)
    assert.strictEqual(exitCode([broken("s", "why")], false), 1)
  })
})

describe("a suite", () => {
  it("hands each figure on and undoes what it left, last first, also when it breaks", async () => {
    const undone: Array<string> = []
    const suite: Suite = {
      name: "planted",
      about: "a suite that breaks",
      run: async (bench) => {
        bench.defer(() => undone.push("first"))
        bench.defer(() => undone.push("second"))
        bench.report("before", "ms", 1)
        throw new Error("broken on purpose")
      }
    }
    const seen: Array<Metric> = []
    const outcome = await runSuite(
      suite,
      (metric) => seen.push(metric),
      () => {}
    ).then(
      () => "done",
      (error: Error) => error.message
    )
    assert.strictEqual(outcome, "broken on purpose")
    assert.deepStrictEqual(undone, ["second", "first"])
    assert.deepStrictEqual(
      seen.map(({ metric, suite: name }) => [name, metric]),
      [["planted", "before"]]
    )
  })

  it("that ends well gives its figures in order", async () => {
    const metrics = await collect({
      name: "planted",
      about: "two figures",
      run: async ({ report }) => {
        report("one", "ms", 1)
        report("two", "ms", 2, { goal: { atMost: 1 } })
      }
    })
    assert.deepStrictEqual(
      metrics.map(({ metric, ok }) => [metric, ok]),
      [
        ["one", true],
        ["two", false]
      ]
    )
  })
})
