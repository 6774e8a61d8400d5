// Loads deployed bundles into a `vm` context that has only the default runtime's globals and makes no code from strings.
// The class is there only under a flag, so it is looked up on the module when it is needed.
import vm from "node:vm"
import type { Context, Module, SourceTextModule } from "node:vm"
import { posix } from "node:path"
import type { Clock } from "../Clock.ts"
import { FunctionCall } from "../FunctionCall.ts"
import { bundleFunctions } from "../FunctionBundle.ts"
import type { BundledFile, FunctionBundle } from "../FunctionBundle.ts"
import { findFunctionFiles } from "../FunctionFiles.ts"
import { loadFunctions } from "../FunctionModules.ts"
import type { FunctionModule, FunctionModules } from "../FunctionModules.ts"
import { isolateGlobals } from "./Globals.ts"

/** What Node must be started with. */
export const isolateFlags = [
  "--js-base-64",
  "--experimental-vm-modules",
  "--disallow-code-generation-from-strings"
] as const

/** One context with the files of a bundle, each evaluated when it is first imported. */
export class Isolate {
  readonly #context: Context
  readonly #files: ReadonlyMap<string, string>
  readonly #modules = new Map<string, SourceTextModule>()

  constructor(files: ReadonlyArray<BundledFile>, environment: Readonly<Record<string, string>>, clock: Clock) {
    if ((vm.SourceTextModule as unknown) === undefined) throw new Error(`start node with ${isolateFlags.join(" ")}`)
    const globals = isolateGlobals(environment, clock)
    globals["self"] = globals
    this.#context = vm.createContext(globals, { codeGeneration: { strings: false, wasm: true } })
    this.#files = new Map(files.map((file) => [file.path, file.code]))
  }

  /** Imports `http.js` and what it needs. Throws what its top level throws. */
  async import(path: string): Promise<FunctionModule> {
    const module = this.#module(path)
    if (module.status === "unlinked") await module.link((specifier, from) => this.#resolve(specifier, from))
    await module.evaluate()
    return module.namespace as FunctionModule
  }

  #resolve(specifier: string, from: Module): SourceTextModule {
    return this.#module(posix.join(posix.dirname(from.identifier), specifier))
  }

  #module(path: string): SourceTextModule {
    const known = this.#modules.get(path)
    if (known !== undefined) return known
    const code = this.#files.get(path)
    if (code === undefined) throw new Error(`the bundle has no ${path}`)
    const module = new vm.SourceTextModule(code, {
      context: this.#context,
      identifier: path,
      importModuleDynamically: async (specifier: string, from: Module) => {
        if (FunctionCall.current()?.transaction === true) {
          throw new TypeError("dynamic module import unsupported in queries and mutations")
        }
        const target = this.#resolve(specifier, from)
        await this.import(target.identifier)
        return target
      }
    } as ConstructorParameters<typeof vm.SourceTextModule>[1])
    this.#modules.set(path, module)
    return module
  }
}

/** The default runtime's part of a deploy, and where its entries are. */
export async function bundleForIsolate(
  folder: string
): Promise<FunctionBundle & { readonly entries: ReadonlyArray<string> }> {
  const bundle = await bundleFunctions(folder, findFunctionFiles(folder).isolate, "browser")
  const entries = bundle.files.map((file) => file.path).filter((path) => !path.startsWith("_deps/"))
  return { ...bundle, entries }
}

/** The functions of `folder` for a deployment, those of the default runtime in one isolate; "use node" ones are Node's. */
export async function loadIsolated(
  folder: string,
  environment: Readonly<Record<string, string>>,
  clock: Clock
): Promise<FunctionModules> {
  const [bundle, native] = [await bundleForIsolate(folder), await loadFunctions(folder, environment, clock)]
  const isolate = new Isolate(bundle.files, environment, clock)
  const isolated = bundle.entries.map((path) => [path.replace(/\.js$/, ""), () => isolate.import(path)] as const)
  const node = [...native.modules].filter(([path]) => native.node.has(path))
  return { ...native, modules: new Map([...isolated, ...node]) }
}
