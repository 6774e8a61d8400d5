// Gate: the domain's rules decide and do nothing else. They import data and each other, and reach for no clock, chance
// or wire.
import { posix } from "node:path"
import { type Architecture, readArchitecture } from "./Architecture.ts"
import { packageName } from "./Imports.ts"
import { type Report, report, type Violation } from "./Report.ts"
import { type Import, importsOf, isUse, lineAt, type Module, type Node, parseFile, walk } from "./Syntax.ts"
import { filesBelow, isModule, isTest } from "./Workspace.ts"

type Pure = Architecture["pure"]

const checkEffectNames = (names: ReadonlyArray<string>, pure: Pure): ReadonlyArray<string> =>
  names
    .filter((name) => !pure.effect.includes(name))
    .map((name) => `${name} of effect is no data module: rules return values (Option, Result), services do the work`)

const checkRequest = (file: string, { names, specifier }: Import, pure: Pure): ReadonlyArray<string> => {
  if (specifier.startsWith(".")) {
    const target = posix.normalize(posix.join(posix.dirname(file), specifier))
    return target.startsWith(`${pure.folder}/`)
      ? []
      : [`${specifier} is outside ${pure.folder}: rules import only each other`]
  }
  if (specifier === "effect") {
    return names === undefined ? ["import the data modules of effect by name"] : checkEffectNames(names, pure)
  }
  if (specifier.startsWith("effect/")) return checkEffectNames([specifier.slice("effect/".length)], pure)
  return pure.packages.includes(packageName(specifier)) ? [] : [`rules may not import ${specifier}`]
}

/** Names of the surrounding world that a decision may not read. */
const impure = new Set(
  (
    "fetch process Buffer console crypto performance globalThis navigator setTimeout setInterval setImmediate " +
    "queueMicrotask WebSocket XMLHttpRequest EventSource localStorage sessionStorage indexedDB Deno Bun require eval Function"
  ).split(" ")
)

const memberText = (node: Node): string | undefined =>
  node.type === "MemberExpression" && node.object.type === "Identifier" && node.property.type === "Identifier"
    ? `${node.object.name}.${node.property.name}`
    : undefined

/** Uses of clock, chance and world in a module. */
const worldUses = ({ program, text }: Module): ReadonlyArray<{ readonly line: number; readonly message: string }> => {
  const found: Array<{ readonly line: number; readonly message: string }> = []
  const say = (node: Node, what: string): void =>
    void found.push({ line: lineAt(text, node.start), message: `${what} is not pure: take the value as an argument` })
  walk(program, (node, ancestors) => {
    const member = memberText(node)
    if (member === "Date.now" || member === "Math.random") say(node, member)
    if (node.type === "NewExpression" && node.callee.type === "Identifier" && node.callee.name === "Date") {
      if (node.arguments.length === 0) say(node, "new Date()")
    }
    if (node.type === "CallExpression" && node.callee.type === "Identifier" && node.callee.name === "Date")
      say(node, "Date()")
    if (node.type === "ImportExpression") say(node, "import()")
    if (node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node.await)) say(node, "await")
    if (node.type === "Identifier" && impure.has(node.name) && isUse(node, ancestors.at(-1))) say(node, node.name)
  })
  return found
}

/** Looks at every module below the pure folder. */
export const checkPurity = (root: string, { pure } = readArchitecture(root)): Report => {
  const files = filesBelow(root, pure.folder).filter((file) => isModule(file) && !isTest(file))
  const found = files.flatMap((file): ReadonlyArray<Violation> => {
    const module = parseFile(root, file)
    const requests = importsOf(module).flatMap((used) =>
      checkRequest(file, used, pure).map((message) => ({ file, line: used.line, message }))
    )
    return [...requests, ...worldUses(module).map((use) => ({ file, ...use }))]
  })
  return report("purity", "modules", files.length, found)
}
