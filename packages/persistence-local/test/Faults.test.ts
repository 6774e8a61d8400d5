// The first error of the disk ends the journal: nothing is acknowledged after it, and a restart has what was.
import { assert, it } from "@effect/vitest"
import { Journal, Views } from "@executor-v2/persistence-ports"
import * as Samples from "@executor-v2/persistence-ports/contract/Samples"
import { Effect, Fiber, Layer, Result } from "effect"
import { nodeDisk, type Disk } from "../src/Disk.ts"
import { LocalPersistence } from "../src/index.ts"
import { temporaryHome } from "./TemporaryFolder.ts"
import { vi } from "vitest"

// Real files and processes on a shared machine.
vi.setConfig({ testTimeout: 30_000 })

const commit = (name: string) =>
  Journal.use((journal) =>
    journal.commit({ workspace: Samples.workspace, actor: Samples.owner, events: [Samples.sourceDrafted(name)] })
  )

const sources = Views.use((views) =>
  Effect.map(views.list(Samples.workspace, "source"), (rows) => rows.map(({ entity }) => entity.name as string))
)

type Call = "write" | "sync" | "storeLater" | "renameLater" | "syncFolderLater"

const diskError = (code: string) => Object.assign(new Error(`${code}: disk`), { code })

/** The machine's disk, on which the n-th call of one kind fails, and only that one: no one may believe it healed. */
const failingAt = (call: Call, n: number, code: string): Disk => {
  let count = 0
  const failing = (name: keyof Disk) => {
    const original = nodeDisk[name] as (...parameters: ReadonlyArray<unknown>) => unknown
    const calling = (...parameters: ReadonlyArray<unknown>) => {
      if (++count !== n) return original(...parameters)
      if (name.endsWith("Later")) return Promise.reject(diskError(code))
      throw diskError(code)
    }
    return { [name]: calling }
  }
  // Whether a batch is synced on the event loop or off it depends on how quick the disk proves.
  return { ...nodeDisk, ...(call === "sync" ? { ...failing("sync"), ...failing("syncLater") } : failing(call)) }
}

/** Every third write takes only half of the bytes. */
const shortWrites = (): Disk => {
  let count = 0
  return {
    ...nodeDisk,
    write: (fd, bytes) => nodeDisk.write(fd, ++count % 3 === 0 ? bytes.subarray(0, bytes.length >> 1 || 1) : bytes)
  }
}

const campaign = (call: Call, n: number, code: string) =>
  Effect.gen(function* () {
    const home = yield* temporaryHome
    const acknowledged: Array<string> = []
    const first = Effect.gen(function* () {
      const outcomes = yield* Effect.forEach(
        Array.from({ length: 24 }, (_, index) => `s${String(index).padStart(2, "0")}`),
        (name) => Effect.result(Effect.tap(commit(name), () => Effect.sync(() => acknowledged.push(name)))),
        { concurrency: 3 }
      )
      const failed = outcomes.findIndex(Result.isFailure)
      if (failed < 0) return false
      assert.isTrue(outcomes.slice(failed).every(Result.isFailure), "nothing is acknowledged after the first error")
      const stopped = yield* Effect.flatMap(LocalPersistence.LocalPersistence, (local) => local.stopped)
      assert.include(stopped.message, code)
      assert.isTrue(Result.isFailure(yield* Effect.result(commit("later"))))
      return true
    })
    const options = { home, segmentBytes: 2000, disk: failingAt(call, n, code) }
    const struck = yield* Effect.scoped(Effect.provide(first, Layer.fresh(LocalPersistence.layer(options))))
    const restarted = yield* Effect.scoped(Effect.provide(sources, Layer.fresh(LocalPersistence.layer({ home }))))
    assert.includeMembers([...restarted], acknowledged)
    assert.notInclude(restarted, "later")
    return struck
  })

