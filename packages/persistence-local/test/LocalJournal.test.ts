// What the contract cannot see: answers come in the order of the disk, and one fold makes every state.
import { assert, describe, it } from "@effect/vitest"
import { Journal, Views, type Commit } from "@executor-v2/persistence-ports"
import * as Samples from "@executor-v2/persistence-ports/contract/Samples"
import { canonicalJson, entityKinds, sha256Hex, type Event } from "@executor-v2/schema"
import { Effect, Layer, Option, Result } from "effect"
import * as fs from "node:fs"
import { nodeDisk, type Disk } from "../src/Disk.ts"
import { inspect, LocalPersistence } from "../src/index.ts"
import { openFolder } from "../src/Opening.ts"
import { randomFrom } from "./PowerDisk.ts"
import { temporaryHome } from "./TemporaryFolder.ts"
import { vi } from "vitest"

// Real files and processes on a shared machine.
vi.setConfig({ testTimeout: 30_000 })

const step = (...events: ReadonlyArray<Event>): Commit => ({
  workspace: Samples.workspace,
  actor: Samples.owner,
  events: events as unknown as Commit["events"]
})

describe("a conflict with a commit that is on its way to the disk", () => {
  it.effect("is told when that one can be read, so that reading again shows why", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      yield* Effect.gen(function* () {
        const journal = yield* Journal
        const views = yield* Views
        const first = {
          ...step(Samples.sourceDrafted("raced")),
          expect: [{ entity: { kind: "source", id: "raced" }, revision: 0 }]
        } as const
        const loser = Effect.result(journal.commit(first)).pipe(
          Effect.flatMap((outcome) =>
            Effect.map(views.get(Samples.workspace, "source", "raced"), (seen) => ({ outcome, seen }))
          )
        )
        const [, { outcome, seen }] = yield* Effect.all([journal.commit(first), loser], { concurrency: 2 })
        assert.isTrue(Result.isFailure(outcome) && outcome.failure.reason._tag === "Conflict")
        assert.strictEqual(Option.getOrThrow(seen).revision, 1)
      }).pipe(Effect.provide(LocalPersistence.layer({ home })))
    })
  )

  it.effect("lets a chain of commits through, each expecting what the one before it will make", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      let syncs = 0
      const disk: Disk = { ...nodeDisk, syncLater: (fd) => (syncs++, nodeDisk.syncLater(fd)) }
      yield* Effect.gen(function* () {
        const journal = yield* Journal
        const entity = { kind: "source", id: "chained" } as const
        const expecting = (revision: number, event: Event) =>
          journal.commit({ ...step(event), expect: [{ entity, revision }] })
        yield* Effect.all(
          [
            expecting(0, Samples.sourceDrafted("chained")),
            expecting(1, Samples.sourceRemoved("chained")),
            expecting(0, Samples.sourceDrafted("chained")),
            expecting(3, Samples.sourceProbing("chained"))
          ],
          { concurrency: "unbounded" }
        )
      }).pipe(Effect.provide(LocalPersistence.layer({ home, disk })))
      // The new segment, one batch for all four, and the mark at the end.
      assert.strictEqual(syncs, 3)
    })
  )
})

const runs = ["a", "b", "c"].map((letter) => `r${letter}`)

/** A random walk over the life of sources, runs and calls. */
const randomEvent = (random: () => number): Event => {
  const pick = <A>(values: ReadonlyArray<A>): A => values[Math.floor(random() * values.length)]!
  const name = `s${Math.floor(random() * 6)}`
  const run = pick(runs)
  return pick([
    () => Samples.sourceDrafted(name),
    () => Samples.sourceProbing(name),
    () => Samples.sourceRemoved(name),
    () => Samples.runOpened(run),
    () => Samples.runEnded(run),
    () => ({ _tag: "ToolCallIntended", call: Samples.call(run, String(Math.floor(random() * 9))) }) as const,
    () => ({ _tag: "RunMoved", id: Samples.runId(run), status: "waiting_for_input", attempt: 2 }) as const
  ])()
}

