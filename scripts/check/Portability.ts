// Gate: the main entries that other hosts bundle (Convex among them) run without Node. They are bundled here as such a
// host does it, and the bundle may hold no Node module, no native addon and no code made from text.
import { existsSync } from "node:fs"
import { builtinModules } from "node:module"
import { join } from "node:path"
import { build, type BuildFailure, type Metafile, type Plugin } from "esbuild"
import { type Architecture, readArchitecture } from "./Architecture.ts"
import { packageName } from "./Imports.ts"
import { type Report, report, type Violation } from "./Report.ts"
import { isUse, lineAt, type Node, parseFile, parseText, walk } from "./Syntax.ts"
import { packagesOf } from "./Workspace.ts"

type Portable = Architecture["portable"]

/** A module request that the host cannot serve. */
interface Refused {
  readonly specifier: string
  readonly importer: string
}

/** Hosts of this kind provide AsyncLocalStorage under this name. */
const provided = new Set(["async_hooks", "node:async_hooks"])
const builtins = new Set(builtinModules)

/** Notes requests for Node's modules and native addons, and lets the build go on without them. */
const refuseNode = (root: string, refused: Array<Refused>): Plugin => ({
  name: "refuse-node",
  setup: (context) => {
    context.onResolve({ filter: /^[^./]|\.node$/ }, async (request) => {
      const { importer, path: specifier } = request
      if (provided.has(specifier)) return { path: specifier, external: true }
      const note = () => {
        refused.push({ specifier, importer: importer.slice(root.length + 1) })
        return { path: specifier, external: true }
      }
      if (specifier.startsWith("node:") || specifier.endsWith(".node")) return note()
      if (!builtins.has(specifier) || request.pluginData === "second") return undefined
      // `events`, `buffer` … may be installed as packages; only when they are not, Node's own is meant.
      const { kind, namespace, resolveDir } = request
      const { errors } = await context.resolve(specifier, {
        importer,
        kind,
        namespace,
        resolveDir,
        pluginData: "second"
      })
      return errors.length === 0 ? undefined : note()
    })
  }
})

const bundle = (root: string, entries: ReadonlyArray<string>, refused: Array<Refused>) =>
  build({
    absWorkingDir: root,
    entryPoints: [...entries],
    plugins: [refuseNode(root, refused)],
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    outdir: "out",
    platform: "browser",
    format: "esm",
    target: "esnext",
    conditions: ["convex", "module"],
    minifySyntax: true,
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "silent"
  })

/** The installed package that a file belongs to; undefined for our own files. */
const installedPackage = (file: string): string | undefined => {
  const at = file.lastIndexOf("node_modules/")
  return at === -1 ? undefined : packageName(file.slice(at + "node_modules/".length))
}

/** How a file is reached from an entry: the shortest chain of imports. */
const chainTo = (inputs: Metafile["inputs"], entries: ReadonlyArray<string>, target: string): ReadonlyArray<string> => {
  const cameFrom = new Map<string, string>()
  const queue = [...entries]
  for (let file = queue.shift(); file !== undefined && file !== target; file = queue.shift()) {
    for (const { path } of inputs[file]?.imports ?? []) {
      if (cameFrom.has(path) || entries.includes(path)) continue
      cameFrom.set(path, file)
      queue.push(path)
    }
  }
  const chain = [target]
  for (let file = cameFrom.get(target); file !== undefined; file = cameFrom.get(file)) chain.unshift(file)
  return chain
}

