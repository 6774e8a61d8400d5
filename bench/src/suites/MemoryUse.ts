// What the daemon holds when nothing happens.
import { spawn } from "node:child_process"
import { startDaemon } from "../Daemon.ts"
import { residentMb } from "../Memory.ts"
import { addSource, githubDescription } from "../Sources.ts"
import { timed } from "../Statistics.ts"
import type { Bench, Suite } from "../Suite.ts"
import { serveUpstream } from "../Upstream.ts"

const waitMs = 62_000
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const emptyNode = async (bench: Bench): Promise<number> => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e9)"])
  bench.defer(() => child.kill())
  await pause(1_000)
  return residentMb(child.pid!)
}

const search = (index: number) =>
  `return await tools.executor.tools.search({ query: "list the open pull requests of repository number ${index}" })`

export const memory: Suite = {
  name: "memory",
  about: "resident memory of all processes a minute after the last run (waits two minutes)",
  run: async (bench) => {
    const floor = await emptyNode(bench)
    const upstream = await serveUpstream(bench, { files: { "/github.json": githubDescription() } })
    const [idle, github] = [await startDaemon(bench), await startDaemon(bench)]
    for (const daemon of [idle, github]) for (let run = 0; run < 20; run++) await daemon.agent().execute("return 1")
    await addSource(await github.owner(), "github", {
      _tag: "Url",
      url: `${upstream.url}/github.json`,
      baseUrl: upstream.url
    })
    const client = github.agent()
    for (let query = 0; query < 20; query++) await client.execute(search(query))
    bench.report("right after the runs", "MB", await residentMb(idle.pid), { floor })
    bench.report("right after registering GitHub and 20 searches", "MB", await residentMb(github.pid), { floor })
    bench.say("waiting until the sandboxes are released")
    await pause(waitMs)
    bench.report("a minute after 20 runs", "MB", await residentMb(idle.pid), { floor, goal: { atMost: 130 } })
    bench.report("a minute after GitHub and 20 searches", "MB", await residentMb(github.pid), {
      floor,
      goal: { atMost: 220 }
    })
    const next: Array<number> = [
      await timed(() => idle.agent().execute("return 1")),
      await timed(() => client.execute("return 1"))
    ]
    bench.report("next execute after release", "ms", next, { goal: { atMost: 200 } })
  }
}
