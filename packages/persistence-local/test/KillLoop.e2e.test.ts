// A writing process is killed over and over, also while it compacts: what it told was saved is there, in order.
import { assert, it } from "@effect/vitest"
import { Views } from "@executor-v2/persistence-ports"
import * as Samples from "@executor-v2/persistence-ports/contract/Samples"
import { Effect, Layer } from "effect"
import { spawn } from "node:child_process"
import * as path from "node:path"
import { createInterface } from "node:readline"
import { inspect, LocalPersistence } from "../src/index.ts"
import { randomFrom } from "./PowerDisk.ts"
import { temporaryHome } from "./TemporaryFolder.ts"

const child = path.join(import.meta.dirname, "Child.ts")

/** Lets a process write until it told `lines` lines, kills it, and gives everything that it told. */
const writeUntilKilled = (
  home: string,
  writers: number,
  from: number,
  lines: number,
  compaction: "inline" | "thread"
) =>
  Effect.callback<ReadonlyArray<string>>((resume) => {
    const task = [child, home, "write", String(writers), String(from), compaction]
    const writing = spawn(process.execPath, task, { stdio: ["ignore", "pipe", "inherit"] })
    const told: Array<string> = []
    createInterface({ input: writing.stdout })
      .on("line", (line) => {
        if (told.push(line) === lines) writing.kill("SIGKILL")
      })
      .on("close", () => resume(Effect.succeed(told)))
  })

const recovered = (home: string) =>
  Effect.scoped(
    Effect.provide(
      Views.use((views) =>
        Effect.map(views.list(Samples.workspace, "source"), (rows) => rows.map(({ entity }) => entity))
      ),
      Layer.fresh(LocalPersistence.layer({ home }))
    )
  )

const killOver = (writers: number, kills: number) =>
  Effect.gen(function* () {
    const home = yield* temporaryHome
    const random = randomFrom(writers)
    const told = new Set<string>()
    for (let kill = 0; kill < kills; kill++) {
      // Turns of different lives do not overlap, so each writer's names of one life must be there without a gap.
      const from = kill * 1_000_000
      const lines = 50 + Math.floor(random() * 700)
      // A thread is often killed before it has read anything; inline, the steps of a compaction come between commits.
      const compaction = kill % 3 === 0 ? "thread" : "inline"
      for (const name of yield* writeUntilKilled(home, writers, from, lines, compaction)) told.add(name)
      const found = yield* recovered(home)
      const names = new Set(found.map(({ name }) => name as string))
      for (const name of told) assert.isTrue(names.has(name), `${name} was acknowledged`)
      assert.isTrue(
        found.every(({ state }) => state === "probing"),
        "steps are whole"
      )
      for (let writer = 0; writer < writers; writer++) {
        let turn = from
        while (told.has(`w${writer}x${turn}`)) turn++
        // At most the one that was under way when the process was killed.
        if (names.has(`w${writer}x${turn}`)) turn++
        const rest = [...names].filter((name) => name.startsWith(`w${writer}x`) && Number(name.split("x")[1]) >= turn)
        assert.deepStrictEqual(rest, [])
      }
    }
    assert.isAbove(told.size, kills * 40)
    const { snapshots, status } = inspect(home)
    assert.strictEqual(status, "sound")
    return snapshots.length
  })

for (const [writers, kills] of [
  [1, 6],
  [10, 7],
  [50, 7]
] as const) {
  it.effect(`keeps what ${writers} writers were told is saved, over ${kills} kills, with compactions under way`, () =>
    Effect.map(killOver(writers, kills), (snapshots) => assert.isAbove(snapshots, 0))
  )
}
