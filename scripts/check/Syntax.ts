// Reading TypeScript: a parsed module, a walk over its nodes with their ancestors, and line numbers.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type Node, type Program, parseSync } from "oxc-parser"

export type { Node }

export interface Module {
  /** Path from the root. */
  readonly file: string
  readonly text: string
  readonly program: Program
  readonly comments: ReadonlyArray<{ readonly start: number; readonly end: number; readonly value: string }>
  readonly errors: ReadonlyArray<string>
}

export const parseText = (file: string, text: string): Module => {
  const { program, comments, errors } = parseSync(file, text, { preserveParens: false })
  return { file, text, program, comments, errors: errors.map((error) => error.message) }
}

const parsed = new Map<string, Module>()

/** Parses a file of the repository; gates ask for the same file many times, so the last reading is kept. */
export const parseFile = (root: string, file: string): Module => {
  const text = readFileSync(join(root, file), "utf8")
  const key = join(root, file)
  const known = parsed.get(key)
  if (known !== undefined && known.text === text) return known
  const module = parseText(file, text)
  parsed.set(key, module)
  return module
}

/** The line of an offset, counted from 1. */
export const lineAt = (text: string, offset: number): number => {
  let line = 1
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1
  return line
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"

/** The nodes directly below a node, in source order. */
export const childrenOf = (node: Node): ReadonlyArray<Node> =>
  Object.values(node).flatMap((value: unknown) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []
  )

/** Visits every node, outermost first. `ancestors` ends with the parent. */
export const walk = (start: Node, visit: (node: Node, ancestors: ReadonlyArray<Node>) => void): void => {
  const ancestors: Array<Node> = []
  const step = (node: Node): void => {
    visit(node, ancestors)
    ancestors.push(node)
    for (const child of childrenOf(node)) step(child)
    ancestors.pop()
  }
  step(start)
}

/** The text of a string literal or of a template without holes. */
export const literalText = (node: Node | null | undefined): string | undefined => {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value
  if (node?.type === "TemplateLiteral" && node.quasis.length === 1) return node.quasis[0]?.value.cooked ?? undefined
  if (node?.type === "TSLiteralType") return literalText(node.literal)
  return undefined
}

export interface Import {
  readonly specifier: string
  readonly line: number
  /** Names taken from the module; undefined when all of it is (`* as X`, `import()`, `export *`). */
  readonly names: ReadonlyArray<string> | undefined
}

const namesOf = (node: Node): ReadonlyArray<string> | undefined => {
  if (node.type !== "ImportDeclaration" && node.type !== "ExportNamedDeclaration") return undefined
  const names = node.specifiers.map((item) => {
    if (item.type === "ImportDefaultSpecifier") return "default"
    const name =
      item.type === "ImportSpecifier" ? item.imported : item.type === "ExportSpecifier" ? item.local : undefined
    return name?.type === "Identifier" ? name.name : literalText(name)
  })
  return names.some((name) => name === undefined) ? undefined : names.filter((name) => name !== undefined)
}

/** The literal that names a module in a node that loads one. */
const requestOf = (node: Node): Node | null | undefined => {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
    case "ImportExpression":
    case "TSImportType":
      return node.source
    case "TSExternalModuleReference":
      return node.expression
    case "CallExpression": {
      const { callee } = node
      const isRequire = callee.type === "Identifier" && callee.name === "require"
      const isResolve =
        callee.type === "MemberExpression" &&
        callee.property.type === "Identifier" &&
        callee.property.name === "resolve" &&
        (callee.object.type === "MetaProperty" ||
          (callee.object.type === "Identifier" && callee.object.name === "require"))
      return isRequire || isResolve ? node.arguments[0] : undefined
    }
    default:
      return undefined
  }
}

/**
 * Everything that a module imports: statements, re-exports, `import()`, `import("x").T`, `require` and
 * `import.meta.resolve`.
 */
export const importsOf = ({ program, text }: Module): ReadonlyArray<Import> => {
  const found: Array<Import> = []
  walk(program, (node) => {
    const specifier = literalText(requestOf(node))
    if (specifier !== undefined) found.push({ specifier, line: lineAt(text, node.start), names: namesOf(node) })
  })
  return found
}

/** Whether an identifier is a name being used, and not a property, a key, a parameter or a type. */
export const isUse = (node: Node, parent: Node | undefined): boolean => {
  switch (parent?.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed
    case "Property":
      return parent.value === node
    case "PropertyDefinition":
    case "MethodDefinition":
    case "TSPropertySignature":
    case "TSTypeReference":
    case "TSQualifiedName":
    case "ImportSpecifier":
      return false
    default:
      return true
  }
}
