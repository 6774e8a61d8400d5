// Which files of a functions folder are deployed, and in which runtime: the rules of the Convex command line.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { basename, join, relative, sep } from "node:path"

/** The deployed files of a folder, as absolute paths. */
export interface FunctionFiles {
  /** Files for the default runtime. */
  readonly isolate: ReadonlyArray<string>
  /** Files that begin with "use node". */
  readonly node: ReadonlyArray<string>
  /** `schema.ts`, which is deployed apart from the functions. */
  readonly schema: string | undefined
}

const extensions = [".js", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".jsx"]
const alwaysIsolate = /^(http|crons|schema|auth\.config)\.[^.]+$/
/** The directive counts only before the first statement; comments may stand in front of it. */
const useNode = /^\s*(?:(?:\/\/[^\n]*|\/\*[\s\S]*?\*\/)\s*)*["']use node["']/

/**
 * Finds what a deploy of `folder` would send.
 * @throws Error when a file that must be in the default runtime says "use node", or the folder has no functions.
 */
export function findFunctionFiles(folder: string): FunctionFiles {
  const isolate: Array<string> = []
  const node: Array<string> = []
  for (const file of walk(folder)) {
    const path = relative(folder, file)
    if (!isEntry(path)) continue
    const text = readFileSync(file, "utf8")
    if (/\.[mc]?tsx?$/.test(path) && !/^\s{0,100}(import|export)/m.test(text)) continue
    if (!useNode.test(text)) isolate.push(file)
    else if (alwaysIsolate.test(path))
      throw new Error(`"use node" is not allowed in ${path}: it must be in the default runtime`)
    else node.push(file)
  }
  if (isolate.length + node.length === 0) throw new Error(`no Convex functions in ${folder}`)
  const schema = ["schema.ts", "schema.js"].map((name) => join(folder, name)).find((file) => existsSync(file))
  return { isolate, node, schema }
}

function isEntry(path: string): boolean {
  const base = basename(path)
  return (
    extensions.some((extension) => path.endsWith(extension)) &&
    !path.startsWith(`_generated${sep}`) &&
    !base.startsWith(".") &&
    !base.startsWith("#") &&
    !/^schema\.[jt]s$/.test(base) &&
    base.split(".").length === 2 &&
    !path.includes(" ")
  )
}

function* walk(folder: string): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const path = join(folder, entry.name)
    // A folder with a convex.config.ts of its own is a component, deployed by itself.
    if (entry.isDirectory() && !existsSync(join(path, "convex.config.ts"))) yield* walk(path)
    else if (entry.isFile()) yield path
  }
}
