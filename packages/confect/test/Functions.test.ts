// How functions made with the package behave on Convex: what they take, give back, roll back and let out.
import { Effect, Option, Schema } from "effect"
import { makeFunctionReference } from "convex/server"
import type { FunctionReference } from "convex/server"
import { ConvexError } from "convex/values"
import { afterEach, describe, expect, it, vi } from "vitest"
import {
  action,
  anyValue,
  ArgumentsRefused,
  CallFailed,
  decodeFailure,
  DocumentRefused,
  internalAction,
  internalMutation,
  internalQuery,
  mutation,
  query,
  SchemaRefused,
  unlistedMessage,
  writer
} from "@executor-v2/confect"
import { deploy, functions, Run, run, RunId, schema, Secret, Stale } from "./Deployment.ts"

const { runs, actions } = functions
const encode = Schema.encodeSync(Run)
const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable("nothing was thrown"),
    (thrown: unknown) => thrown
  )

afterEach(() => {
  vi.restoreAllMocks()
})

describe("arguments and results", () => {
  it("are decoded for the handler and encoded for the caller", async () => {
    const t = deploy()
    const stored = { ...run("run_1"), parent: Option.some(RunId.make("run_0")), note: "n", counts: { ab: 1 } }
    await t.mutation(runs.put, { run: encode(stored) })
    const found = await t.query(runs.get, { runId: "run_1" })
    expect(found).toStrictEqual({
      runId: "run_1",
      state: "queued",
      startedAt: 1000,
      note: "n",
      parent: "run_0",
      counts: { ab: 1 }
    })
    expect(await t.query(runs.get, { runId: "run_2" })).toBeNull()
  })

  it("belong to functions that are public or internal, as they were made", () => {
    const made = { args: {}, returns: Schema.Null, handler: () => Effect.succeed(null) }
    const flags = (made_: object) => Object.keys(made_).filter((key) => key.startsWith("is"))
    expect([query, mutation, action].map((make) => flags(make(made)))).toStrictEqual([
      ["isQuery", "isPublic"],
      ["isMutation", "isPublic"],
      ["isAction", "isPublic"]
    ])
    expect([internalQuery, internalMutation, internalAction].map((make) => flags(make(made)))).toStrictEqual([
      ["isQuery", "isInternal"],
      ["isMutation", "isInternal"],
      ["isAction", "isInternal"]
    ])
  })

  it("are typed by their Encoded side", () => {
    const t = deploy()
    // @ts-expect-error -- an argument of another type
    void (() => t.query(runs.get, { runId: 1 }))
    // @ts-expect-error -- an argument too few
    void (() => t.query(runs.get, {}))
    // @ts-expect-error -- a result of another type
    void (async (): Promise<string> => t.query(runs.count, { state: "done" }))
    // @ts-expect-error -- an internal function is not in the public API
    const reference: FunctionReference<"query", "public"> = runs.get
    expect(reference).toBeDefined()
  })

  it("are refused by Convex where the validator sees it", async () => {
    const thrown = await thrownBy(deploy().query(runs.get, { runId: 1 } as never))
    expect(String(thrown)).toMatch(/Validator error|validator/i)
  })

  it("are refused by the Schema where only it sees it, by place and without the value", async () => {
    const thrown = await thrownBy(deploy().mutation(runs.put, { run: { ...encode(run("run_1")), runId: "hunter2" } }))
    const refused = Option.getOrThrow(decodeFailure(ArgumentsRefused, thrown))
    expect(refused.problems[0]?.path).toBe("run.runId")
    expect(refused.message).toMatch(/^arguments were refused: run\.runId: /)
    expect(JSON.stringify((thrown as ConvexError<string>).data)).not.toContain("hunter2")
  })

  it("are refused where a Record's key fails its check, instead of losing the entry", async () => {
    const thrown = await thrownBy(deploy().mutation(runs.put, { run: { ...encode(run("run_1")), counts: { a: 1 } } }))
    expect(Option.getOrThrow(decodeFailure(ArgumentsRefused, thrown)).problems[0]?.path).toBe("run.counts.a")
  })

  it("that the handler gets wrong are not sent", async () => {
    const thrown = await thrownBy(deploy().query(runs.wrongResult, {}))
    expect((thrown as Error).message).toBe(unlistedMessage)
  })

  it("are refused when the function is defined, if no validator describes them", () => {
    const handler = () => Effect.die("never run")
    expect(() => internalQuery({ args: { when: Schema.Date }, returns: Schema.Null, handler })).toThrow(/^when: /)
    expect(() => internalQuery({ args: {}, returns: Schema.Struct({ at: Schema.Date }), handler })).toThrow(/^at: /)
    const error = Schema.Struct({ cause: Schema.Defect() })
    expect(() => internalMutation({ args: {}, returns: Schema.Null, error, handler })).toThrow(SchemaRefused)
    expect(() => internalMutation({ args: {}, returns: Schema.Null, error: anyValue(error), handler })).not.toThrow()
  })
})

