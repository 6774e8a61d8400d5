// What a tool call costs beyond the request that it makes.
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { startDaemon } from "../Daemon.ts"
import { environment } from "../Product.ts"
import { addSource } from "../Sources.ts"
import { interleaved, median, timed } from "../Statistics.ts"
import type { Bench, Suite } from "../Suite.ts"
import { serveUpstream } from "../Upstream.ts"

/** A plain Node process that makes `count` requests when asked, and says how long they took. */
const plainClient = (bench: Bench, url: string, count: number) => {
  const child = fork(fileURLToPath(new URL("../floors/http-client.ts", import.meta.url)), { env: environment() })
  bench.defer(() => child.kill())
  return (parallel: boolean): Promise<number> =>
    new Promise((resolve, reject) => {
      child
        .once("message", (taken: number) => {
          child.off("error", reject)
          resolve(taken)
        })
        .once("error", reject)
      child.send({ url, count, parallel })
    })
}

const loop = (count: number, call: string) => `let last
for (let id = 0; id < ${count}; id++) last = await ${call}
return last !== undefined`

const together = (count: number, call: string) =>
  `return (await Promise.all(Array.from({ length: ${count} }, (_, id) => ${call}))).length`

const item = "tools.shop.getItem({ id })"
const health = "tools.executor.health({})"

export const calls: Suite = {
  name: "calls",
  about: "100 tool calls to a local OpenAPI service, and 1,000 that go no further than the daemon",
  run: async (bench) => {
    const upstream = await serveUpstream(bench)
    const daemon = await startDaemon(bench)
    await addSource(await daemon.owner(), "shop", { _tag: "Url", url: upstream.description })
    const client = daemon.agent()
    const plain = plainClient(bench, upstream.url, 100)
    const run = (code: string) => () => timed(() => client.execute(code))

    bench.say("100 calls to an upstream, in turn with plain requests")
    const one = await interleaved(
      30,
      {
        floor: () => plain(false),
        ours: run(loop(100, item)),
        floorAll: () => plain(true),
        oursAll: run(together(100, item))
      },
      5
    )
    bench.report("100 sequential calls", "ms", one.ours, { floor: one.floor, goal: { ratioAtMost: 2 } })
    bench.report("Promise.all of 100 calls", "ms", one.oursAll, { floor: one.floorAll, goal: { ratioAtMost: 1.5 } })

    bench.say("1,000 calls without upstream")
    const two = await interleaved(15, { loop: run(loop(1_000, health)), all: run(together(1_000, health)) }, 3)
    bench.report("calls/s without upstream, sequential", "/s", 1_000_000 / median(two.loop), {
      goal: { atLeast: 3_000 }
    })
    bench.report("calls/s without upstream, parallel", "/s", 1_000_000 / median(two.all), { goal: { atLeast: 20_000 } })
  }
}
