// The books of a deployment: what persistence alone needs, for functions that load nothing else.
import { ConvexArtifactStore, ConvexCaller, ConvexJournal, ConvexViews } from "@executor-v2/persistence-convex"
import type { WorkspaceId } from "@executor-v2/schema"
import * as Layer from "effect/Layer"

/** Journal and views, which know all workspaces. */
export const books = Layer.mergeAll(ConvexJournal.layer, ConvexViews.layer).pipe(Layer.provideMerge(ConvexCaller.layer))

export const persistence = (workspace: WorkspaceId) =>
  ConvexArtifactStore.layer(workspace).pipe(Layer.provideMerge(books))
