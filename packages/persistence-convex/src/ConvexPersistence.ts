// All ports of persistence over the context of one action.
import type { ActionCtx, Storage } from "@executor-v2/confect"
import type { ArtifactStore, Journal, Views } from "@executor-v2/persistence-ports"
import type { WorkspaceId } from "@executor-v2/schema"
import * as Layer from "effect/Layer"
import * as ConvexArtifactStore from "./ConvexArtifactStore.ts"
import { ConvexCaller } from "./ConvexCaller.ts"
import * as ConvexJournal from "./ConvexJournal.ts"
import { ConvexLeases } from "./ConvexLeases.ts"
import { ConvexTokens } from "./ConvexTokens.ts"
import * as ConvexViews from "./ConvexViews.ts"

/**
 * Journal, views, leases and tokens, and the artifacts of one workspace. The context of an action has what it needs:
 * `Layer.succeedContext(actionContext(ctx))`.
 */
export const layer = (
  workspace: WorkspaceId
): Layer.Layer<Journal | Views | ArtifactStore | ConvexLeases | ConvexTokens, never, ActionCtx | Storage> =>
  Layer.mergeAll(
    ConvexJournal.layer,
    ConvexViews.layer,
    ConvexLeases.layer,
    ConvexTokens.layer,
    ConvexArtifactStore.layer(workspace)
  ).pipe(Layer.provide(ConvexCaller.layer))
