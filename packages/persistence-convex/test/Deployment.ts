// A deployment in memory with the functions of this package, an action that notes which runs it was asked to drive,
// and layers over it as an action has them.
import { ActionCtx, actionContext, defineSchema, Storage } from "@executor-v2/confect"
import type { WorkspaceId } from "@executor-v2/schema"
import { workspace as sampleWorkspace } from "@executor-v2/persistence-ports/contract/Samples"
import { convexTest } from "convex-test"
import {
  internalActionGeneric,
  makeFunctionReference,
  type GenericActionCtx,
  type GenericDataModel
} from "convex/server"
import { Context, Effect, Layer } from "effect"
import * as functions from "../src/functions/index.ts"
import { ConvexPersistence, tables } from "../src/index.ts"

const schema = defineSchema(tables)

/** A fresh deployment. `driven` holds what the scheduler has started. */
export const deploy = (options: { readonly startWithinMs?: number } = {}) => {
  const driven: Array<{ readonly workspace: string; readonly run: string }> = []
  const drive = internalActionGeneric({
    handler: async (_, args: { readonly workspace: string; readonly run: string }) => {
      driven.push(args)
    }
  })
  const { commitOf, ...others } = functions
  const commit = commitOf({ drive: makeFunctionReference<"action">("runs:drive") as never, ...options })
  const deployment = convexTest({
    schema,
    modules: {
      "/convex/_generated/api.js": async () => ({}),
      "/convex/persistence.ts": async () => ({ commit, ...others }),
      "/convex/runs.ts": async () => ({ drive })
    },
    transactionLimits: true
  })
  return { deployment, driven }
}
export type Deployment = ReturnType<typeof deploy>["deployment"]

/** Stands for the context of an action: every call, also of the file storage, is a transaction of its own. */
export const callingContext = (deployment: Deployment): GenericActionCtx<GenericDataModel> =>
  ({
    runQuery: (reference: never, args: never) => (deployment.query as Function)(reference, args),
    runMutation: (reference: never, args: never) => (deployment.mutation as Function)(reference, args),
    storage: {
      store: (blob: Blob) => deployment.run((ctx) => ctx.storage.store(blob)),
      get: async (id: never) => {
        const bytes = await deployment.action(async (ctx) => (await ctx.storage.get(id))?.arrayBuffer() ?? null)
        return bytes === null ? null : new Blob([bytes])
      },
      delete: (id: never) => deployment.run((ctx) => ctx.storage.delete(id))
    }
  }) as never

export const contextLayer = (ctx: GenericActionCtx<GenericDataModel>): Layer.Layer<ActionCtx | Storage> =>
  Layer.sync(ActionCtx, () => Context.get(actionContext(ctx), ActionCtx)).pipe(
    Layer.merge(Layer.sync(Storage, () => Context.get(actionContext(ctx), Storage)))
  )

/** The ports over a deployment. */
export const portsOver = (deployment: Deployment, workspace: WorkspaceId = sampleWorkspace) =>
  ConvexPersistence.layer(workspace).pipe(Layer.provide(contextLayer(callingContext(deployment))))

/** All rows of a table, in the order of their making. */
export const rowsOf = (
  deployment: Deployment,
  table: keyof typeof tables | "_scheduled_functions" | "_storage"
): Effect.Effect<ReadonlyArray<Record<string, unknown>>> =>
  Effect.promise(() =>
    deployment.run((ctx) =>
      table.startsWith("_") ? ctx.db.system.query(table as never).collect() : ctx.db.query(table as never).collect()
    )
  )
