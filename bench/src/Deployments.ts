// Deployments of the Convex app, each on a test double of Convex in a process of its own.
import { isolateFlags } from "@executor-v2/convex-harness/isolate/IsolateModules"
import { join } from "node:path"
import { startServer } from "./Daemon.ts"
import { mcpClient, post, type McpClient } from "./McpClient.ts"
import { root } from "./Product.ts"
import type { Bench } from "./Suite.ts"
import * as http from "node:http"

/** The functions of the Convex app. */
export const functions = join(root, "apps/convex/convex")
const program = join(root, "packages/convex-harness/src/main.ts")

/** `harness`: bundled for the default runtime, run by Node. `isolate`: with its globals only, and no code from strings. */
export type Runtime = "harness" | "isolate"

export interface Deployment {
  /** Speaks MCP with an owner's key. */
  readonly client: McpClient
  /** The least that an HTTP action can answer, over a connection that stays open. */
  readonly health: () => Promise<unknown>
}

/** Starts a deployment with an empty workspace; it ends with the suite. */
export const startDeployment = async (bench: Bench, runtime: Runtime): Promise<Deployment> => {
  const flags = runtime === "isolate" ? [...isolateFlags, "--no-warnings"] : []
  const first = 'tokens:create {"workspace":"default"}'
  const options = [...(runtime === "isolate" ? ["--isolate"] : []), "--functions", functions, "--run", first]
  const { output, stop } = await startServer([...flags, program, ...options])
  bench.defer(stop)
  const { ran, siteUrl } = JSON.parse(output()) as {
    readonly siteUrl: string
    readonly ran: readonly [{ readonly token: string }]
  }
  const client = mcpClient(`${siteUrl}/mcp`, ran[0].token)
  bench.defer(client.close)
  const agent = new http.Agent({ keepAlive: true })
  bench.defer(() => agent.destroy())
  return { client, health: () => post(agent, `${siteUrl}/health`, {}, "", "GET") }
}
