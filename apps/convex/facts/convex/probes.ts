// Queries and mutations that ask the backend what it does. They are public: this app is deployed to a backend that is
// thrown away, never beside the product.
import { mutation as effectMutation } from "@executor-v2/confect"
import { makeFunctionReference, internalMutationGeneric, mutationGeneric, queryGeneric } from "convex/server"
import { ConvexError, v } from "convex/values"
import { Effect, Fiber, Schema } from "effect"

/** More operations than Effect does before it gives way. */
const steps = (operations: number) =>
  Effect.gen(function* () {
    let done = 0
    for (; done < operations; done++) yield* Effect.sync(() => done)
    return done
  })

export const manySteps = effectMutation({
  args: { operations: Schema.Int },
  returns: Schema.Int,
  handler: ({ operations }) => steps(operations)
})

/** The same on Effect's own scheduler, which gives way by a timer. */
export const manyStepsByTimer = mutationGeneric({
  args: { operations: v.number() },
  handler: (_, { operations }) => Effect.runPromise(steps(operations))
})

/** A fork and what it leaves behind, in one mutation. */
export const forks = effectMutation({
  args: {},
  returns: Schema.Int,
  handler: () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.andThen(Effect.yieldNow, Effect.succeed(1)))
      yield* Effect.yieldNow
      return yield* Fiber.join(fiber)
    })
})

const nested = (levels: number): unknown => (levels === 0 ? 1 : { in: nested(levels - 1) })

/** Documents that break one rule each. Some cannot be arguments, so they are made here. */
const documents: Readonly<Record<string, () => Readonly<Record<string, unknown>>>> = {
  "larger than 1 MiB": () => ({ bytes: new ArrayBuffer(1024 * 1024) }),
  "an array of 8,193": () => ({ list: Array.from({ length: 8193 }, () => 0) }),
  "17 levels": () => ({ anything: nested(16) }),
  "a key with $": () => ({ anything: { $ref: 1 } }),
  "a key that is not ASCII": () => ({ anything: { é: 1 } }),
  "a field with _": () => ({ _tag: "x" }),
  "a record of another type": () => ({ scores: { one: "1" } })
}

export const refusals = queryGeneric({ args: {}, handler: async () => Object.keys(documents) })

export const write = mutationGeneric({
  args: { kind: v.string() },
  handler: async (ctx, { kind }) => {
    await ctx.db.insert("marks", { name: "document", ...documents[kind]?.() })
  }
})

/** Nested tags and large documents that must pass. */
export const writeWell = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const bytes = new ArrayBuffer(1024 * 1024 - 4096)
    await ctx.db.insert("marks", { name: "fits", bytes, anything: { _tag: "nested", in: nested(12) } })
  }
})

export const mark = mutationGeneric({
  args: { name: v.string(), at: v.optional(v.number()) },
  handler: async (ctx, fields) => {
    await ctx.db.insert("marks", fields)
  }
})

export const marks = queryGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }) => {
    const found = await ctx.db
      .query("marks")
      .withIndex("by_name", (q) => q.eq("name", name))
      .collect()
    return found.map((row) => (row["at"] as number | undefined) ?? null)
  }
})

/** Reads and writes one row, which all of them want. */
export const increment = mutationGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }) => {
    const row = await ctx.db
      .query("marks")
      .withIndex("by_name", (q) => q.eq("name", name))
      .first()
    const count = ((row?.["count"] as number | undefined) ?? 0) + 1
    if (row === null) await ctx.db.insert("marks", { name, count })
    else await ctx.db.patch(row._id, { count })
    return count
  }
})

export const markThenFail = internalMutationGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }) => {
    await ctx.db.insert("marks", { name })
    throw new ConvexError({ _tag: "Refused", name })
  }
})

export const dropThenFail = internalMutationGeneric({
  args: { file: v.id("_storage") },
  handler: async (ctx, { file }) => {
    await ctx.storage.delete(file)
    throw new ConvexError("not after all")
  }
})

export const variable = queryGeneric({ args: {}, handler: async () => process.env["FACTS_VARIABLE"] ?? null })

const action = (name: string) => makeFunctionReference<"action">(name)

export const schedule = mutationGeneric({
  args: { job: v.string(), name: v.string() },
  handler: (ctx, { job, name }) => ctx.scheduler.runAfter(0, action(`jobs:${job}`), { name })
})

export const scheduled = queryGeneric({
  args: { id: v.id("_scheduled_functions") },
  handler: async (ctx, { id }) => {
    const row = await ctx.db.system.get(id)
    return (row?.["state"] as { readonly kind: string } | undefined)?.kind ?? null
  }
})
