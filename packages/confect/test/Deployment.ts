// A small deployment that the tests run on convex-test: tables, functions, routes, all made with the package.
import { Effect, Option, Schema, Stream } from "effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import { anyApi, httpRouter, makeFunctionReference } from "convex/server"
import type { ApiFromModules } from "convex/server"
import { convexTest } from "convex-test"
import {
  action,
  ActionCtx,
  Bytes,
  CallFailed,
  defineSchema,
  defineTable,
  DocumentRefused,
  httpEffect,
  httpRpc,
  Id,
  internalMutation,
  internalQuery,
  query,
  reader,
  Scheduler,
  Storage,
  writer
} from "@executor-v2/confect"
import { countTo } from "./isolate/programs.ts"

export const RunId = Schema.NonEmptyString.check(Schema.isPattern(/^run_/)).pipe(Schema.brand("RunId"))
export type RunId = typeof RunId.Type

export const Run = Schema.Struct({
  runId: RunId,
  state: Schema.Literals(["queued", "done"]),
  startedAt: Schema.DateTimeUtcFromMillis,
  note: Schema.optionalKey(Schema.String),
  parent: Schema.OptionFromOptionalKey(RunId),
  counts: Schema.Record(Schema.String.check(Schema.isMinLength(2)), Schema.Number)
})
const Shape = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("circle"), r: Schema.Finite }),
  Schema.Struct({ kind: Schema.Literal("file"), file: Id("_storage"), first: Bytes })
])

export const schema = defineSchema({
  runs: defineTable(Run).index("by_runId", ["runId"]).index("by_state", ["state", "startedAt"]),
  shapes: defineTable(Shape).index("by_kind", ["kind"])
})

export class Stale extends Schema.TaggedError<Stale>()("Stale", { runId: RunId, at: Schema.DateTimeUtcFromMillis }) {}
export class Secret extends Schema.TaggedError<Secret>()("Secret", { password: Schema.String }) {}

const at = Schema.decodeSync(Schema.DateTimeUtcFromMillis)(1000)
export const run = (runId: string, state: "queued" | "done" = "queued"): typeof Run.Type => ({
  runId: RunId.make(runId),
  state,
  startedAt: at,
  parent: Option.none(),
  counts: {}
})

export const contracts = {
  put: { args: { run: Run }, returns: Id("runs"), error: DocumentRefused },
  get: { args: { runId: RunId }, returns: Schema.OptionFromNullOr(Run) },
  fail: {
    args: { runId: RunId, how: Schema.Literals(["listed", "unlisted", "defect", "throw"]) },
    returns: Schema.Null,
    error: Stale
  },
  patch: {
    args: {
      runId: RunId,
      note: Schema.OptionFromNullOr(Schema.String),
      state: Schema.optionalKey(Schema.Literals(["queued", "done"]))
    },
    returns: Schema.Null,
    error: DocumentRefused
  },
  count: { args: { state: Schema.Literals(["queued", "done"]) }, returns: Schema.Finite }
} as const

const find = (runId: RunId) =>
  Effect.flatMap(reader(schema), (db) => db.unique("runs", (q) => q.withIndex("by_runId", (i) => i.eq("runId", runId))))

const runs = {
  get: internalQuery({
    ...contracts.get,
    handler: ({ runId }) =>
      Effect.map(
        find(runId),
        Option.map(({ _id, _creationTime, ...fields }) => fields)
      )
  }),
  count: query({
    ...contracts.count,
    handler: ({ state }) =>
      Effect.gen(function* () {
        const db = yield* reader(schema)
        const found = yield* db.collect("runs", (q) => q.withIndex("by_state", (i) => i.eq("state", state)))
        return found.length
      })
  }),
  page: query({
    args: { cursor: Schema.NullOr(Schema.String) },
    returns: Schema.Struct({ ids: Schema.Array(RunId), isDone: Schema.Boolean, cursor: Schema.String }),
    handler: ({ cursor }) =>
      Effect.gen(function* () {
        const db = yield* reader(schema)
        const { page, isDone, continueCursor } = yield* db.page("runs", { cursor, numItems: 2 }, (q) =>
          q.withIndex("by_runId")
        )
        return { ids: page.map((row) => row.runId), isDone, cursor: continueCursor }
      })
  }),
  put: internalMutation({
    ...contracts.put,
    handler: (args) => Effect.flatMap(writer(schema), (db) => db.insert("runs", args.run))
  }),
  patch: internalMutation({
    ...contracts.patch,
    handler: ({ runId, note, ...rest }) =>
      Effect.gen(function* () {
        const db = yield* writer(schema)
        const { _id } = yield* Effect.flatMap(find(runId), Effect.fromOption).pipe(Effect.orDie)
        yield* db.patch("runs", _id, { note: Option.getOrUndefined(note), ...rest })
        return null
      })
  }),
  replace: internalMutation({
    args: { run: Run },
    returns: Schema.Null,
    handler: (args) =>
      Effect.gen(function* () {
        const db = yield* writer(schema)
        const { _id } = yield* Effect.flatMap(find(args.run.runId), Effect.fromOption)
        yield* db.replace("runs", _id, args.run)
        return null
      })
  }),
  remove: internalMutation({
    args: { runId: RunId },
    returns: Schema.Boolean,
    handler: ({ runId }) =>
      Effect.gen(function* () {
        const db = yield* writer(schema)
        const row = yield* find(runId)
        if (Option.isNone(row)) return false
        yield* db.remove("runs", row.value._id)
        return Option.isNone(yield* db.get("runs", row.value._id))
      })
  }),
  fail: internalMutation({
    ...contracts.fail,
    handler: ({ runId, how }) =>
      Effect.gen(function* () {
        const db = yield* writer(schema)
        yield* db.insert("runs", run(runId))
        if (how === "listed") return yield* new Stale({ runId, at })
        if (how === "unlisted") return yield* new Secret({ password: "hunter2" })
        if (how === "defect") return yield* Effect.die(new Error("hunter2"))
        throw new Error("hunter2")
      })
  }),
  many: internalMutation({
    args: { operations: Schema.Int },
    returns: Schema.Finite,
    handler: ({ operations }) => countTo(operations)
  }),
  manyReads: internalQuery({
    args: { operations: Schema.Int },
    returns: Schema.Finite,
    handler: ({ operations }) => countTo(operations)
  }),
  later: internalMutation({
    args: { runId: RunId, thenFail: Schema.Boolean },
    returns: Schema.Null,
    handler: ({ runId, thenFail }) =>
      Effect.gen(function* () {
        const scheduler = yield* Scheduler
        yield* scheduler.runAfter(0, makeFunctionReference<"mutation">("runs:put"), {
          run: Schema.encodeSync(Run)(run(runId))
        })
        if (thenFail) return yield* Effect.die("no")
        return null
      })
  }),
  wrongResult: internalQuery({ args: {}, returns: RunId, handler: () => Effect.succeed("hunter2" as RunId) })
}

