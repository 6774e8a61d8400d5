// What a model must read before its first call, with everything connected.
import { countTokens } from "gpt-tokenizer/encoding/o200k_base"
import { startDaemon } from "../Daemon.ts"
import { directTools } from "../DirectTools.ts"
import { addSource, githubDescription } from "../Sources.ts"
import { serveStandIns, standIns } from "../StandIns.ts"
import type { Suite } from "../Suite.ts"
import { serveUpstream } from "../Upstream.ts"

const most = 40

export const surface: Suite = {
  name: "surface",
  about: "tokens of tools/list and instructions with GitHub and 70 MCP servers connected",
  run: async (bench) => {
    const servers = standIns()
    const listing = countTokens(
      JSON.stringify([...servers.flatMap(({ tools }) => tools), ...directTools(githubDescription())])
    )
    const base = await serveStandIns(bench, servers)
    const upstream = await serveUpstream(bench, { files: { "/github.json": githubDescription() } })
    const daemon = await startDaemon(bench)
    const owner = await daemon.owner()
    const client = daemon.agent()
    const read = async () => {
      const { tools } = await client.listTools()
      const { instructions } = (await client.request("server/discover")) as { readonly instructions?: string }
      const description = JSON.stringify(tools)
      return { description, tokens: countTokens(description) + countTokens(instructions ?? "") }
    }
    bench.report("tokens, nothing connected", "tokens", (await read()).tokens, { goal: { atMost: 400 } })
    bench.say(`connecting GitHub and ${servers.length} servers`)
    await addSource(owner, "github", { _tag: "Url", url: `${upstream.url}/github.json`, baseUrl: upstream.url })
    for (const { name } of servers) await addSource(owner, name, { _tag: "Url", url: `${base}${name}` })
    const names = ["github", ...servers.map(({ name }) => name)]
    const { description, tokens } = await read()
    const line = description.split("Sources: ").at(-1)!
    const named = names.filter((name) => new RegExp(`\\b${name}\\b`).test(line)).length
    bench.report("named sources", "sources", named, { goal: { atMost: most } })
    bench.report(`tokens, ${names.length} sources`, "tokens", tokens, {
      floor: listing,
      goal: { atMost: 400 + 4 * Math.min(named, most) }
    })
  }
}
