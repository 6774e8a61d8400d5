// Runs one function the way Convex's runtime would: no setImmediate, and a setTimeout that returns an id, never fires, and leaves a
// rejected promise behind. Prints what became of it: `{"value":…}`, `{"ended":…}` (unhandled rejection) or `{"hung":true}`.
// Usage: node main.ts NAME ours|effects
delete (globalThis as { setImmediate?: unknown }).setImmediate
const [, , name = "", scheduler = ""] = process.argv
const realSetTimeout = globalThis.setTimeout

const say = (outcome: unknown) => {
  process.stdout.write(JSON.stringify(outcome))
  process.exit(0)
}
process.on("unhandledRejection", (reason) => say({ ended: String(reason) }))
process.on("beforeExit", () => say({ hung: true }))

// Imported only now: Effect looks for setImmediate when it is loaded.
const { Effect, Fiber, Schema } = await import("effect")
const { internalMutation, internalQuery } = await import("@executor-v2/confect")
const { countTo } = await import("./programs.ts")

const programs: Readonly<Record<string, import("effect").Effect.Effect<number>>> = {
  few: countTo(100),
  many: countTo(10_000),
  yields: Effect.as(Effect.yieldNow, 1),
  forks: Effect.flatMap(Effect.forkChild(Effect.succeed(2)), (fiber) => Fiber.join(fiber)),
  sleeps: Effect.as(Effect.sleep(1), 3)
}
const program = programs[name]
if (program === undefined) throw new Error(`no program ${name}`)

globalThis.setTimeout = (() => {
  void Promise.reject(new Error("Can't use setTimeout in queries and mutations."))
  return 1
}) as unknown as typeof realSetTimeout

const define = name === "forks" ? internalMutation : internalQuery
const made = define({ args: {}, returns: Schema.Finite, handler: () => program })
const call = (made as unknown as { readonly _handler: (ctx: unknown, args: unknown) => Promise<number> })._handler
const run =
  scheduler === "ours" ? call({ db: {}, auth: {}, scheduler: {}, storage: {} }, {}) : Effect.runPromise(program)
run.then(
  (value) => say({ value }),
  (thrown: unknown) => say({ thrown: String(thrown) })
)

export {}
