// Gate: every module begins by saying what it is for.
import { type Report, report, type Violation } from "./Report.ts"
import { type Module, parseFile } from "./Syntax.ts"
import { filesBelow, isModule, isTest, packagesOf, sourcesOf } from "./Workspace.ts"

/** Comments that steer a tool say nothing to a reader. */
const directive = /^[\s*]*(@ts-|eslint|oxlint|prettier|oxfmt|biome|vitest|<reference|#__)/

/** Whether the module's first thing, after a `#!` line, is a comment with something to read. */
export const hasHeader = ({ comments, text }: Module): boolean => {
  const start = text.startsWith("#!") ? text.indexOf("\n") + 1 : 0
  const spoken = comments.filter((comment) => comment.start >= start && !directive.test(comment.value))
  const first = spoken[0]
  if (first === undefined) return false
  const before = comments.filter((comment) => comment.end <= first.start && comment.start >= start)
  const code = before.reduce(
    (rest, comment) => rest.replace(text.slice(comment.start, comment.end), ""),
    text.slice(start, first.start)
  )
  return code.trim() === "" && (first.value.match(/[A-Za-z]{2,}/g) ?? []).length >= 3
}

/** Looks at every module of the packages' sources and of scripts/. */
export const checkHeaders = (root: string): Report => {
  const files = [
    ...packagesOf(root).flatMap((item) => sourcesOf(root, item)),
    ...filesBelow(root, "scripts").filter((file) => isModule(file) && !isTest(file))
  ]
  const message = "begins without a header: say in 1 to 4 comment lines what the module is for"
  const found = files
    .filter((file) => !hasHeader(parseFile(root, file)))
    .map((file): Violation => ({ file, line: 1, message }))
  return report("headers", "modules", files.length, found)
}
