// Whether others are still served while code misbehaves, and what comes after it.
import type { ExecuteResult } from "@executor-v2/schema"
import * as http from "node:http"
import { startDaemon, type Daemon } from "../Daemon.ts"
import type { McpClient } from "../McpClient.ts"
import { residentMb } from "../Memory.ts"
import { median, quantile, timed } from "../Statistics.ts"
import type { Suite } from "../Suite.ts"

const pollMs = 5
const watchMs = 1_500
const rounds = 5

const attacks = [
  { name: "while(true){}", code: "while (true) {}", truth: /time|limit|long/i },
  {
    name: "memory bomb",
    code: "const kept = []; for (;;) kept.push(new Array(100_000).fill(kept.length))",
    truth: /memory/i
  },
  { name: "call flood", code: "for (;;) tools.executor.health({})", truth: /calls|time|limit|memory/i }
] as const

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const health = (agent: http.Agent, url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    http.get(`${url}/health`, { agent }, (response) => response.resume().once("end", resolve)).once("error", reject)
  })

/** Answer times of `/health` until told to stop. */
const watch = ({ url }: Daemon) => {
  const agent = new http.Agent({ keepAlive: true })
  const figures: Array<number> = []
  let over = false
  const done = (async () => {
    while (!over) {
      figures.push(await timed(() => health(agent, url)))
      await pause(pollMs)
    }
    agent.destroy()
  })()
  return async (): Promise<ReadonlyArray<number>> => {
    over = true
    await done
    return figures
  }
}

/** Where the figures of one attack are kept. */
interface Seen {
  readonly idle: Array<number>
  readonly attacked: Array<number>
  readonly told: Array<number>
  readonly next: Array<number>
}

/** `/health` while something goes on again and again, for some seconds. */
const during = async (daemon: Daemon, ms: number, act: () => Promise<unknown>): Promise<ReadonlyArray<number>> => {
  const stop = watch(daemon)
  const end = performance.now() + ms
  while (performance.now() < end) await act()
  return stop()
}

const attack = async (
  daemon: Daemon,
  client: McpClient,
  { code, name, truth }: (typeof attacks)[number]
): Promise<Seen> => {
  const seen: Seen = { idle: [], attacked: [], told: [], next: [] }
  // In turn with quiet seconds, so that the machine's own noise meets both.
  for (let round = 0; round < rounds; round++) {
    seen.idle.push(...(await during(daemon, watchMs, () => pause(50))))
    seen.attacked.push(
      ...(await during(daemon, watchMs, async () => {
        let answer: ExecuteResult | undefined
        seen.told.push(await timed(async () => (answer = await client.attempt(code))))
        const said = `${answer?.error?.code} ${answer?.error?.message}`
        if (answer?.status === "completed" || !truth.test(said))
          throw new Error(`${name} was answered with: ${answer?.status} ${said}`)
      }))
    )
    seen.next.push(await timed(() => client.execute("return 1")))
  }
  return seen
}

export const hostile: Suite = {
  name: "hostile",
  about: "/health during endless loops, memory bombs and call floods; the way back",
  run: async (bench) => {
    const daemon = await startDaemon(bench)
    const client = daemon.agent()
    const warm: Array<number> = []
    for (let run = 0; run < 80; run++) warm.push(await timed(() => client.execute("return 1")))
    for (const each of attacks) {
      bench.say(each.name)
      const before = await residentMb(daemon.pid)
      const { attacked, idle, next, told } = await attack(daemon, client, each)
      bench.report(`/health p99 during ${each.name}`, "ms", quantile(attacked, 0.99), {
        floor: quantile(idle, 0.99),
        goal: { ratioAtMost: 5, atMost: 20 }
      })
      const isBomb = each.name === "memory bomb"
      bench.report(`time to the error of ${each.name}`, "ms", told, isBomb ? { goal: { atMost: 2_000 } } : {})
      bench.report(`next execute after ${each.name}`, "ms", next, {
        floor: median(warm.slice(30)),
        goal: { atMost: 300 }
      })
      await pause(2_000)
      bench.report(`memory after ${each.name}`, "MB", await residentMb(daemon.pid), {
        floor: before,
        ...(isBomb ? { goal: { overFloorAtMost: 64 } } : {})
      })
    }
  }
}
