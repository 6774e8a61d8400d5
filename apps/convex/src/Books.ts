// The books of a deployment: what persistence alone needs, for functions that load nothing else.
import {
  ConvexCaller,
  ConvexJournal,
  ConvexLeases,
  ConvexPersistence,
  ConvexTokens,
  ConvexViews
} from "@executor-v2/persistence-convex"
import * as Layer from "effect/Layer"

/** What knows all workspaces: journal, views, leases and tokens. */
export const books = Layer.mergeAll(
  ConvexJournal.layer,
  ConvexViews.layer,
  ConvexLeases.layer,
  ConvexTokens.layer
).pipe(Layer.provide(ConvexCaller.layer))

/** The same with the artifacts of one workspace. */
export const persistence = ConvexPersistence.layer
