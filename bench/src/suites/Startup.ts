// How long a person or a client waits for the program to be there.
import { fileURLToPath } from "node:url"
import { startDaemon, startServer } from "../Daemon.ts"
import { mcpClient } from "../McpClient.ts"
import { cliProgram, environment, mustRun, temporaryFolder } from "../Product.ts"
import { interleaved, timed } from "../Statistics.ts"
import type { Bench, Suite } from "../Suite.ts"

const floorServer = fileURLToPath(new URL("../floors/mcp-server.mjs", import.meta.url))

/** Milliseconds from the start of a process to its first `tools/list`. */
const untilListed = async (bench: Bench, home?: string): Promise<number> => {
  const daemon = await startDaemon(bench, home === undefined ? {} : { home })
  const client = daemon.agent()
  await client.listTools()
  const taken = performance.now() - daemon.startedAt
  client.close()
  await daemon.stop()
  return taken
}

const floorUntilListed = async (): Promise<number> => {
  const { startedAt, stop, url } = await startServer([floorServer])
  const client = mcpClient(url)
  await client.listTools()
  const taken = performance.now() - startedAt
  client.close()
  await stop()
  return taken
}

const commandLine = async (bench: Bench): Promise<void> => {
  bench.say("command line")
  const node = (args: ReadonlyArray<string>) => () => timed(() => mustRun(process.execPath, args))
  const figures = await interleaved(
    20,
    {
      floor: node(["-e", "0"]),
      help: node([cliProgram, "--help"]),
      version: node([cliProgram, "--version"])
    },
    2
  )
  for (const name of ["help", "version"] as const) {
    bench.report(`executor --${name}`, "ms", figures[name], { floor: figures.floor, goal: { ratioAtMost: 2.5 } })
  }
}

const daemonStart = async (bench: Bench): Promise<void> => {
  bench.say("cold starts of the daemon")
  const home = temporaryFolder(bench, "start")
  // The first life of a folder leaves compiled code behind after some seconds, and at its end.
  await untilListed(bench, home)
  const figures = await interleaved(
    15,
    {
      floor: floorUntilListed,
      again: () => untilListed(bench, home),
      first: () => untilListed(bench)
    },
    2
  )
  const goal = { ratioAtMost: 1.3, atMost: 250 }
  bench.report("cold start → first tools/list", "ms", figures.again, { floor: figures.floor, goal })
  bench.report("the same in a new data folder", "ms", figures.first, { floor: figures.floor })
}

const warmRun = async (bench: Bench): Promise<void> => {
  bench.say("executor run")
  const { home } = await startDaemon(bench)
  const env = environment({ EXECUTOR_HOME: home })
  const node = (args: ReadonlyArray<string>) => () => timed(() => mustRun(process.execPath, args, { env }))
  const figures = await interleaved(
    15,
    {
      floor: node([cliProgram, "--help"]),
      run: node([cliProgram, "run", "-e", "return 1"])
    },
    2
  )
  bench.report("executor run -e 'return 1', daemon warm", "ms", figures.run, {
    floor: figures.floor,
    goal: { atMost: 250 }
  })
}

export const startup: Suite = {
  name: "startup",
  about: "command line, cold start of the daemon, a run from the command line",
  run: async (bench) => {
    await commandLine(bench)
    await daemonStart(bench)
    await warmRun(bench)
  }
}
