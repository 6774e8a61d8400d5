// The assembled feature layer: everything between the doors and the ports. A host closes the ports and opens doors.
import { Policies, Runs, Sources, Workspaces } from "@executor-v2/domain"
import {
  builtinTools,
  Catalog,
  ExecutorProvider,
  PolicyRpcHandlers,
  Providers,
  Registration,
  SourceRpcHandlers,
  ToolRpcHandlers,
  Tools
} from "@executor-v2/source-manager"
import * as Layer from "effect/Layer"
import { Drive } from "./Drive.ts"
import { Execute } from "./Execute.ts"
import * as HostRpcHandlers from "./HostRpcHandlers.ts"
import * as LocalDrivers from "./LocalDrivers.ts"
import { Program } from "./Program.ts"
import * as RunRpcHandlers from "./RunRpcHandlers.ts"
import * as ScheduledDrivers from "./ScheduledDrivers.ts"
import { ToolCalls } from "./ToolCall.ts"

/** Sources, their tools, policies and the books of runs: what every face and every run needs. */
const catalogue = Tools.layer.pipe(
  Layer.provideMerge(ExecutorProvider.layer),
  Layer.provideMerge(Registration.layer),
  Layer.provideMerge(Layer.mergeAll(Providers.layer, Catalog.layer(builtinTools))),
  Layer.provideMerge(Layer.mergeAll(Workspaces.layer, Sources.layer, Policies.layer, Runs.layer))
)

/** What drives a run: the sandboxed program, and the door that its calls go through. */
export const driving = Drive.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(ToolCalls.layer, Program.layer)),
  Layer.provideMerge(catalogue)
)

/**
 * Features, from the rules' services up to `Execute`, on a host that drives runs itself.
 * Open: persistence, sandbox, transpiler, compiler, network, host.
 */
export const features = Execute.layer.pipe(Layer.provideMerge(LocalDrivers.layer), Layer.provideMerge(driving))

/** The same on a host whose scheduler drives runs, elsewhere: there it gives `driving` to `driveClaimed`. */
export const scheduledFeatures = Execute.layer.pipe(
  Layer.provideMerge(ScheduledDrivers.layer),
  Layer.provideMerge(catalogue)
)

/** The handlers of every contract, over the features. */
export const rpcHandlers = Layer.mergeAll(
  RunRpcHandlers.layer,
  SourceRpcHandlers.layer,
  ToolRpcHandlers.layer,
  PolicyRpcHandlers.layer,
  HostRpcHandlers.layer
)
