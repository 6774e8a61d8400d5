// A Convex deployment on this machine, in memory, behind two real ports: what real Convex clients, RPC and MCP clients and
// browsers can be pointed at in tests.
import { createServer } from "node:http"
import type { RequestListener, Server } from "node:http"
import type { AddressInfo } from "node:net"
import { resolve } from "node:path"
import { Clock } from "./Clock.ts"
import { Deployment } from "./Deployment.ts"
import type { PlannedConflict, PlannedKill } from "./Faults.ts"
import { functionApi } from "./FunctionApi.ts"
import { loadFunctions, modulesOfMap } from "./FunctionModules.ts"
import type { FunctionModules } from "./FunctionModules.ts"
import { httpActions } from "./HttpActions.ts"
import { unverifiedClaims } from "./Identity.ts"
import type { ReadClaims } from "./Identity.ts"
import { loadIsolated } from "./isolate/IsolateModules.ts"
import { processOf } from "./Runtime.ts"
import { loadState, saveState } from "./StateFile.ts"
import { SyncSocket } from "./SyncSocket.ts"

/** How a harness is started. */
export interface HarnessOptions {
  /** A `convex/` folder, which is bundled as a deploy would; or a module map as convex-test takes it, used as it is. */
  readonly functions: string | Readonly<Record<string, () => Promise<unknown>>>
  /** The schema that goes with a module map. A folder has its own. */
  readonly schema?: FunctionModules["schema"]
  /** The deployment's environment variables: all that functions see of `process.env`. */
  readonly environment?: Readonly<Record<string, string>>
  /** Ports of the API and of the HTTP actions (default 0: any free one). */
  readonly port?: number
  readonly sitePort?: number
  /** Reads a bearer JWT (default: its claims, unverified). Throws to refuse it. */
  readonly readClaims?: ReadClaims
  /** Hide the messages of uncaught errors from clients, as production does (default false, as self-hosted). */
  readonly redact?: boolean
  /** Data is read from this file at the start, and written to it by `stop()`. */
  readonly stateFile?: string
  /** Run the functions of a folder in the isolate emulation. The process needs the flags of `isolateFlags`. */
  readonly isolate?: boolean
}

/** A running deployment. */
export interface Harness {
  /** Base URL of queries, mutations, actions and the WebSocket. */
  readonly url: string
  /** Base URL of the HTTP actions. */
  readonly siteUrl: string
  /** The deployment without its ports: run internal functions, look into the data. */
  readonly deployment: Deployment
  /** Ends running functions and closes both ports. */
  readonly stop: () => Promise<void>
  /** Throws all data away and drops every socket. */
  readonly reset: () => void
  /** Runs a cron of `crons.ts` now; resolves with what its function returned. */
  readonly runCron: (name: string) => Promise<unknown>
  /** Moves the clock that functions see. Scheduled functions still fire after their delay in real time. */
  readonly advance: (milliseconds: number) => void
  /** Waits until no scheduled function runs and none is due. */
  readonly settled: () => Promise<void>
  /** Makes the next run of a mutation conflict with another write. */
  readonly conflict: (plan: PlannedConflict) => void
  /** Lets an action die when it makes a certain call. */
  readonly killAt: (plan: PlannedKill) => void
  /** Kills running actions by name, or all of them. Returns how many. */
  readonly kill: (name?: string) => number
}

/** Starts a deployment. Throws when its functions cannot be bundled or loaded. */
export async function startHarness(options: HarnessOptions): Promise<Harness> {
  const clock = new Clock()
  const environment = options.environment ?? {}
  const functions = await load(options, environment, clock)
  const urls = { api: "", site: "" }
  const deployment = new Deployment({
    functions,
    clock,
    globals: typeof options.functions === "string" ? {} : { process: processOf(environment, "isolate") },
    url: () => urls.api,
    redact: options.redact ?? false
  })
  const readClaims = options.readClaims ?? unverifiedClaims
  const sync = new SyncSocket(deployment, readClaims)
  const tables = Object.keys(functions.schema?.tables ?? {})
  if (options.stateFile !== undefined) await loadState(deployment, options.stateFile)
  const api = await listen(
    functionApi(deployment, readClaims, () => sync.refresh()),
    options.port ?? 0
  )
  const site = await listen(
    httpActions(deployment, readClaims, () => urls.site),
    options.sitePort ?? 0
  )
  api.on("upgrade", (request, socket, head) => sync.upgrade(request, socket, head))
  urls.api = urlOf(api)
  urls.site = urlOf(site)
  return {
    url: urls.api,
    siteUrl: urls.site,
    deployment,
    stop: async () => {
      deployment.close()
      sync.close()
      await Promise.all([closed(api), closed(site)])
      if (options.stateFile !== undefined) await saveState(deployment, tables, options.stateFile)
      await functions.dispose()
    },
    reset: () => {
      deployment.reset()
      sync.drop()
    },
    runCron: (name) => deployment.runCron(name),
    advance: (milliseconds) => {
      clock.ahead += milliseconds
    },
    settled: () => deployment.settled(),
    conflict: (plan) => deployment.faults.plan(plan),
    killAt: (plan) => deployment.faults.planKill(plan),
    kill: (name) => deployment.kill(name)
  }
}

async function load(
  options: HarnessOptions,
  environment: Readonly<Record<string, string>>,
  clock: Clock
): Promise<FunctionModules> {
  if (typeof options.functions === "string") {
    const folder = resolve(options.functions)
    return options.isolate === true
      ? loadIsolated(folder, environment, clock)
      : loadFunctions(folder, environment, clock)
  }
  return { modules: modulesOfMap(options.functions), node: new Set(), schema: options.schema, dispose: async () => {} }
}

async function listen(listener: RequestListener, port: number): Promise<Server> {
  const server = createServer(listener)
  await new Promise<void>((done, failed) => {
    server.once("error", failed)
    server.listen(port, "127.0.0.1", done)
  })
  return server
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function closed(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done())
    server.closeAllConnections()
  })
}