const short = (file: string): string => file.replace(/^.*node_modules\//, "")

/** Which input each stretch of a bundle comes from, read from the comments that the bundler leaves. */
const ownersOf = (text: string, inputs: Metafile["inputs"]): ((offset: number) => string) => {
  const marks: Array<{ readonly at: number; readonly file: string }> = []
  for (const match of text.matchAll(/^\s*\/\/ (.+)$/gm)) {
    const file = match[1] ?? ""
    if (inputs[file] !== undefined) marks.push({ at: match.index, file })
  }
  return (offset) => marks.findLast((mark) => mark.at <= offset)?.file ?? "unknown"
}

/** `eval`, and `Function` used as a value: calling it makes code from text. */
const makesCode = (node: Node, parent: Node | undefined): boolean => {
  if (node.type !== "Identifier" || !isUse(node, parent)) return false
  if (node.name === "eval") return true
  const harmless =
    parent?.type === "MemberExpression" || (parent?.type === "BinaryExpression" && parent.operator === "instanceof")
  return node.name === "Function" && !harmless
}

/** The inputs whose bundled code can make code from text. */
const codeMakers = (text: string, inputs: Metafile["inputs"]): ReadonlySet<string> => {
  const ownerOf = ownersOf(text, inputs)
  const found = new Set<string>()
  if (!/\b(eval|Function)\b/.test(text)) return found
  walk(parseText("bundle.js", text).program, (node, ancestors) => {
    if (makesCode(node, ancestors.at(-1))) found.add(ownerOf(node.start))
  })
  return found
}

const nodeGlobals = new Set(["Buffer", "process", "__dirname", "__filename", "require", "setImmediate"])

/** Globals of Node in one of our own modules, which is reached by a portable entry. */
const globalsIn = (root: string, file: string): ReadonlyArray<Violation> => {
  const module = parseFile(root, file)
  const found: Array<Violation> = []
  walk(module.program, (node, ancestors) => {
    if (node.type !== "Identifier" || !nodeGlobals.has(node.name) || !isUse(node, ancestors.at(-1))) return
    const message = `${node.name} exists only in Node: use a web API, or move this to a module with an entry of its own`
    found.push({ file, line: lineAt(module.text, node.start), message })
  })
  return found
}

/** Names of the allow-lists that nothing needs any more. */
const staleNames = (portable: Portable, used: ReadonlySet<string>): ReadonlyArray<Violation> =>
  (["evalAllowed", "nodeAllowed"] as const).flatMap((list) =>
    Object.entries(portable[list]).flatMap(([name, reason]) => {
      const message = used.has(`${list}:${name}`)
        ? reason.trim() === ""
          ? "gives no reason"
          : undefined
        : "is no longer needed: remove it"
      return message === undefined
        ? []
        : [{ file: "architecture.json", message: `portable.${list}: ${name} ${message}` }]
    })
  )

interface Finding {
  readonly list: "evalAllowed" | "nodeAllowed"
  readonly file: string
  readonly what: string
}

const judge = (
  root: string,
  entries: ReadonlyArray<string>,
  portable: Portable,
  inputs: Metafile["inputs"],
  findings: ReadonlyArray<Finding>
): ReadonlyArray<Violation> => {
  const used = new Set<string>()
  const violations = findings.flatMap(({ file, list, what }): ReadonlyArray<Violation> => {
    const owner = installedPackage(file)
    if (owner !== undefined) used.add(`${list}:${owner}`)
    if (owner !== undefined && portable[list][owner] !== undefined) return []
    const chain = chainTo(inputs, entries, file)
    const nearest = chain.findLast((step) => installedPackage(step) === undefined) ?? file
    return [{ file: nearest, message: `${what}; the chain: ${chain.map(short).join(" → ")}` }]
  })
  const own = Object.keys(inputs).filter((file) => installedPackage(file) === undefined && /\.[mc]?tsx?$/.test(file))
  return [...violations, ...own.flatMap((file) => globalsIn(root, file)), ...staleNames(portable, used)]
}

/** Bundles the main entries of the portable packages, and the further ones, and looks at what came out. */
export const checkPortability = async (root: string, { portable } = readArchitecture(root)): Promise<Report> => {
  const name = "portability"
  const folders = packagesOf(root).filter((item) => portable.packages.includes(item.short))
  const entries = [...folders.map((item) => `${item.folder}/src/index.ts`), ...(portable.entries ?? [])]
  const absent = [
    ...portable.packages
      .filter((wanted) => !folders.some((item) => item.short === wanted))
      .map((wanted) => ({ file: "architecture.json", message: `portable.packages: there is no package ${wanted}` })),
    ...entries
      .filter((file) => !existsSync(join(root, file)))
      .map((file) => ({ file, message: "the entry is missing" }))
  ]
  const present = entries.filter((file) => existsSync(join(root, file)))
  if (present.length === 0) return report(name, "bundled modules", 0, absent)
  const refused: Array<Refused> = []
  try {
    const { metafile, outputFiles } = await bundle(root, present, refused)
    const makers = outputFiles.flatMap((file) => [...codeMakers(file.text, metafile.inputs)])
    const findings: ReadonlyArray<Finding> = [
      ...refused.map(({ importer, specifier }) => ({
        list: "nodeAllowed" as const,
        file: importer,
        what: `${specifier} is imported`
      })),
      ...[...new Set(makers)].map((file) => ({
        list: "evalAllowed" as const,
        file,
        what: "code is made from text (eval, Function)"
      }))
    ]
    const found = judge(root, present, portable, metafile.inputs, findings)
    return report(name, "bundled modules", Object.keys(metafile.inputs).length, [...absent, ...found])
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>
    if (errors === undefined) throw error
    const found = errors.map(({ location, text }) => ({
      file: location?.file ?? ".",
      line: location?.line,
      message: text
    }))
    return report(name, "bundled modules", present.length, [...absent, ...found])
  }
}
