// What the Convex app weighs, and what one `execute` costs there. Measured on a test double of Convex: an in-memory database
// in one Node process, which shows our own code's part and says nothing about a real backend's network and storage.
import { bundleFunctions } from "@executor-v2/convex-harness/FunctionBundle"
import { findFunctionFiles } from "@executor-v2/convex-harness/FunctionFiles"
import { IsolateGate } from "@executor-v2/convex-harness"
import { functions, startDeployment, type Runtime } from "../Deployments.ts"
import { interleaved, quantile, timed } from "../Statistics.ts"
import type { Bench, Suite } from "../Suite.ts"

const kilo = (bytes: number): number => bytes / 1_000

/** Entries by what they are for; the others come under their own names. */
const titles: Readonly<Record<string, string>> = {
  "http.js": "HTTP actions (RPC and MCP)",
  "persistence.js": "plain functions",
  "runs.js": "driver of runs",
  "crons.js": "crons (no Effect)"
}

/** Bytes that only files with "use node" add to what a deploy sends. */
const nodeBytes = async (): Promise<number> => {
  const { files } = await bundleFunctions(functions, findFunctionFiles(functions).node, "node")
  return files.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0)
}

const sizes = async (bench: Bench, gate: IsolateGate): Promise<void> => {
  bench.say("sizes")
  const { bytes, entries, gzip } = gate.sizes
  bench.report("whole app, default runtime", "kB", kilo(bytes), { goal: { atMost: 2_000 } })
  bench.report("whole app, default runtime, gzip", "kB", kilo(gzip))
  bench.report("whole deploy, with `use node`", "kB", kilo(bytes + (await nodeBytes())))
  const floor = kilo(entries.find(({ entry }) => entry === "crons.js")?.bytes ?? Number.NaN)
  for (const { bytes: size, entry } of entries) {
    const goal = entry === "persistence.js" ? { goal: { atMost: 250 } } : {}
    bench.report(`${titles[entry] ?? entry}, with shared code`, "kB", kilo(size), { floor, ...goal })
  }
}

const imports = async (bench: Bench, gate: IsolateGate): Promise<void> => {
  bench.say("cold imports, each in a fresh process")
  const figures = await interleaved(9, {
    all: () => gate.coldImport(),
    http: () => gate.coldImport("http.js"),
    plain: () => gate.coldImport("persistence.js"),
    floor: () => gate.coldImport("crons.js")
  })
  const { floor } = figures
  bench.report("cold import, all entries", "ms", figures.all, { floor, goal: { atMost: 150 } })
  bench.report("cold import, HTTP actions", "ms", figures.http, { floor })
  bench.report("cold import, plain functions", "ms", figures.plain, { floor })
}

const runs = async (bench: Bench, runtime: Runtime): Promise<void> => {
  bench.say(`return 1 in the ${runtime}, in turn with /health`)
  const { client, health } = await startDeployment(bench, runtime)
  bench.report(`first execute, ${runtime}`, "ms", await timed(() => client.execute("return 1")))
  // Few rounds: the in-memory database reads its tables from end to end, and each run leaves some rows.
  const { floor, list, one } = await interleaved(
    60,
    {
      floor: () => timed(health),
      list: () => timed(() => client.listTools()),
      one: () => timed(() => client.execute("return 1"))
    },
    30
  )
  bench.report(`tools/list, ${runtime}`, "ms", list, { floor })
  const goal = { atMost: 15 }
  bench.report(`return 1, ${runtime}, p50`, "ms", one, { floor, goal })
  bench.report(`return 1, ${runtime}, p95`, "ms", quantile(one, 0.95), { floor: quantile(floor, 0.95) })
}

export const remote: Suite = {
  name: "remote",
  about: "the Convex app on a test double of Convex (no real backend): sizes, cold import, `return 1`",
  run: async (bench) => {
    const gate = await IsolateGate.open(functions)
    bench.defer(() => gate.close())
    await sizes(bench, gate)
    await imports(bench, gate)
    await runs(bench, "harness")
    await runs(bench, "isolate")
  }
}