const liveHash = Effect.gen(function* () {
  const views = yield* Views
  const rows: Array<unknown> = []
  for (const kind of entityKinds.toSorted()) rows.push(...(yield* views.list(Samples.workspace, kind)))
  return sha256Hex(canonicalJson(rows))
})

const diskHash = (home: string) => {
  const { state } = openFolder(nodeDisk, home)
  const rows = entityKinds.toSorted().flatMap((kind) => state.list(Samples.workspace, kind))
  return sha256Hex(canonicalJson(rows))
}

describe("the state", () => {
  it.effect("is the same live, replayed from the log, and from a snapshot with the log after it", () =>
    Effect.gen(function* () {
      for (let seed = 1; seed <= 10; seed++) {
        const home = yield* temporaryHome
        const random = randomFrom(seed)
        const write = Effect.gen(function* () {
          const journal = yield* Journal
          const local = yield* LocalPersistence.LocalPersistence
          for (let turn = 0; turn < 60; turn++) {
            yield* journal.commit(step(...Array.from({ length: 1 + (turn % 3) }, () => randomEvent(random))))
            if (turn === 25 || turn === 40) {
              const before = diskHash(home)
              assert.strictEqual(before, yield* liveHash)
              yield* local.compact
              assert.strictEqual(diskHash(home), before)
            }
          }
          return yield* liveHash
        })
        const options = { home, segmentBytes: 4000, compactionWorker: "inline" } as const
        const live = yield* Effect.provide(write, Layer.fresh(LocalPersistence.layer(options)))
        assert.strictEqual(diskHash(home), live)
        assert.strictEqual(yield* Effect.provide(liveHash, Layer.fresh(LocalPersistence.layer({ home }))), live)
      }
    })
  )
})

describe("compaction", () => {
  it.effect("runs in a thread of its own when enough was written, and keeps one generation", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      const write = Effect.gen(function* () {
        const journal = yield* Journal
        const local = yield* LocalPersistence.LocalPersistence
        for (let round = 0; round < 3; round++) {
          for (let index = 0; index < 10; index++)
            yield* journal.commit(step(Samples.sourceDrafted(`s${round}x${index}`)))
          yield* local.compact
        }
        yield* journal.commit(step(Samples.sourceDrafted("last")))
      })
      yield* Effect.provide(write, Layer.fresh(LocalPersistence.layer({ home })))
      const names = fs.readdirSync(home).filter((name) => /^(events|snapshot)-/.test(name))
      assert.deepStrictEqual(names, [
        "events-000003.jsonl",
        "events-000004.jsonl",
        "snapshot-000002.json",
        "snapshot-000003.json"
      ])
      const { snapshots, segments, status } = inspect(home)
      assert.strictEqual(status, "sound")
      assert.deepStrictEqual(
        snapshots.map(({ current, seq, entities }) => [current, seq, entities]),
        [
          [false, 20, 20],
          [true, 30, 30]
        ]
      )
      assert.deepStrictEqual(
        segments.map(({ current, events }) => [current, events]),
        [
          [false, undefined],
          [true, 1]
        ]
      )
    })
  )

  it.effect("starts by itself after the number of events that was set", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      const write = Effect.gen(function* () {
        const journal = yield* Journal
        for (let index = 0; index < 25; index++) yield* journal.commit(step(Samples.sourceDrafted(`s${index}`)))
        yield* Effect.promise(async () => {
          while (!fs.existsSync(`${home}/snapshot-000001.json`)) await new Promise(setImmediate)
        })
      })
      const options = { home, compactEvents: 20, compactionWorker: "inline" } as const
      yield* Effect.provide(write, Layer.fresh(LocalPersistence.layer(options)))
      assert.strictEqual(openFolder(nodeDisk, home).state.seq, 25)
    })
  )
})
