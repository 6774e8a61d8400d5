// Gate: a test that returns an Effect to a plain `it` never runs it and always passes. `it.effect` runs it.
import { type Report, report, type Violation } from "./Report.ts"
import { lineAt, type Module, type Node, parseFile, walk } from "./Syntax.ts"
import { modulesOf, packagesOf } from "./Workspace.ts"

/** `it` and `test`, also as `it.skip`, `it.only`, `it.fails`, `it.concurrent`, `it.each(table)`. */
const plain = new Set(["skip", "only", "fails", "concurrent", "sequential", "each", "for"])

const isPlainTest = (callee: Node): boolean => {
  if (callee.type === "Identifier") return callee.name === "it" || callee.name === "test"
  if (callee.type === "CallExpression") return isPlainTest(callee.callee)
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return false
  return plain.has(callee.property.name) && isPlainTest(callee.object)
}

const isRunner = (node: Node): boolean =>
  node.type === "MemberExpression" &&
  node.property.type === "Identifier" &&
  /^run(Promise|Sync|Fork|Callback)/.test(node.property.name)

/** Whether an argument runs the effect that it is piped into: `Effect.runPromise`, `Effect.runPromiseWith(context)`. */
const runs = (argument: Node): boolean =>
  isRunner(argument) || (argument.type === "CallExpression" && isRunner(argument.callee))

/** An expression that begins with `Effect.` and is not run: `Effect.void`, `Effect.gen(…).pipe(Effect.scoped)`. */
const isEffect = (node: Node): boolean => {
  if (node.type === "CallExpression") return !node.arguments.some(runs) && isEffect(node.callee)
  if (node.type !== "MemberExpression" || isRunner(node)) return false
  return node.object.type === "Identifier" ? node.object.name === "Effect" : isEffect(node.object)
}

/** What a callback hands to its caller: its expression, or what its own `return` statements return. */
const returned = (callback: Node): ReadonlyArray<Node> => {
  if (callback.type !== "ArrowFunctionExpression" && callback.type !== "FunctionExpression") return []
  if (callback.body === null) return []
  if (callback.body.type !== "BlockStatement") return [callback.body]
  const found: Array<Node> = []
  walk(callback.body, (node, ancestors) => {
    const nested = ancestors.some((outer) => /Function/.test(outer.type))
    if (node.type === "ReturnStatement" && !nested && node.argument !== null) found.push(node.argument)
  })
  return found
}

/** Counts the tests of a module and finds those whose Effect is never run. */
export const idleTests = ({
  file,
  program,
  text
}: Module): { readonly tests: number; readonly found: ReadonlyArray<Violation> } => {
  let tests = 0
  const found: Array<Violation> = []
  walk(program, (node) => {
    if (node.type !== "CallExpression") return
    const isOther =
      node.callee.type === "MemberExpression" &&
      node.callee.object.type === "Identifier" &&
      node.callee.object.name === "it"
    if (!isPlainTest(node.callee)) {
      if (isOther) tests += 1
      return
    }
    tests += 1
    if (node.arguments.flatMap(returned).some(isEffect)) {
      found.push({
        file,
        line: lineAt(text, node.start),
        message: "this test returns an Effect that nobody runs: use it.effect"
      })
    }
  })
  return { tests, found }
}

/** Looks at every test of the workspace, exported suites included. */
export const checkEffectTests = (root: string): Report => {
  const results = packagesOf(root)
    .flatMap((item) => modulesOf(root, item))
    .filter((file) => /\/test\/|\/contract\//.test(file))
    .map((file) => idleTests(parseFile(root, file)))
  const tests = results.reduce((sum, result) => sum + result.tests, 0)
  return report(
    "effect tests",
    "tests",
    tests,
    results.flatMap((result) => result.found)
  )
}