for (const [call, code] of [
  ["write", "EIO"],
  ["write", "ENOSPC"],
  ["sync", "EIO"],
  ["storeLater", "ENOSPC"],
  ["renameLater", "EIO"],
  ["syncFolderLater", "EIO"]
] as const) {
  it.effect(`acknowledges nothing after the n-th ${call} fails with ${code}, and restarts with what it had`, () =>
    Effect.gen(function* () {
      let struck = 0
      for (let n = 1; n <= 8; n++) if (yield* campaign(call, n, code)) struck++
      assert.isAbove(struck, 0)
    })
  )
}

it.effect("fails what queued behind a failing batch, without writing any of it", () =>
  Effect.gen(function* () {
    const home = yield* temporaryHome
    const gate: { armed: boolean; fail?: (error: unknown) => void } = { armed: false }
    let writes = 0
    const disk: Disk = {
      ...nodeDisk,
      write: (fd, bytes) => (writes++, nodeDisk.write(fd, bytes)),
      syncLater: (fd) => (gate.armed ? new Promise((_, reject) => (gate.fail = reject)) : nodeDisk.syncLater(fd))
    }
    yield* Effect.gen(function* () {
      yield* commit("before")
      gate.armed = true
      const first = yield* Effect.forkChild(Effect.result(commit("first")), { startImmediately: true })
      yield* Effect.promise(async () => {
        while (gate.fail === undefined) await new Promise(setImmediate)
      })
      const queued = yield* Effect.forkChild(Effect.result(commit("queued")), { startImmediately: true })
      const before = writes
      gate.armed = false
      gate.fail!(diskError("EIO"))
      assert.isTrue(Result.isFailure(yield* Fiber.join(first)))
      assert.isTrue(Result.isFailure(yield* Fiber.join(queued)))
      assert.strictEqual(writes, before)
    }).pipe(Effect.provide(Layer.fresh(LocalPersistence.layer({ home, disk }))))
  })
)

it.effect("writes on when the disk takes only part of a write", () =>
  Effect.gen(function* () {
    const home = yield* temporaryHome
    const names = Array.from({ length: 20 }, (_, index) => `s${String(index).padStart(2, "0")}`)
    const options = { home, disk: shortWrites() }
    yield* Effect.scoped(Effect.provide(Effect.forEach(names, commit), Layer.fresh(LocalPersistence.layer(options))))
    const restarted = yield* Effect.scoped(Effect.provide(sources, Layer.fresh(LocalPersistence.layer({ home }))))
    assert.deepStrictEqual(restarted, names)
  })
)

it.effect("says that the disk is full, not only that a call failed, when a folder cannot be opened for that", () =>
  Effect.gen(function* () {
    const home = yield* temporaryHome
    const disk: Disk = {
      ...nodeDisk,
      lock: () => {
        throw diskError("ENOSPC")
      }
    }
    const error = yield* Effect.flip(Effect.scoped(Layer.build(LocalPersistence.layer({ home, disk }))))
    assert.strictEqual(error.reason._tag, "DiskFull")
    assert.include(error.message, "Free some space")
  })
)

it.effect("loses nothing when compaction fails, and goes on journalling", () =>
  Effect.gen(function* () {
    const home = yield* temporaryHome
    const disk: Disk = {
      ...nodeDisk,
      storeLater: (file, bytes) =>
        file.includes("snapshot-") ? Promise.reject(diskError("ENOSPC")) : nodeDisk.storeLater(file, bytes)
    }
    const work = Effect.gen(function* () {
      yield* commit("before")
      const local = yield* LocalPersistence.LocalPersistence
      const error = yield* Effect.flip(local.compact)
      assert.strictEqual(error.reason._tag, "DiskFull")
      yield* commit("after")
    })
    const options = { home, disk, compactionWorker: "inline" } as const
    yield* Effect.scoped(Effect.provide(work, Layer.fresh(LocalPersistence.layer(options))))
    const restarted = yield* Effect.scoped(Effect.provide(sources, Layer.fresh(LocalPersistence.layer({ home }))))
    assert.deepStrictEqual(restarted, ["after", "before"])
  })
)
