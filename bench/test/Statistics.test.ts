import { assert, describe, it } from "vitest"
import { interleaved, median, quantile } from "../src/Statistics.ts"

describe("the median", () => {
  it("is the middle value, whatever the order", () => assert.strictEqual(median([9, 1, 5]), 5))
  it("is the mean of the two middle values of an even number", () => assert.strictEqual(median([1, 10, 2, 4]), 3))
  it("does not move with an outlier", () => assert.strictEqual(median([1, 2, 3, 4, 1_000]), 3))
  it("of nothing is no number", () => assert.isNaN(median([])))
  it("leaves what it was given as it was", () => {
    const given = [3, 1, 2]
    median(given)
    assert.deepStrictEqual(given, [3, 1, 2])
  })
})

describe("a quantile", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
  it("is the nearest rank", () => {
    assert.strictEqual(quantile(hundred, 0.95), 95)
    assert.strictEqual(quantile(hundred, 0.99), 99)
    assert.strictEqual(quantile(hundred, 1), 100)
  })
  it("of few values is one of them", () => assert.strictEqual(quantile([4, 8], 0.95), 8))
  it("of nothing is no number", () => assert.isNaN(quantile([], 0.95)))
})

describe("probes taken in turn", () => {
  it("meet each round together, and rounds of warming up do not count", async () => {
    const order: Array<string> = []
    const probe = (name: string, figure: number) => async () => {
      order.push(name)
      return figure
    }
    const figures = await interleaved(3, { a: probe("a", 1), b: probe("b", 2) }, 1)
    assert.deepStrictEqual(figures, { a: [1, 1, 1], b: [2, 2, 2] })
    assert.strictEqual(order.join(""), "abababab")
  })
})
