// One agent from its installation to its last words, in a temporary folder that is gone afterwards.
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { startModel, type Model } from "./Model.ts"
import type { RealAgent } from "./RealAgent.ts"

const bundle = fileURLToPath(new URL("../../../apps/cli/bundle/executor.mjs", import.meta.url))

/** What is read here of a run in `executor runs list --json`. */
interface Run {
  readonly status: string
  readonly actor: { readonly kind: string; readonly client?: string }
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly output: string
}

const patienceMs = 180_000

const run = (program: string, args: ReadonlyArray<string>, cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: patienceMs })
    let stdout = ""
    let output = ""
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString()
      output += chunk.toString()
    })
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, stdout, output }))
  })

const expect = (holds: boolean, otherwise: string): void => {
  if (!holds) throw new Error(otherwise)
}

/** The folder of the first program of that name on the PATH. */
const folderOf = (program: string): string =>
  (process.env["PATH"] ?? "").split(delimiter).find((folder) => existsSync(join(folder, program))) ?? ""

/** Where everything of one drive lies, and the environment in which it happens. */
const setting = (folder: string) => {
  const [home, work, person] = ["home", "work", "person"].map((name) => join(folder, name)) as [string, string, string]
  for (const each of [work, person]) mkdirSync(each)
  const bin = join(folder, "node_modules", ".bin")
  const path = [bin, dirname(process.execPath), folderOf("npm"), "/usr/bin", "/bin"].join(delimiter)
  const env = { PATH: path, HOME: person, EXECUTOR_HOME: home, EXECUTOR_PORT: "0", TERM: "dumb", LANG: "C.UTF-8" }
  return { home, work, person, env }
}

const install = async (agent: RealAgent, folder: string): Promise<void> => {
  const npm = join(folderOf("npm"), "npm")
  const flags = ["--no-save", "--no-audit", "--no-fund", "--loglevel=error"]
  const env = { ...process.env, PATH: `${folderOf("npm")}${delimiter}${process.env["PATH"]}` }
  const { code, output } = await run(
    npm,
    ["install", "--prefix", folder, ...flags, `${agent.pkg}@${agent.version}`],
    folder,
    env
  )
  expect(code === 0, `it could not be installed from the npm registry:\n${output.slice(-2_000)}`)
}

/** What the model saw, and how the launch ended. */
const check = (agent: RealAgent, model: Model, marker: string, ended: Ended): ReadonlyArray<string> => {
  const { turns } = model
  expect(
    turns.length > 0,
    `it never offered ${agent.tool}; offered: ${model.offered().join(", ")}\n${ended.output.slice(-3_000)}`
  )
  const results = turns.at(-1)?.results ?? []
  expect(results.length > 0, `it offered ${agent.tool} and never called it\n${ended.output.slice(-3_000)}`)
  expect(
    results.some((text) => text.includes(marker)),
    `the result of execute did not reach its model: ${results.join("\n").slice(0, 1_000)}`
  )
  expect(ended.code === 0, `it ended with ${ended.code}\n${ended.output.slice(-3_000)}`)
  expect(ended.stdout.includes("the last words"), `its last words are missing:\n${ended.output.slice(-3_000)}`)
  return [`${agent.tool} was offered, called, and its result read by the model`, "the launch ended as the agent ended"]
}

/** Installs the agent, lets it work, and says what was seen. Throws with what was not. */
export const drive = async (agent: RealAgent): Promise<ReadonlyArray<string>> => {
  const folder = mkdtempSync(join(tmpdir(), `executor-agent-${agent.name}-`))
  const { env, home, person, work } = setting(folder)
  const executor = (...args: ReadonlyArray<string>) => run(process.execPath, [bundle, ...args], work, env)
  const marker = `answer-${Math.random().toString(36).slice(2)}`
  const [head = "", ...tail] = marker.split("-")
  // The marker is put together by the code, so that only a real run can have made it.
  const model = await startModel(
    agent,
    `return [${JSON.stringify(head)}, ${JSON.stringify(tail.join("-"))}].join("-")`,
    "the last words"
  )
  try {
    await install(agent, folder)
    for (const [file, text] of Object.entries(agent.own)) {
      mkdirSync(dirname(join(person, file)), { recursive: true })
      writeFileSync(join(person, file), text)
    }
    const { args, env: more } = agent.headless(model.url, "call the tool and report what it says")
    const started = performance.now()
    const ended = await run(process.execPath, [bundle, agent.name, "--", ...args], work, { ...env, ...more })
    const seconds = ((performance.now() - started) / 1_000).toFixed(1)
    const seen = check(agent, model, marker, ended)

    const runs = JSON.parse((await executor("runs", "list", "--json")).stdout) as ReadonlyArray<Run>
    const [first] = runs
    expect(
      runs.length === 1 && first?.status === "completed",
      `the journal holds ${JSON.stringify(runs.map(({ status }) => status))}`
    )
    expect(first?.actor.kind === "agent", `the run is by ${first?.actor.kind}`)
    expect(first?.actor.client?.startsWith(agent.client) === true, `the run is by ${first?.actor.client}`)
    for (const [file, text] of Object.entries(agent.own)) {
      expect(readFileSync(join(person, file), "utf8") === text, `it changed the user's ${file}`)
    }
    expect(readdirSync(join(home, "launch")).length === 0, "the configuration of the launch was left behind")
    return [
      ...seen,
      `the journal has the run, by ${first?.actor.client}`,
      "the user's own settings are as they were",
      `took ${seconds} s`
    ]
  } finally {
    model.close()
    await executor("pm", "stop")
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
