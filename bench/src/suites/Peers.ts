// The peer beside us: npm `executor` 1.5.9, installed for the occasion, the same questions in turn.
import { spawn } from "node:child_process"
import * as http from "node:http"
import { join } from "node:path"
import { startDaemon } from "../Daemon.ts"
import { post } from "../McpClient.ts"
import { cliProgram, environment, mustRun, temporaryFolder } from "../Product.ts"
import { interleaved, timed } from "../Statistics.ts"
import type { Bench, Suite } from "../Suite.ts"

const peer = "executor@1.5.9"

interface PeerDaemon {
  readonly startedAt: number
  readonly url: string
  readonly stop: () => Promise<void>
}

const startPeer = (program: string, home: string): Promise<PeerDaemon> =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const port = 20_000 + Math.floor(Math.random() * 20_000)
    const env = environment({ HOME: home })
    const child = spawn(program, ["daemon", "run", "--foreground", "--port", String(port)], {
      env,
      stdio: ["ignore", "pipe", "pipe"]
    })
    const ended = new Promise<void>((done) => child.once("close", () => done()))
    const stop = () => {
      child.kill("SIGTERM")
      return ended
    }
    let output = ""
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text
        if (/Daemon ready/.test(output)) resolve({ startedAt, stop, url: `http://127.0.0.1:${port}/mcp` })
      })
    void ended.then(() => reject(new Error(`the peer ended: ${output.slice(-400)}`)))
  })

/** A session of the older protocol era, which is what the peer speaks. */
const openSession = async (bench: Bench, url: string) => {
  const agent = new http.Agent({ keepAlive: true })
  bench.defer(() => agent.destroy())
  const headers: Record<string, string> = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream"
  }
  let id = 0
  const request = async (method: string, params: unknown): Promise<string> => {
    const answer = await post(agent, url, headers, JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params }))
    if (answer.status !== 200)
      throw new Error(`the peer answered ${method} with ${answer.status}: ${answer.text.slice(0, 300)}`)
    const session = answer.headers["mcp-session-id"]
    if (typeof session === "string") headers["mcp-session-id"] = session
    return answer.text
  }
  await request("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" }
  })
  return {
    list: () => request("tools/list", {}),
    execute: async (code: string) => {
      const text = await request("tools/call", { name: "execute", arguments: { code } })
      if (!text.includes('"completed"')) throw new Error(`the peer did not complete: ${text.slice(0, 300)}`)
    }
  }
}

const starts = async (bench: Bench, program: string): Promise<void> => {
  bench.say("command lines and cold starts")
  const [ours, theirs] = [temporaryFolder(bench, "ours"), temporaryFolder(bench, "theirs")]
  const figures = await interleaved(
    7,
    {
      version: () => timed(() => mustRun(process.execPath, [cliProgram, "--version"])),
      peerVersion: () => timed(() => mustRun(program, ["--version"], { env: environment({ HOME: theirs }) })),
      cold: async () => {
        const daemon = await startDaemon(bench, { home: ours })
        await daemon.agent().listTools()
        const taken = performance.now() - daemon.startedAt
        await daemon.stop()
        return taken
      },
      peerCold: async () => {
        const daemon = await startPeer(program, theirs)
        await (await openSession(bench, daemon.url)).list()
        const taken = performance.now() - daemon.startedAt
        await daemon.stop()
        return taken
      }
    },
    2
  )
  bench.report("--version (floor: peer)", "ms", figures.version, { floor: figures.peerVersion })
  bench.report("cold start → first tools/list (floor: peer)", "ms", figures.cold, {
    floor: figures.peerCold,
    goal: { ratioAtMost: 0.3 }
  })
}

const executes = async (bench: Bench, program: string): Promise<void> => {
  bench.say("return 1")
  const theirs = await startPeer(program, temporaryFolder(bench, "theirs"))
  bench.defer(theirs.stop)
  const session = await openSession(bench, theirs.url)
  const client = (await startDaemon(bench)).agent()
  const figures = await interleaved(
    300,
    {
      ours: () => timed(() => client.execute("return 1")),
      peer: () => timed(() => session.execute("return 1"))
    },
    100
  )
  bench.report("return 1 (floor: peer)", "ms", figures.ours, { floor: figures.peer, goal: { ratioAtMost: 0.5 } })
  const { tools } = await client.listTools()
  bench.report("bytes of tools/list (floor: peer)", "B", JSON.stringify(tools).length, {
    floor: (await session.list()).length
  })
}

export const peers: Suite = {
  name: "peers",
  about: `the same beside npm ${peer}, which is downloaded (242 MB)`,
  onlyWhenNamed: true,
  run: async (bench) => {
    const folder = temporaryFolder(bench, "peer")
    bench.say(`installing ${peer}`)
    await mustRun("npm", ["install", "--no-audit", "--no-fund", peer], { cwd: folder })
    const program = join(folder, "node_modules", ".bin", "executor")
    await starts(bench, program)
    await executes(bench, program)
  }
}
