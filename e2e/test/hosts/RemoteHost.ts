// A deployment on Convex and a machine that has it as its target. The deployment is the harness as a process of its own; or
// a backend that somebody else has started and deployed to, where EXECUTOR_REMOTE_URL, _SITE and _TOKEN name one. Its workspace
// is this suite's alone, one file of tests at a time (--no-file-parallelism), and it is to have EXECUTOR_REMOTE_UPSTREAM, at
// which it reaches this machine, in its EXECUTOR_ALLOW_ORIGINS.
import { Executor } from "@executor-v2/sdk"
import { remote } from "@executor-v2/sdk/remote"
import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Product } from "../Product.ts"
import type { Settings, TestHost } from "./Hosts.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))

/** What a deployment is known by to those who use it. */
export interface Deployed {
  readonly url: string
  readonly siteUrl: string
  readonly token: string
}

interface Deployment {
  readonly start: () => Promise<Deployed>
  readonly stop: () => Promise<void>
  /** What happens to runs that were cut off in the middle is found out later, when nobody has shown life for a while. */
  readonly startLater: () => Promise<Deployed>
}

/** Longer than a run is held without a sign of life, in milliseconds. */
const longerThanLeases = 60_000

/** The harness: keeps its data in a file over a clean stop, and comes back at the same addresses. */
const harness = (folder: string, { allowOrigins }: Settings): Deployment => {
  let child: ChildProcess | undefined
  let known: Deployed | undefined

  const launch = async (...more: ReadonlyArray<string>): Promise<Deployed> => {
    const args = [
      join(root, "packages/convex-harness/src/main.ts"),
      "--functions",
      join(root, "apps/convex/convex"),
      "--state",
      join(folder, "deployment.json"),
      "--env",
      `EXECUTOR_ALLOW_ORIGINS=${allowOrigins}`,
      ...(known === undefined ? ["--run", 'tokens:create {"workspace":"default"}'] : portsOf(known)),
      ...more
    ]
    child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
    process.once("exit", () => child?.kill("SIGKILL"))
    const exited = once(child, "exit").then(([code]) => Promise.reject(new Error(`the harness ended with ${code}`)))
    const lines = createInterface({ input: child.stdout! })
    const [line] = (await Promise.race([once(lines, "line"), exited])) as [string]
    exited.catch(() => {})
    const { ran, siteUrl, url } = JSON.parse(line) as Deployed & { readonly ran?: ReadonlyArray<{ token: string }> }
    known ??= { url, siteUrl, token: ran![0]!.token }
    return known
  }

  return {
    start: () => launch(),
    startLater: () => launch("--advance", String(longerThanLeases), "--run", "runs:sweep"),
    stop: async () => {
      if (child?.exitCode !== null) return
      const exit = once(child, "exit")
      child.kill("SIGTERM")
      await exit
    }
  }
}

const portsOf = ({ siteUrl, url }: Deployed): ReadonlyArray<string> => [
  "--port",
  new URL(url).port,
  "--site-port",
  new URL(siteUrl).port
]

/** A backend that is there already, if one is named. */
const given = (): Deployment | undefined => {
  const { EXECUTOR_REMOTE_SITE: siteUrl, EXECUTOR_REMOTE_TOKEN: token, EXECUTOR_REMOTE_URL: url } = process.env
  if (url === undefined || siteUrl === undefined || token === undefined) return undefined
  const start = async () => ({ url, siteUrl, token })
  return { start, startLater: start, stop: async () => {} }
}

/** Whether the deployment is started and stopped here. */
export const isOurs = given() === undefined

/** A deployment as its operator has it, with a first owner's token. What it keeps goes to `folder`. */
export const deploymentIn = (folder: string, settings: Settings): Deployment => given() ?? harness(folder, settings)

export const remoteHost = (settings: Settings): TestHost => {
  const product = new Product({ EXECUTOR_TARGET: "team" })
  const deployment = deploymentIn(product.home, settings)
  let deployed: Deployed
  let agentKey = ""

  const connect = () => Executor.create({ adapter: remote({ ...deployed, version: "2.0.0-alpha.0" }) })

  return {
    name: "remote",
    folder: product.home,
    get mcpUrl() {
      return `${deployed.siteUrl}/mcp`
    },
    get rpcUrl() {
      return `${deployed.siteUrl}/rpc`
    },
    get ownerKey() {
      return deployed.token
    },
    get agentKey() {
      return agentKey
    },
    start: async () => {
      deployed = await deployment.start()
      const { siteUrl, token, url } = deployed
      const added = await product.cli("target", "add", "team", "--url", url, "--site-url", siteUrl, "--token", token)
      if (added.code !== 0) throw new Error(`the target was not added: ${added.stderr}`)
      const executor = await connect()
      agentKey = (await executor.tokens.create({ kind: "agent", name: "an agent of the tests" })).token
      for (const { name } of await executor.sources.list()) await executor.sources.remove({ name })
      await executor.close()
    },
    stop: async () => {
      await product.cli("target", "remove", "team")
      await deployment.stop()
      await product.dispose()
    },
    restart: async () => {
      await deployment.stop()
      await deployment.start()
    },
    crash: async () => {
      await deployment.stop()
      await deployment.startLater()
    },
    cli: (...args) => product.cli(...args),
    json: (...args) => product.json(...args),
    connect
  }
}
