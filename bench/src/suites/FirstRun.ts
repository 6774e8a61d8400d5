// From a fresh clone on a machine with nothing set up to the first `execute` over MCP.
import { existsSync, readFileSync } from "node:fs"
import { homedir } from "node:os"
import { delimiter, join } from "node:path"
import { mcpClient } from "../McpClient.ts"
import { mustRun, root, temporaryFolder } from "../Product.ts"
import { timed } from "../Statistics.ts"
import type { Bench, Suite } from "../Suite.ts"

/** A person's environment: nothing of this checkout on the path, an empty home, empty caches. */
const bareEnvironment = (home: string): NodeJS.ProcessEnv => {
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((entry) => !entry.startsWith(join(root, ".tools")))
  const registry = Object.entries(process.env).filter(([name]) =>
    /^(https?_proxy|no_proxy|node_extra_ca_certs|npm_config_(registry|proxy|https_proxy|cafile|userconfig))$/i.test(
      name
    )
  )
  const userConfig = join(homedir(), ".npmrc")
  return {
    ...Object.fromEntries(registry),
    ...(existsSync(userConfig) ? { NPM_CONFIG_USERCONFIG: userConfig } : {}),
    PATH: path.join(delimiter),
    HOME: home,
    NO_COLOR: "1",
    EXECUTOR_PORT: "0",
    npm_config_cache: join(home, "npm-cache")
  }
}

/** Clone, `npm run executor -- pm start`, execute. */
const firstExecute = async (bench: Bench, home: string): Promise<number> => {
  const clone = join(temporaryFolder(bench, "clone"), "executor")
  await mustRun("git", ["clone", "--quiet", "--depth", "1", `file://${root}`, clone])
  const env = bareEnvironment(home)
  const pm = (...words: ReadonlyArray<string>) =>
    mustRun("npm", ["run", "--silent", "executor", "--", "pm", ...words], { cwd: clone, env })
  const taken = await timed(async () => {
    await pm("start")
    const { stdout } = await pm("status", "--json")
    const { agentTokenFile, mcpUrl } = JSON.parse(stdout) as {
      readonly mcpUrl: string
      readonly agentTokenFile: string
    }
    const client = mcpClient(mcpUrl, readFileSync(agentTokenFile, "utf8").trim())
    await client.execute("return 1")
    client.close()
  })
  await pm("stop")
  return taken / 1_000
}

export const firstRun: Suite = {
  name: "first-run",
  about: "a fresh clone of the last commit with empty caches → first execute (minutes, downloads everything)",
  onlyWhenNamed: true,
  run: async (bench) => {
    const home = temporaryFolder(bench, "person")
    bench.say("with empty caches")
    bench.report("fresh clone, empty caches → first execute", "s", await firstExecute(bench, home), {
      goal: { atMost: 120 }
    })
    bench.say("again from another fresh clone, with the downloads in the caches")
    bench.report("the same without downloads", "s", await firstExecute(bench, home), { goal: { atMost: 40 } })
  }
}
