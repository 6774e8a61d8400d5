// The journal on files: what durability costs, and what a long one costs at the next start.
import { closeSync, fdatasyncSync, openSync, readFileSync, readdirSync, writeSync } from "node:fs"
import { join } from "node:path"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { DatabaseSync } from "node:sqlite"
import { startDaemon } from "../Daemon.ts"
import { callRecorded, fill, openJournal, runOpened } from "../Journals.ts"
import { temporaryFolder } from "../Product.ts"
import { interleaved, timed } from "../Statistics.ts"
import type { Bench, Suite } from "../Suite.ts"

/** About as long as the line that the journal writes for the same event. */
const line = `${JSON.stringify({ c: "9f2c01ab", s: 1234, d: 1230, e: { v: 1, event: callRecorded(1, 1) } })}\n`

const commits = async (bench: Bench): Promise<void> => {
  bench.say("durable commits, in turn with raw writes and SQLite")
  const folder = temporaryFolder(bench, "wal")
  const journal = await openJournal(join(folder, "home"))
  await journal.commit(runOpened(0))
  const raw = openSync(join(folder, "raw"), "a")
  const database = new DatabaseSync(join(folder, "sqlite.db"))
  database.exec(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE events (seq INTEGER PRIMARY KEY, line TEXT)"
  )
  const insert = database.prepare("INSERT INTO events (line) VALUES (?)")
  let call = 0
  const figures = await interleaved(
    1_500,
    {
      floor: () =>
        timed(() => {
          writeSync(raw, line)
          fdatasyncSync(raw)
        }),
      ours: () => timed(() => journal.commit(callRecorded(0, call++))),
      sqlite: () => timed(() => insert.run(line))
    },
    300
  )
  closeSync(raw)
  database.close()
  bench.report("durable commit", "ms", figures.ours, { floor: figures.floor, goal: { ratioAtMost: 1.25 } })
  bench.report("durable commit (floor: SQLite synchronous=FULL)", "ms", figures.ours, {
    floor: figures.sqlite,
    goal: { ratioAtMost: 1 }
  })

  bench.say("100 writers against one")
  const writers = (count: number, each: number) => async () => {
    const taken = await timed(() =>
      Promise.all(
        Array.from({ length: count }, async () => {
          for (let turn = 0; turn < each; turn++) await journal.commit(callRecorded(0, call++))
        })
      )
    )
    return (count * each * 1_000) / taken
  }
  const rates = await interleaved(7, { one: writers(1, 500), many: writers(100, 200) })
  bench.report("100 writers (floor: 1 writer)", "events/s", rates.many, {
    floor: rates.one,
    goal: { ratioAtLeast: 20 }
  })
  await journal.close()
}

const segments = (home: string) =>
  readdirSync(home)
    .filter((name) => name.startsWith("events-"))
    .sort()
    .map((name) => join(home, name))

const replay = async (bench: Bench): Promise<void> => {
  bench.say("replaying 100,000 events")
  const home = join(temporaryFolder(bench, "replay"), "home")
  const journal = await openJournal(home)
  await fill(journal, 100_000)
  await journal.close()
  const figures = await interleaved(7, {
    floor: () =>
      timed(() => {
        for (const file of segments(home)) {
          for (const text of readFileSync(file, "utf8").split("\n")) if (text !== "") JSON.parse(text)
        }
      }),
    ours: async () => {
      const begin = performance.now()
      const opened = await openJournal(home)
      const taken = performance.now() - begin
      await opened.close()
      return taken
    }
  })
  bench.report("checked replay of 100k events, folder opened", "ms", figures.ours, {
    floor: figures.floor,
    goal: { ratioAtMost: 1.35 }
  })
}

/** A state of about 10 MB, as results that were kept inline. */
const tenMegabytes = async (home: string) => {
  const journal = await openJournal(home)
  await fill(journal, 7_000, JSON.stringify("x".repeat(1_100)))
  return journal
}

const compaction = async (bench: Bench): Promise<void> => {
  bench.say("compacting 10 MB while serving")
  const home = join(temporaryFolder(bench, "compact"), "home")
  const journal = await tenMegabytes(home)
  const stall = async (act: () => Promise<unknown>): Promise<number> => {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    await act()
    delay.disable()
    return delay.percentile(99) / 1e6
  }
  const stalls: Array<number> = []
  const quiet: Array<number> = []
  const taken: Array<number> = []
  for (let round = 0; round < 5; round++) {
    quiet.push(await stall(() => new Promise((resolve) => setTimeout(resolve, 300))))
    stalls.push(await stall(async () => taken.push(await timed(journal.compact))))
    await journal.commit(runOpened(900 + round))
  }
  bench.report("event-loop delay p99 while compacting", "ms", stalls, { floor: quiet, goal: { atMost: 10 } })
  bench.report("time to compact", "ms", taken)

  bench.say("cold start with the snapshot and 20,000 events")
  await journal.compact()
  await fill(journal, 20_000, undefined, 1_000)
  await journal.close()
  const empty = join(temporaryFolder(bench, "empty"), "home")
  const listed = (folder: string) => async () => {
    const daemon = await startDaemon(bench, { home: folder })
    await daemon.agent().listTools()
    const passed = performance.now() - daemon.startedAt
    await daemon.stop()
    return passed
  }
  const starts = await interleaved(9, { floor: listed(empty), full: listed(home) }, 2)
  bench.report("cold start, 10 MB snapshot + 20k events (floor: empty folder)", "ms", starts.full, {
    floor: starts.floor,
    goal: { overFloorAtMost: 300 }
  })
}

export const wal: Suite = {
  name: "wal",
  about: "durable commits, group commit, replay, compaction, cold start with history",
  run: async (bench) => {
    await commits(bench)
    await replay(bench)
    await compaction(bench)
  }
}
