// After a power cut at any call, or a kill, a folder opens again with everything that was acknowledged.
import { assert, it } from "@effect/vitest"
import { Journal, Views, type Commit } from "@executor-v2/persistence-ports"
import * as Samples from "@executor-v2/persistence-ports/contract/Samples"
import { Effect, Exit, Result, Scope, Layer, Context } from "effect"
import { LocalPersistence } from "../src/index.ts"
import { PowerDisk, randomFrom } from "./PowerDisk.ts"

const home = "/home/executor"
/** More of them, or others, for a long campaign: POWER_LOSS_MACHINES=20000 POWER_LOSS_SEED=1000000. */
const machines = Number(process.env["POWER_LOSS_MACHINES"] ?? 400)
const firstSeed = Number(process.env["POWER_LOSS_SEED"] ?? 1)
const names = (from: number, count: number) => Array.from({ length: count }, (_, index) => `s${from + index}`)

const step = (sources: ReadonlyArray<string>): Commit => ({
  workspace: Samples.workspace,
  actor: Samples.owner,
  events: sources.map(Samples.sourceDrafted) as unknown as Commit["events"]
})

/** Opens the folder, checks it, writes with three writers until all is written or the power goes. */
const round = Effect.fnUntraced(function* (
  machine: PowerDisk,
  submitted: Array<ReadonlyArray<string>>,
  known: Set<string>
) {
  const scope = yield* Scope.make()
  const options = {
    home,
    disk: machine.disk,
    segmentBytes: 6000,
    compactEvents: 25,
    compactionWorker: "inline"
  } as const
  const opened = yield* Effect.result(Scope.provide(Layer.build(Layer.fresh(LocalPersistence.layer(options))), scope))
  if (Result.isFailure(opened)) {
    // Only the cut itself may end an opening.
    assert.match(opened.failure.message, /power cut/)
    return
  }
  const journal = Context.get(opened.success, Journal)
  const recovered = new Set(
    (yield* Context.get(opened.success, Views).list(Samples.workspace, "source")).map(
      ({ entity }) => entity.name as string
    )
  )
  for (const name of known) if (!recovered.has(name)) assert.fail(`${name} was acknowledged and is gone`)
  for (const group of submitted) {
    const there = group.filter((name) => recovered.has(name)).length
    if (there !== 0 && there !== group.length) assert.fail(`half of the step ${group.join()} is there`)
  }
  const everSubmitted = new Set(submitted.flat())
  for (const name of recovered) if (!everSubmitted.has(name)) assert.fail(`${name} was never submitted`)
  for (const name of recovered) known.add(name)
  const writer = Effect.gen(function* () {
    for (let turn = 0; turn < 12; turn++) {
      const group = names(submitted.flat().length, 1 + (turn % 3))
      submitted.push(group)
      const outcome = yield* Effect.result(journal.commit(step(group)))
      if (Result.isFailure(outcome)) return
      for (const name of group) known.add(name)
      if (turn % 4 === 0) yield* Effect.yieldNow
    }
  })
  yield* Effect.all([writer, writer, writer], { concurrency: "unbounded" })
  yield* Scope.close(scope, Exit.void)
})

it.effect(
  "acknowledged ⊆ recovered ⊆ submitted on machines that lose power or their process three times each",
  () =>
    Effect.gen(function* () {
      let cuts = 0
      for (let seed = firstSeed; seed < firstSeed + machines; seed++) {
        const random = randomFrom(seed)
        const submitted: Array<ReadonlyArray<string>> = []
        const known = new Set<string>()
        let machine = new PowerDisk(home)
        for (let life = 0; life < 3; life++) {
          machine.cutAt = 1 + Math.floor(random() * 110)
          yield* round(machine, submitted, known)
          if (machine.calls >= machine.cutAt) cuts++
          machine = random() < 0.75 ? machine.afterPowerCut(random) : machine.afterKill()
        }
        yield* round(machine, submitted, known)
      }
      assert.isAbove(cuts, machines)
    }),
  20_000 + machines * 50
)

it.effect("a mark that was in memory only when its process died is on disk before the next segment begins", () =>
  Effect.gen(function* () {
    const live = Effect.fnUntraced(function* (machine: PowerDisk, sources: ReadonlyArray<string>, cutEndAt?: number) {
      const scope = yield* Scope.make()
      const options = { home, disk: machine.disk, segmentBytes: 1 }
      const ports = yield* Scope.provide(Layer.build(Layer.fresh(LocalPersistence.layer(options))), scope)
      for (const source of sources) yield* Context.get(ports, Journal).commit(step([source]))
      if (cutEndAt !== undefined) machine.cutAt = machine.calls + cutEndAt
      yield* Scope.close(scope, Exit.void)
      return Context.get(ports, Views)
    })
    for (let seed = 1; seed <= 40; seed++) {
      const first = new PowerDisk(home)
      // Of the two calls that make a mark, the write happens and the sync does not.
      yield* live(first, ["a"], 2)
      const second = first.afterKill()
      yield* live(second, ["b"], 1)
      const last = second.afterPowerCut(randomFrom(seed))
      const views = yield* live(last, ["c"])
      assert.strictEqual((yield* views.list(Samples.workspace, "source")).length, 3)
    }
  })
)
