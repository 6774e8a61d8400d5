// Gate: files and functions that fit a reader's head. What is larger stands in architecture.json with a reason, and
// only shrinks.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type Architecture, readArchitecture } from "./Architecture.ts"
import { type Report, report, type Violation } from "./Report.ts"
import { lineAt, type Module, type Node, parseFile, walk } from "./Syntax.ts"
import { filesBelow, isModule, isTest, packagesOf, sourcesOf } from "./Workspace.ts"

/** One thing with a size: a file, or a function in it. */
export interface Measured {
  /** `path` or `path#name`. */
  readonly of: string
  readonly file: string
  readonly line?: number
  readonly lines: number
  readonly kind: "file" | "function" | "make"
}

/** The name that a function gets from what surrounds it: the constant, property or method that it is the value of. */
const nameAround = (ancestors: ReadonlyArray<Node>): string | undefined => {
  for (const node of ancestors.toReversed()) {
    switch (node.type) {
      case "VariableDeclarator":
        return node.id.type === "Identifier" ? node.id.name : undefined
      case "Property":
      case "PropertyDefinition":
      case "MethodDefinition":
        return node.key.type === "Identifier" ? node.key.name : undefined
      case "CallExpression":
      case "TSAsExpression":
      case "TSSatisfiesExpression":
      case "AwaitExpression":
      case "YieldExpression":
      case "MemberExpression":
        break
      default:
        return undefined
    }
  }
  return undefined
}

/** `make`, `makeX`, `layer`, `layerX`: they hold the methods of a service. */
const isMake = (name: string | undefined): boolean => name !== undefined && /^(make|layer)([A-Z]|$)/.test(name)

/** Every function of a module with its length. */
export const functionsOf = (module: Module): ReadonlyArray<Measured> => {
  const found: Array<Measured> = []
  walk(module.program, (node, ancestors) => {
    const isFunction =
      node.type === "FunctionDeclaration" ||
      node.type === "FunctionExpression" ||
      node.type === "ArrowFunctionExpression"
    if (!isFunction) return
    const line = lineAt(module.text, node.start)
    const name = ("id" in node && node.id?.type === "Identifier" ? node.id.name : undefined) ?? nameAround(ancestors)
    found.push({
      of: `${module.file}#${name ?? "anonymous"}`,
      file: module.file,
      line,
      lines: lineAt(module.text, node.end - 1) - line + 1,
      kind: isMake(name) ? "make" : "function"
    })
  })
  return found
}

const linesOf = (text: string): number => text.split("\n").length - (text.endsWith("\n") ? 1 : 0)

const advice: Record<Measured["kind"], string> = {
  file: "split it by concept",
  function: "take a step out and give it a name",
  make: "move methods out of it"
}

/** The files that the rule holds for: product code, bench, end-to-end support and scripts; tests are exempt. */
const measuredFiles = (root: string): ReadonlyArray<string> => [
  ...packagesOf(root).flatMap((item) => sourcesOf(root, item)),
  ...filesBelow(root, "scripts").filter((file) => isModule(file) && !isTest(file))
]

const judge = (thing: Measured, { exceptions, ...limits }: Architecture["sizes"]): ReadonlyArray<Violation> => {
  const limit = limits[thing.kind]
  const exception = exceptions.find((item) => item.of === thing.of)
  const allowed = Math.max(limit, exception?.lines ?? 0)
  if (thing.lines <= allowed) return []
  const what = thing.kind === "file" ? "the file" : (thing.of.split("#")[1] ?? "a function")
  return [
    {
      file: thing.file,
      line: thing.line,
      message: `${what} has ${thing.lines} lines, at most ${allowed}: ${advice[thing.kind]}`
    }
  ]
}

/** Exceptions that are no longer needed, or that allow more than is used: the list may only shrink. */
const staleExceptions = (things: ReadonlyArray<Measured>, sizes: Architecture["sizes"]): ReadonlyArray<Violation> =>
  sizes.exceptions.flatMap(({ lines, of, reason }) => {
    const say = (message: string): ReadonlyArray<Violation> => [
      { file: "architecture.json", message: `sizes.exceptions: ${of} ${message}` }
    ]
    const largest = Math.max(...things.filter((thing) => thing.of === of).map((thing) => thing.lines))
    const kind = things.find((thing) => thing.of === of)?.kind
    if (kind === undefined) return say("names nothing that exists: remove it")
    if (reason.trim() === "") return say("gives no reason")
    if (largest <= sizes[kind]) return say(`is within the limit now (${largest} lines): remove it`)
    return largest < lines ? say(`has ${largest} lines now: lower the exception to that`) : []
  })

/** Measures the repository below `root`. */
export const checkSizes = (root: string, { sizes } = readArchitecture(root)): Report => {
  const files = measuredFiles(root)
  const things = files.flatMap((file) => {
    const whole: Measured = { of: file, file, lines: linesOf(readFileSync(join(root, file), "utf8")), kind: "file" }
    const suite = sizes.suites.some((folder) => file.startsWith(folder))
    return suite ? [whole] : [whole, ...functionsOf(parseFile(root, file))]
  })
  const found = things.flatMap((thing) => judge(thing, sizes))
  return report("sizes", "files", files.length, [...found, ...staleExceptions(things, sizes)])
}
