// From GitHub's description to callable tools, and what a restart with them costs.
import { startDaemon, type Daemon } from "../Daemon.ts"
import { temporaryFolder } from "../Product.ts"
import { addSource, githubCall, githubDescription } from "../Sources.ts"
import { interleaved, timed } from "../Statistics.ts"
import type { Bench, Suite } from "../Suite.ts"
import { serveUpstream, type Upstream } from "../Upstream.ts"

const from = (upstream: Upstream) =>
  ({ _tag: "Url", url: `${upstream.url}/github.json`, baseUrl: upstream.url }) as const

/** The first registration of a new daemon. */
const registered = async (
  bench: Bench,
  upstream: Upstream
): Promise<{ readonly daemon: Daemon; readonly taken: number }> => {
  const daemon = await startDaemon(bench)
  const owner = await daemon.owner()
  const client = daemon.agent()
  // Whoever adds a source is connected already: what the daemon loads for that is not counted here.
  await owner.sources.list()
  await client.execute("return 1")
  const taken = await timed(async () => {
    await addSource(owner, "github", from(upstream))
    await client.execute(githubCall)
  })
  return { daemon, taken }
}

const untilCalled = async (bench: Bench, home: string, code: string): Promise<number> => {
  const daemon = await startDaemon(bench, { home })
  const client = daemon.agent()
  await client.execute(code)
  const taken = performance.now() - daemon.startedAt
  await daemon.stop()
  return taken
}

export const register: Suite = {
  name: "register",
  about: "GitHub's REST description: add → callable; a restart with it",
  run: async (bench) => {
    const description = githubDescription()
    const upstream = await serveUpstream(bench, { files: { "/github.json": description } })
    bench.say("adding it")
    const text = description.toString("utf8")
    let home = ""
    const figures = await interleaved(7, {
      floor: () => timed(() => JSON.parse(text)),
      add: async () => {
        const { daemon, taken } = await registered(bench, upstream)
        await daemon.stop()
        home = daemon.home
        return taken
      }
    })
    bench.report("add → first call", "ms", figures.add, {
      floor: figures.floor,
      goal: { ratioAtMost: 5, atMost: 1_000 }
    })

    bench.say("restarting with it")
    const empty = temporaryFolder(bench, "empty")
    const starts = await interleaved(
      9,
      {
        floor: () => untilCalled(bench, empty, "return (await tools.executor.health({})).ok"),
        github: () => untilCalled(bench, home, githubCall)
      },
      2
    )
    bench.report("restart → first call (floor: empty folder)", "ms", starts.github, {
      floor: starts.floor,
      goal: { ratioAtMost: 1.3 }
    })
  }
}
