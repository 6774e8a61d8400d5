// The real parts of the demo: found beside the program, or fetched from the registry into the demo's folder.
import spawn from "cross-spawn"
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const everything = { name: "@modelcontextprotocol/server-everything", version: "2026.8.31" }
const github = { name: "@octokit/openapi", version: "23.0.2" }

export interface Parts {
  /** Program of the official MCP test server. */
  readonly everything: string
  /** GitHub's REST description, 13 MB. */
  readonly github: string
}

const resolveFrom = (base: string): Parts | undefined => {
  const require = createRequire(base)
  try {
    return {
      everything: require.resolve(`${everything.name}/dist/index.js`),
      github: join(dirname(require.resolve(github.name)), "generated", "api.github.com.json")
    }
  } catch {
    return undefined
  }
}

/** The npm beside this Node, else the one on the PATH: a fetched Node has none of its own. */
const npmCommand = (): readonly [string, ...Array<string>] => {
  const own = join(dirname(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js")
  return existsSync(own) ? [process.execPath, own] : ["npm"]
}

const install = (folder: string, packages: ReadonlyArray<string>, cut: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const [program, ...first] = npmCommand()
    const flags = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    const child = spawn(program, [...first, "install", "--prefix", folder, ...flags, ...packages], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      signal: cut
    })
    let said = ""
    child.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2_000)
    })
    const failed = (why: string) =>
      reject(new Error(`the demo's parts (${packages.join(", ")}) could not be downloaded with npm: ${why}`))
    child.once("error", (error) => failed(error.message))
    child.once("close", (code) => (code === 0 ? resolve() : failed(said.trim() || `it ended with status ${code}`)))
  })

/** `fetching` is told when something must be downloaded; `cut` ends that. */
export const findParts = async (folder: string, fetching: () => void, cut: AbortSignal): Promise<Parts> => {
  const here = resolveFrom(import.meta.url)
  if (here !== undefined) return here
  fetching()
  const packages = [everything, github].map(({ name, version }) => `${name}@${version}`)
  await install(folder, packages, cut)
  const fetched = resolveFrom(join(folder, "package.json"))
  if (fetched === undefined)
    throw new Error(`npm installed ${packages.join(" and ")} in ${folder}, and they cannot be found there`)
  return fetched
}
