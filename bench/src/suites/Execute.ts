// What one `execute` costs an agent beyond the protocol itself.
import { startDaemon } from "../Daemon.ts"
import { addSource } from "../Sources.ts"
import { interleaved, quantile, timed } from "../Statistics.ts"
import type { Suite } from "../Suite.ts"
import { serveUpstream } from "../Upstream.ts"

export const execute: Suite = {
  name: "execute",
  about: "`return 1` over MCP with 1,000 tools registered",
  run: async (bench) => {
    const upstream = await serveUpstream(bench, { tools: 1_000 })
    const daemon = await startDaemon(bench)
    await addSource(await daemon.owner(), "shop", { _tag: "Url", url: upstream.description })
    const client = daemon.agent()
    bench.say("first execute")
    bench.report("first execute of a daemon", "ms", await timed(() => client.execute("return 1")))
    bench.say("return 1, in turn with tools/list")
    const { list, one } = await interleaved(
      400,
      {
        list: () => timed(() => client.listTools()),
        one: () => timed(() => client.execute("return 1"))
      },
      100
    )
    const goal = { overFloorAtMost: 2.5 }
    bench.report("return 1, 1,000 tools, p50", "ms", one, { floor: list, goal })
    bench.report("return 1, 1,000 tools, p95", "ms", quantile(one, 0.95), { floor: quantile(list, 0.95), goal })
  }
}