const actions = {
  putTwo: action({
    args: { first: Run, second: Run },
    returns: Schema.Array(Id("runs")),
    error: DocumentRefused,
    handler: ({ first, second }) =>
      Effect.gen(function* () {
        const ctx = yield* ActionCtx
        const put = (one: typeof Run.Type) =>
          ctx.mutation(makeFunctionReference<"mutation">("runs:put"), contracts.put, { run: one })
        return yield* Effect.all([put(first), put(second)])
      })
  }),
  tell: action({
    args: contracts.fail.args,
    returns: Schema.String,
    handler: (args) =>
      Effect.gen(function* () {
        const ctx = yield* ActionCtx
        return yield* ctx.mutation(makeFunctionReference<"mutation">("runs:fail"), contracts.fail, args).pipe(
          Effect.map(() => "none"),
          Effect.catchTag("Stale", (stale) => Effect.succeed(`stale ${stale.runId} ${stale instanceof Stale}`)),
          Effect.catchTag("CallFailed", (failed: CallFailed) => Effect.succeed(failed.message))
        )
      })
  }),
  store: action({
    args: { content: Bytes },
    returns: Schema.Finite,
    handler: ({ content }) =>
      Effect.gen(function* () {
        const storage = yield* Storage
        const id = yield* storage.store(new Blob([content]))
        const back = yield* Effect.flatMap(storage.get(id), Effect.fromOption)
        yield* storage.remove(id)
        return Option.isNone(yield* storage.get(id)) ? back.size : -1
      })
  }),
  nap: action({ args: {}, returns: Schema.Null, handler: () => Effect.as(Effect.sleep(1), null) })
}

export class Runs extends RpcGroup.make(
  Rpc.make("Runs.Put", { payload: { run: Run }, success: Id("runs"), error: DocumentRefused }),
  Rpc.make("Runs.Count", { payload: { to: Schema.Int }, success: Schema.Finite, stream: true })
) {}

const handlers = Runs.toLayer(
  Effect.gen(function* () {
    const ctx = yield* ActionCtx
    // Something that handlers hold while a stream runs.
    const held = yield* Effect.acquireRelease(
      Effect.sync(() => ({ open: true })),
      (resource) => Effect.sync(() => (resource.open = false))
    )
    return Runs.of({
      "Runs.Put": (payload) =>
        ctx
          .mutation(makeFunctionReference<"mutation">("runs:put"), contracts.put, payload)
          .pipe(Effect.catchTag("CallFailed", Effect.die)),
      "Runs.Count": ({ to }) => Stream.map(Stream.range(1, to), (at) => (held.open ? at : -at))
    })
  })
)

const http = httpRouter()
http.route({ path: "/health", method: "GET", handler: httpEffect(Effect.succeed(HttpServerResponse.text("ok"))) })
http.route({
  path: "/broken",
  method: "GET",
  handler: httpEffect(
    Effect.flatMap(HttpServerRequest.HttpServerRequest, () => Effect.fail(new Secret({ password: "hunter2" })))
  )
})
http.route({ path: "/rpc", method: "POST", handler: httpRpc(Runs, handlers) })
http.route({ path: "/rpc/", method: "POST", handler: httpRpc(Runs, handlers) })

/** A fresh deployment; `more` adds modules by name. */
export const deploy = (more: Readonly<Record<string, unknown>> = {}) => {
  const modules: Readonly<Record<string, unknown>> = {
    runs,
    actions,
    http: { default: http },
    "_generated/api": {},
    ...more
  }
  return convexTest({
    schema,
    modules: Object.fromEntries(
      Object.entries(modules).map(([name, module]) => [`/convex/${name}.ts`, () => Promise.resolve(module)])
    ),
    transactionLimits: true
  })
}

/** As the generated code types a deployment's functions. */
export const functions = anyApi as unknown as ApiFromModules<{
  readonly runs: typeof runs
  readonly actions: typeof actions
}>
