// The composition root: every port closed, by what a deployment has. Layers are built for one request or one run.
import { HostInfo } from "@executor-v2/domain"
import { Kernel } from "@executor-v2/engine"
import { ConvexArtifactStore, ConvexCaller, ConvexJournal, ConvexViews } from "@executor-v2/persistence-convex"
import { HostFailure, type WorkspaceId } from "@executor-v2/schema"
import * as NoFiles from "@executor-v2/source-manager/NoFiles"
import * as FetchOutbound from "@executor-v2/source-manager/network/FetchOutbound"
import * as NoStdio from "@executor-v2/source-manager/providers/mcp/NoStdio"
import { Effect, Layer } from "effect"
import * as SizedCompiler from "./SizedCompiler.ts"
import { version } from "./Version.ts"

/** What a deployment's operator sets: `npx convex env set EXECUTOR_ALLOW_ORIGINS https://api.internal.example`. */
const allowOrigins = (): ReadonlyArray<string> =>
  (process.env["EXECUTOR_ALLOW_ORIGINS"] ?? "").split(/[\s,]+/).filter((origin) => origin !== "")

const host = Layer.succeed(
  HostInfo,
  HostInfo.of({
    version,
    kind: "remote",
    startedAt: 0,
    shutdown: () =>
      Effect.fail(new HostFailure({ message: "a deployment serves many and is not stopped by one of them" }))
  })
)

/** Journal and views, which know all workspaces. */
export const books = Layer.mergeAll(ConvexJournal.layer, ConvexViews.layer).pipe(Layer.provideMerge(ConvexCaller.layer))

export const persistence = (workspace: WorkspaceId) =>
  ConvexArtifactStore.layer(workspace).pipe(Layer.provideMerge(books))

export const ports = (workspace: WorkspaceId) =>
  Layer.mergeAll(
    host,
    SizedCompiler.layer,
    NoFiles.layer,
    NoStdio.layer,
    Layer.suspend(() => FetchOutbound.layer({ allowOrigins: allowOrigins() }))
  ).pipe(Layer.provideMerge(persistence(workspace)))

/** What answers requests of one workspace: everything but the driving of runs. */
export const serving = (workspace: WorkspaceId) => Kernel.scheduledFeatures.pipe(Layer.provideMerge(ports(workspace)))