describe("a failing mutation", () => {
  const fail = (how: "listed" | "unlisted" | "defect" | "throw") => {
    const t = deploy()
    return thrownBy(t.mutation(runs.fail, { runId: "run_1", how })).then(async (thrown) => ({
      thrown,
      rows: await t.run((ctx) => ctx.db.query("runs").collect())
    }))
  }

  it("that fails as listed throws the encoded failure and keeps nothing", async () => {
    const { thrown, rows } = await fail("listed")
    expect(thrown).toBeInstanceOf(ConvexError)
    expect((thrown as ConvexError<string>).data).toStrictEqual({ _tag: "Stale", runId: "run_1", at: 1000 })
    const failure = Option.getOrThrow(decodeFailure(Stale, thrown))
    expect([failure instanceof Stale, failure.runId]).toStrictEqual([true, "run_1"])
    expect(decodeFailure(Secret, thrown)).toStrictEqual(Option.none())
    expect(rows).toStrictEqual([])
  })

  for (const how of ["unlisted", "defect", "throw"] as const) {
    it(`that ends by ${how} says nothing of the cause and keeps nothing`, async () => {
      const { thrown, rows } = await fail(how)
      expect(thrown).toBeInstanceOf(Error)
      expect(thrown).not.toBeInstanceOf(ConvexError)
      expect((thrown as Error).message).toBe(unlistedMessage)
      expect(`${String(thrown)} ${JSON.stringify(thrown)} ${(thrown as Error).stack}`).not.toContain("hunter2")
      expect(rows).toStrictEqual([])
    })
  }

  it("would keep its writes, had it returned the failure: the reason for throwing", async () => {
    const returned = internalMutation({
      args: {},
      returns: Schema.Literal("failed"),
      handler: () =>
        Effect.gen(function* () {
          const db = yield* writer(schema)
          yield* db.insert("runs", run("run_1"))
          return "failed" as const
        })
    })
    const t = deploy({ bad: { returned } })
    expect(await t.mutation(makeFunctionReference<"mutation">("bad:returned"), {})).toBe("failed")
    expect(await t.query(runs.count, { state: "queued" })).toBe(1)
  })

  it("schedules nothing", async () => {
    const t = deploy()
    await thrownBy(t.mutation(runs.later, { runId: "run_1", thenFail: true }))
    expect(await t.run((ctx) => ctx.db.system.query("_scheduled_functions").collect())).toStrictEqual([])
  })
})

describe("a mutation", () => {
  it("schedules a function that runs after its commit", async () => {
    vi.useFakeTimers()
    try {
      const t = deploy()
      await t.mutation(runs.later, { runId: "run_1", thenFail: false })
      await t.finishAllScheduledFunctions(vi.runAllTimers)
      expect(await t.query(runs.count, { state: "queued" })).toBe(1)
    } finally {
      vi.useRealTimers()
    }
  })

  it("writes nothing when the document breaks a rule, and names the rule", async () => {
    const t = deploy()
    const big = { ...encode(run("run_1")), note: "x".repeat(1_048_576) }
    const thrown = await thrownBy(t.mutation(runs.put, { run: big }))
    const refused = Option.getOrThrow(decodeFailure(DocumentRefused, thrown))
    expect([refused.table, refused.rule]).toStrictEqual(["runs", "size"])
    expect(await t.query(runs.count, { state: "queued" })).toBe(0)
  })

  it("patches the fields given, encoded, and removes those that are undefined", async () => {
    const t = deploy()
    await t.mutation(runs.put, { run: { ...encode(run("run_1")), note: "before", parent: "run_0" } })
    await t.mutation(runs.patch, { runId: "run_1", note: "after" })
    expect(await t.query(runs.get, { runId: "run_1" })).toMatchObject({
      note: "after",
      parent: "run_0",
      state: "queued"
    })
    await t.mutation(runs.patch, { runId: "run_1", note: null, state: "done" })
    const left = await t.query(runs.get, { runId: "run_1" })
    expect(left).toMatchObject({ parent: "run_0", state: "done" })
    expect(left).not.toHaveProperty("note")
  })

  it("checks a patch against the document as it will be", async () => {
    const t = deploy()
    const counts = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`k${at}${"y".repeat(900)}`, at]))
    await t.mutation(runs.put, { run: { ...encode(run("run_1")), counts } })
    const thrown = await thrownBy(t.mutation(runs.patch, { runId: "run_1", note: "x".repeat(600_000) }))
    expect(Option.getOrThrow(decodeFailure(DocumentRefused, thrown)).rule).toBe("size")
    expect(await t.query(runs.get, { runId: "run_1" })).not.toHaveProperty("note")
  })

  it("replaces and removes documents", async () => {
    const t = deploy()
    await t.mutation(runs.put, { run: { ...encode(run("run_1")), note: "old" } })
    await t.mutation(runs.replace, { run: encode(run("run_1", "done")) })
    expect(await t.query(runs.get, { runId: "run_1" })).toStrictEqual({
      runId: "run_1",
      state: "done",
      startedAt: 1000,
      counts: {}
    })
    expect(await t.mutation(runs.remove, { runId: "run_1" })).toBe(true)
    expect(await t.mutation(runs.remove, { runId: "run_1" })).toBe(false)
  })

  it("runs more operations than fit between two yields", async () => {
    const t = deploy()
    expect(await t.mutation(runs.many, { operations: 5000 })).toBe(10_000)
    expect(await t.query(runs.manyReads, { operations: 5000 })).toBe(10_000)
  })
})

