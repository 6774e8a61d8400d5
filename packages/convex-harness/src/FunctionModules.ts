// Makes the modules of a functions folder runnable here: bundled as a deploy would, but with names kept and with the
// globals of their runtime in place of Node's.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { GenericSchema, SchemaDefinition } from "convex/server"
import type { Clock } from "./Clock.ts"
import { bundleFunctions } from "./FunctionBundle.ts"
import { findFunctionFiles } from "./FunctionFiles.ts"
import { addFromBase64, realmNames, realmOf } from "./Runtime.ts"

/** An evaluated module: its exports by name. */
export type FunctionModule = Readonly<Record<string, unknown>>

/** The functions of a deployment. */
export interface FunctionModules {
  /** By path without extension: `http`, `nested/tasks`. */
  readonly modules: ReadonlyMap<string, () => Promise<FunctionModule>>
  /** Paths of the modules that say "use node". */
  readonly node: ReadonlySet<string>
  readonly schema: SchemaDefinition<GenericSchema, boolean> | undefined
  /** Removes what loading has left on disk. */
  readonly dispose: () => Promise<void>
}

let realms = 0

/** Bundles and loads `folder` for `environment`. */
export async function loadFunctions(
  folder: string,
  environment: Readonly<Record<string, string>>,
  clock: Clock
): Promise<FunctionModules> {
  addFromBase64()
  const files = findFunctionFiles(folder)
  const root = await mkdtemp(join(tmpdir(), "convex-functions-"))
  const realmed = async (entries: ReadonlyArray<string>, runtime: "isolate" | "node") => {
    realms += 1
    const realm = `__convexRealm${realms}`
    Object.defineProperty(globalThis, realm, { value: realmOf(environment, clock, runtime), configurable: true })
    const names = runtime === "isolate" ? realmNames : ["process", "setTimeout", "setInterval", "fetch", "Date"]
    const define = Object.fromEntries(names.map((name) => [name, `${realm}.${name}`]))
    return load(join(root, runtime), folder, entries, runtime, { ...define, globalThis: realm })
  }
  const schemas = files.schema === undefined ? [] : [files.schema]
  const isolate = await realmed([...files.isolate, ...schemas], "isolate")
  const node = files.node.length === 0 ? new Map<string, FunctionModule>() : await realmed(files.node, "node")
  const schema = isolate.get("schema")?.["default"] as FunctionModules["schema"]
  isolate.delete("schema")
  return {
    modules: new Map([...isolate, ...node].map(([path, module]) => [path, () => Promise.resolve(module)])),
    node: new Set(node.keys()),
    schema,
    dispose: () => rm(root, { recursive: true, force: true })
  }
}

async function load(
  target: string,
  folder: string,
  entries: ReadonlyArray<string>,
  runtime: "isolate" | "node",
  define: Record<string, string>
): Promise<Map<string, FunctionModule>> {
  const bundle = await bundleFunctions(folder, entries, runtime === "isolate" ? "browser" : "node", {
    define,
    minifyIdentifiers: false,
    minifySyntax: false,
    sourcemap: "inline",
    ...(runtime === "node" ? { banner: { js: requireForNode } } : {})
  })
  await mkdir(target, { recursive: true })
  await writeFile(join(target, "package.json"), '{ "type": "module" }')
  for (const file of bundle.files) {
    await mkdir(dirname(join(target, file.path)), { recursive: true })
    await writeFile(join(target, file.path), file.code)
  }
  // `require` loads the files as they are: a test runner that transforms imports must not see them.
  const require = createRequire(import.meta.url)
  const entryFiles = bundle.files.filter((file) => !file.path.startsWith("_deps/"))
  return new Map(
    entryFiles.map((file) => [withoutExtension(file.path), require(join(target, file.path)) as FunctionModule])
  )
}

const requireForNode = `import { createRequire as __createRequire } from "node:module"
const require = __createRequire(import.meta.url)`

/** A module map as convex-test takes it (`/convex/http.ts` → import), without what is generated and without the schema. */
export function modulesOfMap(map: Readonly<Record<string, () => Promise<unknown>>>): FunctionModules["modules"] {
  const generated = Object.keys(map).find((path) => path.includes("_generated"))
  if (generated === undefined)
    throw new Error("the module map has no path with _generated in it: run convex codegen first")
  const prefix = generated.slice(0, generated.indexOf("_generated"))
  const own = Object.entries(map).filter(([path]) => path.startsWith(prefix) && !path.includes("_generated"))
  return new Map(
    own.map(([path, load]) => [
      withoutExtension(path.slice(prefix.length)),
      async () => (await load()) as FunctionModule
    ])
  )
}

function withoutExtension(path: string): string {
  return path.replace(/\.[^.]+$/, "")
}
