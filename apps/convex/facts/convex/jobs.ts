// Actions that somebody else starts: the scheduler, a cron.
import { internalActionGeneric, internalMutationGeneric, makeFunctionReference } from "convex/server"
import { v } from "convex/values"

const markIt = makeFunctionReference<"mutation">("probes:mark")

/** In place of the product's driver: says when it was started. */
export const drive = internalActionGeneric({
  args: { workspace: v.string(), run: v.string() },
  handler: async (ctx, { run }) => {
    await ctx.runMutation(markIt, { name: `driven ${run}`, at: Date.now() })
  }
})

/** Says that it runs. */
export const answer = internalActionGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }) => {
    await ctx.runMutation(markIt, { name: `answered ${name}`, at: Date.now() })
  }
})

/** Waits until the platform ends it. */
export const endless = internalActionGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }) => {
    try {
      await new Promise<void>((resolve) => setTimeout(resolve, 3_600_000))
    } finally {
      await ctx.runMutation(markIt, { name: `cleaned up ${name}` })
    }
  }
})

export const tick = internalMutationGeneric({
  args: {},
  handler: async (ctx) => {
    await ctx.db.insert("marks", { name: "tick", at: Date.now() })
  }
})