describe("a query", () => {
  it("reads by index and by page", async () => {
    const t = deploy()
    for (const id of ["run_1", "run_2", "run_3"])
      await t.mutation(runs.put, { run: encode(run(id, id === "run_2" ? "done" : "queued")) })
    expect(await t.query(runs.count, { state: "queued" })).toBe(2)
    const first = await t.query(runs.page, { cursor: null })
    expect([first.ids, first.isDone]).toStrictEqual([["run_1", "run_2"], false])
    const second = await t.query(runs.page, { cursor: first.cursor })
    expect([second.ids, second.isDone]).toStrictEqual([["run_3"], true])
  })

  it("reads no clock, not even for the logs and spans of what it runs", async () => {
    const noisy = internalQuery({
      args: {},
      returns: Schema.Finite,
      handler: () =>
        Effect.gen(function* () {
          yield* Effect.logWarning("read me")
          return yield* Effect.succeed(1).pipe(Effect.withSpan("span"))
        })
    })
    const clock = vi.spyOn(Date, "now")
    const printed = vi.spyOn(console, "log")
    const convexContext = { db: {}, auth: {} }
    const before = clock.mock.calls.length
    const answer = await (noisy as unknown as { _handler: (ctx: unknown, args: unknown) => Promise<number> })._handler(
      convexContext,
      {}
    )
    expect([answer, clock.mock.calls.length - before, printed.mock.calls.length]).toStrictEqual([1, 0, 0])
  })

  it("that meets a document no longer fitting its table fails, and says nothing of it", async () => {
    const t = deploy()
    await t.run((ctx) => ctx.db.insert("runs", { ...encode(run("run_1")), startedAt: Number.NaN }))
    const thrown = await thrownBy(t.query(runs.get, { runId: "run_1" }))
    expect((thrown as Error).message).toBe(unlistedMessage)
  })
})

describe("an action", () => {
  it("calls functions by reference, each in a transaction of its own", async () => {
    const t = deploy()
    const ids = await t.action(actions.putTwo, { first: encode(run("run_1")), second: encode(run("run_2")) })
    expect(ids).toHaveLength(2)
    expect(await t.query(runs.count, { state: "queued" })).toBe(2)
  })

  it("gets a listed failure back typed, and passes it on when it lists it too", async () => {
    const t = deploy()
    expect(await t.action(actions.tell, { runId: "run_1", how: "listed" })).toBe("stale run_1 true")
    const big = { ...encode(run("run_1")), note: "x".repeat(1_048_576) }
    const thrown = await thrownBy(t.action(actions.putTwo, { first: big, second: big }))
    expect(Option.getOrThrow(decodeFailure(DocumentRefused, thrown)).rule).toBe("size")
  })

  it("gets anything else as a call that failed, by name", async () => {
    const t = deploy()
    expect(await t.action(actions.tell, { runId: "run_1", how: "defect" })).toBe("the call of runs:fail failed")
    expect(new CallFailed({ reference: "a:b", cause: new Error("hunter2") }).message).not.toContain("hunter2")
  })

  it("stores, reads and removes files", async () => {
    expect(await deploy().action(actions.store, { content: new Uint8Array(5).buffer })).toBe(5)
  })

  it("may sleep", async () => {
    expect(await deploy().action(actions.nap, {})).toBeNull()
  })
})
