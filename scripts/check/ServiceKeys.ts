// Gate: the key of a service is its path. Two services with one key would silently share one slot at run time.
import { type Report, report, type Violation } from "./Report.ts"
import { lineAt, literalText, type Module, type Node, parseFile, walk } from "./Syntax.ts"
import { type Package, packagesOf, sourcesOf } from "./Workspace.ts"

export interface KeyUse {
  readonly kind: "Service" | "Reference"
  readonly key: string | undefined
  readonly line: number
}

/** `Context.Service` or `Context.Reference`, also under the call `Context.Service<...>()`. */
const kindOf = (node: Node): KeyUse["kind"] | undefined => {
  if (node.type === "CallExpression") return node.arguments.length === 0 ? kindOf(node.callee) : undefined
  if (node.type !== "MemberExpression" || node.property.type !== "Identifier") return undefined
  const { name } = node.property
  const onContext = node.object.type === "Identifier" && node.object.name === "Context"
  return onContext && (name === "Service" || name === "Reference") ? name : undefined
}

/** The services and references that a module declares, with their keys. */
export const keysOf = ({ program, text }: Module): ReadonlyArray<KeyUse> => {
  const found: Array<KeyUse> = []
  walk(program, (node) => {
    if (node.type !== "CallExpression" || node.arguments.length === 0) return
    const kind = kindOf(node.callee)
    if (kind !== undefined) found.push({ kind, key: literalText(node.arguments[0]), line: lineAt(text, node.start) })
  })
  return found
}

/** The key that a module's service must have: `@executor-v2/<package folder>/<path without src and extension>`. */
export const expectedKey = (item: Package, file: string): string =>
  `@executor-v2/${item.short}/${file.slice(`${item.folder}/src/`.length).replace(/\.[a-z]+$/, "")}`

const judge = (use: KeyUse, expected: string): string | undefined => {
  if (use.key === undefined) return `the key of this ${use.kind.toLowerCase()} is not a plain text: write "${expected}"`
  if (use.key === expected) return undefined
  if (use.kind === "Reference" && use.key.startsWith(`${expected}/`)) return undefined
  return `the key "${use.key}" is not the module's path: write "${expected}"`
}

/** Looks at every service of the packages' sources. */
export const checkServiceKeys = (root: string): Report => {
  const seen = new Map<string, string>()
  const found: Array<Violation> = []
  let inspected = 0
  for (const item of packagesOf(root)) {
    for (const file of sourcesOf(root, item)) {
      for (const use of keysOf(parseFile(root, file))) {
        inspected += 1
        const message = judge(use, expectedKey(item, file))
        if (message !== undefined) found.push({ file, line: use.line, message })
        const other = use.key === undefined ? undefined : seen.get(use.key)
        if (other !== undefined) {
          found.push({
            file,
            line: use.line,
            message: `the key "${use.key}" is taken by ${other}: one module, one service`
          })
        }
        if (use.key !== undefined) seen.set(use.key, `${file}:${use.line}`)
      }
    }
  }
  return report("service keys", "services", inspected, found)
}
