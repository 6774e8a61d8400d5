// From a fresh clone with any Node of 18 or later to a running task: finds or fetches Node and pnpm, installs, builds,
// runs.
//   node scripts/bootstrap.mjs TASK [ARGS]
// It has no dependency, says what it does on stderr only, and costs a few dozen milliseconds when there is nothing to
// do.
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build, built, bundleEntry } from "./bootstrap/Build.mjs"
import { personEnvironment } from "./bootstrap/Environment.mjs"
import { install, installed, installStamp } from "./bootstrap/Install.mjs"
import { locked } from "./bootstrap/Lock.mjs"
import { Stop } from "./bootstrap/Report.mjs"
import { become } from "./bootstrap/Run.mjs"
import { fetchTools, locateTools, toolPath, toolsFolder } from "./bootstrap/Tools.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * Tasks, what each needs first, and what it runs under our Node. `person`: in the caller's own environment and folder.
 * @type {Record<string, { needs: readonly string[], person?: boolean, run?: () => string[] }>}
 */
const tasks = {
  setup: { needs: ["install"] },
  build: { needs: ["install", "build"] },
  start: { needs: ["install", "build"], person: true, run: () => [bundleEntry(root), "demo"] },
  executor: { needs: ["install", "build"], person: true, run: () => [bundleEntry(root)] },
  test: { needs: ["install", "build"], run: () => [join(root, "scripts/tasks/test.ts")] },
  check: { needs: ["install"], run: () => [join(root, "scripts/tasks/check.ts")] },
  format: { needs: ["install"], run: () => [join(root, "scripts/tasks/format.ts")] },
  bench: { needs: ["install", "build"], run: () => [join(root, "scripts/tasks/bench.ts")] },
  "e2e:agents": { needs: ["install", "build"], run: () => [join(root, "scripts/tasks/agents.ts")] },
  pnpm: { needs: [], run: () => [locateTools(root).pnpm] }
}

/** Brings the checkout to what the task needs and returns the Node to run it with. @param {readonly string[]} needs */
const prepare = async (needs) => {
  const tools = locateTools(root)
  const ready = () =>
    locateTools(root).missing.length === 0 &&
    (!needs.includes("install") || installed(root, installStamp(root, tools.node))) &&
    (!needs.includes("build") || built(root))
  if (!ready()) {
    await locked(toolsFolder(root), async () => {
      await fetchTools(root)
      const env = toolPath(root, tools)
      if (needs.includes("install")) await install(root, tools, env)
      if (needs.includes("build")) await build(root, tools.node, env)
    })
  }
  return { node: tools.node, env: toolPath(root, tools) }
}

/** Where the person stands: npm moves scripts to the folder of package.json and notes the original one. */
const personFolder = () => {
  const noted = process.env["npm_lifecycle_event"] === undefined ? undefined : process.env["INIT_CWD"]
  return noted !== undefined && existsSync(noted) ? noted : process.cwd()
}

const main = async () => {
  if (Number(process.versions.node.split(".")[0]) < 18) {
    throw new Stop(`Node ${process.version} is too old to begin with`, "Install Node 20 or later, then run it again.")
  }
  const [name = "setup", ...args] = process.argv.slice(2)
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined
  if (task === undefined) throw new Stop(`there is no task ${name}`, `Tasks: ${Object.keys(tasks).join(", ")}.`)
  const { node, env } = await prepare(task.needs)
  if (task.run === undefined) return
  const person = task.person === true
  await become(node, [...task.run(), ...args], {
    cwd: person ? personFolder() : root,
    env: person ? personEnvironment(process.env) : env
  })
}

main().catch((error) => {
  if (!(error instanceof Stop)) throw error
  process.stderr.write(`bootstrap: ${error.message}\n${error.next === undefined ? "" : `\n${error.next}\n`}`)
  process.exitCode = 1
})
