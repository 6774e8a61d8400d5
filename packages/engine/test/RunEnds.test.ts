// Whatever fails around a run, the run gets an end, and whoever watches it is told.
import { assert, describe, it } from "@effect/vitest"
import { defaultWorkspace as workspace, Runs } from "@executor-v2/domain"
import { MemoryPersistence, Views } from "@executor-v2/persistence-ports"
import { Caller, RunRpcs } from "@executor-v2/rpc"
import { CatalogVersion, HostFailure, type Actor, type RunId } from "@executor-v2/schema"
import { Catalog } from "@executor-v2/source-manager"
import { Effect, Layer, Stream } from "effect"
import { Drive, Execute, LocalDrivers } from "../src/index.ts"
import { Program } from "../src/Program.ts"
import * as RunRpcHandlers from "../src/RunRpcHandlers.ts"
import { ToolCalls } from "../src/ToolCall.ts"

const agent: Actor = { kind: "agent" }

const houseWith = (
  run: Program["Service"]["run"],
  persistence: typeof MemoryPersistence.layer = MemoryPersistence.layer
) =>
  Execute.layer.pipe(
    Layer.provideMerge(LocalDrivers.layer),
    Layer.provideMerge(Drive.layer),
    Layer.provideMerge(
      Layer.mergeAll(
        Layer.succeed(Program, Program.of({ run })),
        Layer.succeed(ToolCalls, ToolCalls.of({ reply: () => Effect.die("nothing is called here") })),
        Catalog.layer([]),
        Runs.layer
      )
    ),
    Layer.provideMerge(persistence)
  )

const endOf = Effect.gen(function* () {
  yield* Effect.ignoreCause((yield* Execute).execute({ workspace, actor: agent, code: "return 1" }))
  const [run] = yield* (yield* Runs).list(workspace)
  return [run?.status, run?.failure?.code]
})

describe("a run whose host fails", () => {
  it.effect("ends as failed when its result cannot be stored", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* endOf, ["failed", "host_failure"])
    }).pipe(Effect.provide(houseWith(() => Effect.fail(new HostFailure({ message: "planted" })))))
  )

  it.effect("ends as failed after a defect of ours, of which nothing is told", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* endOf, ["failed", "host_failure"])
      const [run] = yield* (yield* Runs).list(workspace)
      assert.notInclude(run?.failure?.message, "planted")
    }).pipe(Effect.provide(houseWith(() => Effect.die(new Error("planted")))))
  )
})

describe("a list of runs", () => {
  it.effect("is short, however long their code, results and logs are", () =>
    Effect.gen(function* () {
      const runs = yield* Runs
      const ledger = yield* runs.open({
        workspace,
        actor: agent,
        code: "x".repeat(100_000),
        catalog: CatalogVersion.make("v1")
      })
      yield* ledger.end({
        status: "completed",
        result: { _tag: "Inline", json: JSON.stringify("y".repeat(20_000)) },
        logs: ["z".repeat(60_000)],
        logsTruncated: false,
        callCount: 0
      })
      const list = yield* RunRpcs.accessHandler("Runs.List")
      const listed = yield* Effect.provideService(
        list({}, {} as never) as Effect.Effect<unknown, unknown, Caller>,
        Caller,
        {
          workspace,
          actor: { kind: "owner" }
        }
      )
      assert.isBelow(JSON.stringify(listed).length, 2_000)
    }).pipe(Effect.provide(RunRpcHandlers.layer.pipe(Layer.provideMerge(houseWith(() => Effect.never)))))
  )
})

describe("watching a run", () => {
  it.live("tells of an end that comes between the first look and the subscription", () => {
    let end: Effect.Effect<unknown> = Effect.void
    // The first look reads the calls last; the run ends right behind it.
    const persistence = Layer.effect(
      Views,
      Effect.map(Views, (views) =>
        Views.of({
          ...views,
          list: (of, kind, query) =>
            Effect.tap(views.list(of, kind, query), () => {
              if (kind !== "toolCall") return Effect.void
              const now = end
              end = Effect.void
              return now
            })
        })
      )
    ).pipe(Layer.provideMerge(MemoryPersistence.layer))
    return Effect.gen(function* () {
      const runs = yield* Runs
      const ledger = yield* runs.open({ workspace, actor: agent, code: "return 1", catalog: CatalogVersion.make("v1") })
      end = Effect.orDie(ledger.end({ status: "completed", logs: [], logsTruncated: false, callCount: 0 }))
      const watch = yield* RunRpcs.accessHandler("Runs.Watch")
      const told = yield* (
        watch({ run: ledger.run.id as RunId }, {} as never) as Stream.Stream<{ readonly _tag: string }, unknown, Caller>
      ).pipe(
        Stream.provideService(Caller, { workspace, actor: { kind: "owner" } }),
        Stream.runCollect,
        Effect.timeout(2_000)
      )
      assert.strictEqual(told.at(-1)?._tag, "Done")
    }).pipe(Effect.provide(RunRpcHandlers.layer.pipe(Layer.provideMerge(houseWith(() => Effect.never, persistence)))))
  })
})
