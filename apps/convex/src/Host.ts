// The composition root: every port closed, by what a deployment has. Layers are built for one request or one run.
import { HostInfo } from "@executor-v2/domain"
import * as Kernel from "@executor-v2/engine/Kernel"
import { HostFailure, type WorkspaceId } from "@executor-v2/schema"
import * as NoFiles from "@executor-v2/source-manager/NoFiles"
import * as FetchOutbound from "@executor-v2/source-manager/network/FetchOutbound"
import { OwnMachine } from "@executor-v2/source-manager/network/OwnMachine"
import * as NoStdio from "@executor-v2/source-manager/providers/mcp/NoStdio"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { persistence } from "./Books.ts"
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

export const ports = (workspace: WorkspaceId) =>
  Layer.mergeAll(
    host,
    SizedCompiler.layer,
    NoFiles.layer,
    NoStdio.layer,
    Layer.succeed(OwnMachine, false),
    Layer.suspend(() => FetchOutbound.layer({ allowOrigins: allowOrigins() }))
  ).pipe(Layer.provideMerge(persistence(workspace)))

/** What answers requests of one workspace: everything but the driving of runs. */
export const serving = (workspace: WorkspaceId) => Kernel.scheduledFeatures.pipe(Layer.provideMerge(ports(workspace)))
