// Runs on a host that schedules their drivers: the journal tells which run to wake, a driver claims it and holds it.
import { assert, layer } from "@effect/vitest"
import { defaultWorkspace as workspace, Runs } from "@executor-v2/domain"
import { Journal, Views } from "@executor-v2/persistence-ports"
import { SourceName, type Revision, type RunId } from "@executor-v2/schema"
import { Sources } from "@executor-v2/domain"
import { Effect, Fiber, Option, Result, Stream } from "effect"
import { Execute, ScheduledDrivers, type ExecuteRequest } from "../src/index.ts"
import { agent, owner, scheduledHouse, Upstream } from "./house.ts"

const execute = (code: string, more: Partial<ExecuteRequest> = {}) =>
  Effect.flatMap(Execute, (engine) => engine.execute({ workspace, actor: agent, code, ...more }))

/** What a host does before it drives: under the run's revision, so that one of two drivers gets it. */
const claim = Effect.fnUntraced(function* (run: RunId) {
  const { entity, revision } = Option.getOrThrow(yield* (yield* Views).get(workspace, "run", run))
  const { seq } = yield* (yield* Journal).commit({
    workspace,
    actor: { kind: "system" },
    events: [{ _tag: "RunMoved", id: run, status: "running", attempt: entity.attempt + 1 }],
    expect: [{ entity: { kind: "run", id: run }, revision }]
  })
  return seq as Revision
})

const drive = (run: RunId, revision: Revision, lost: Effect.Effect<void> = Effect.never) =>
  ScheduledDrivers.driveClaimed({ workspace, run, revision, lost })

/** A scheduler: drives each run that the journal wakes. */
const scheduler = Effect.gen(function* () {
  const journal = yield* Journal
  yield* journal.wakes.pipe(
    Stream.runForEach(({ run }) => Effect.forkScoped(Effect.flatMap(claim(run), (revision) => drive(run, revision)))),
    Effect.forkScoped({ startImmediately: true })
  )
})

const opened = Effect.fnUntraced(function* (code: string) {
  const { runId } = yield* execute(code, { patienceMs: 0 })
  return runId
})

layer(scheduledHouse, { timeout: "60 seconds", excludeTestServices: true })("a scheduled run", (it) => {
  it.effect("is driven to its end by the host, and its caller gets the result", () =>
    Effect.gen(function* () {
      yield* scheduler
      const result = yield* execute(
        "return [...await tools.notes.listNotes(), await tools.notes.addNote({ text: 'x' })]"
      )
      assert.strictEqual(result.status, "completed", JSON.stringify(result))
      const run = yield* (yield* Runs).get(workspace, result.runId)
      assert.deepStrictEqual([run.attempt, run.callCount], [1, 2])
    })
  )

  it.effect("stays queued until a driver comes, whatever becomes of its caller", () =>
    Effect.gen(function* () {
      const run = yield* opened("return 2")
      assert.strictEqual((yield* (yield* Runs).get(workspace, run)).status, "queued")
      yield* drive(run, yield* claim(run))
      const resumed = yield* (yield* Execute).resume({ workspace, actor: agent, run })
      assert.strictEqual(resumed.value, 2)
    })
  )

  it.effect("refuses the intent of a driver that another has replaced, so that nothing is sent twice", () =>
    Effect.gen(function* () {
      const { requests, waiting, release } = yield* Upstream
      const run = yield* opened("await tools.notes.slow(); return await tools.notes.addNote({ text: 'y' })")
      const stale = yield* Effect.forkChild(drive(run, yield* claim(run)), { startImmediately: true })
      yield* Effect.promise(waiting)
      const revision = yield* claim(run)
      const before = requests.length
      release()
      yield* Fiber.join(stale)
      assert.deepStrictEqual(requests.slice(before), [])
      const runs = yield* Runs
      assert.strictEqual((yield* runs.get(workspace, run)).status, "running")
      const ledger = yield* runs.claimed(workspace, run, revision)
      assert.isTrue(yield* ledger.end({ status: "completed", logs: [], logsTruncated: false, callCount: 0 }))
    })
  )

  it.effect("ends when it is cancelled, and its driver writes nothing more", () =>
    Effect.gen(function* () {
      const { waiting, release } = yield* Upstream
      const run = yield* opened("return await tools.notes.slow()")
      const driver = yield* Effect.forkChild(drive(run, yield* claim(run)), { startImmediately: true })
      yield* Effect.promise(waiting)
      const engine = yield* Execute
      assert.strictEqual((yield* engine.cancel(workspace, owner, run)).status, "cancelled")
      release()
      yield* Fiber.join(driver)
      assert.strictEqual((yield* (yield* Runs).get(workspace, run)).status, "cancelled")
      assert.isTrue(Result.isFailure(yield* Effect.result(engine.cancel(workspace, owner, run))))
    })
  )

  it.effect("is let go of by a driver whose claim is lost", () =>
    Effect.gen(function* () {
      const run = yield* opened("await new Promise((done) => setTimeout(done, 250_000))")
      yield* drive(run, yield* claim(run), Effect.void)
      const runs = yield* Runs
      assert.strictEqual((yield* runs.get(workspace, run)).status, "running")
      assert.isTrue(yield* runs.interrupt(workspace, { kind: "system" }, run))
      assert.isFalse(yield* runs.interrupt(workspace, { kind: "system" }, run))
      assert.strictEqual((yield* runs.get(workspace, run)).failure?.retryable, true)
    })
  )

  it.effect("runs nothing when the sources have changed since it was opened", () =>
    Effect.gen(function* () {
      const { requests } = yield* Upstream
      const run = yield* opened("return await tools.notes.addNote({ text: 'z' })")
      const before = requests.length
      yield* (yield* Sources).remove(workspace, owner, SourceName.make("notes"))
      yield* drive(run, yield* claim(run))
      const { failure } = yield* (yield* Runs).get(workspace, run)
      assert.deepStrictEqual([failure?.code, failure?.retryable], ["catalog_changed", true])
      assert.strictEqual(requests.length, before)
    })
  )
})
