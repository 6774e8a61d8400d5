// Where a sync happens: on the event loop only while it is sure to be short.
import { assert, describe, it } from "@effect/vitest"
import { makeBatchSync } from "../src/BatchSync.ts"
import { nodeDisk, type Disk } from "../src/Disk.ts"

/** A disk whose syncs take as many milliseconds as is set, by a clock of its own. */
const slowDisk = () => {
  const clock = { now: 0, takes: 0.2, busy: false }
  const disk: Disk = {
    ...nodeDisk,
    sync: () => void (clock.now += clock.takes),
    syncLater: async () => void (clock.now += clock.takes)
  }
  const sync = makeBatchSync(
    disk,
    () => clock.busy,
    () => clock.now
  )
  /** Syncs after a batch and says where that happened. */
  const where = async (bytes = 400): Promise<"loop" | "thread"> => {
    const later = sync(3, bytes)
    await later
    return later === undefined ? "loop" : "thread"
  }
  const often = async (count: number) => {
    for (let turn = 0; turn < count; turn++) await where()
  }
  return { clock, where, often }
}

describe("a sync", () => {
  it("stays off the event loop until the disk has proved quick", async () => {
    const { where, often } = slowDisk()
    assert.strictEqual(await where(), "thread")
    await often(6)
    assert.strictEqual(await where(), "loop")
  })

  it("leaves the event loop after a single slow one, and for as long as they are slow", async () => {
    const { clock, where, often } = slowDisk()
    await often(6)
    clock.takes = 7
    assert.strictEqual(await where(), "loop")
    assert.strictEqual(await where(), "thread")
    await often(20)
    assert.strictEqual(await where(), "thread")
    clock.takes = 0.2
    await often(6)
    assert.strictEqual(await where(), "loop")
  })

  it("of a large batch, or while something else keeps the disk busy, is a thread's work", async () => {
    const { clock, where, often } = slowDisk()
    await often(6)
    assert.strictEqual(await where(1_000_000), "thread")
    clock.busy = true
    assert.strictEqual(await where(), "thread")
  })
})
