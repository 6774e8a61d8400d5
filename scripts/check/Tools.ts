// Gates that other people's tools serve: format, lint, types, Effect diagnostics, dead code. Each is read so that a
// tool which looked at nothing, or died, counts as a failure: most of them exit with 0 in that case.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { binOf, capture, root as checkout } from "./Commands.ts"
import type { KnipResult } from "./KnipReporter.ts"
import { type Report, report, type Violation } from "./Report.ts"
import { packagesOf, relativePath } from "./Workspace.ts"

/** The tool failed and its output could not be read: show the output. */
const unread = (output: string): ReadonlyArray<Violation> => [
  { file: ".", message: `the tool failed:\n${output.split("\n").slice(-30).join("\n")}` }
]

const numberIn = (output: string, pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? 0)

/** What is formatted: code. Data and prose keep the shape that their authors gave them. */
export const formattedFiles = [
  "**/*.{ts,tsx,mts,js,mjs}",
  ...["node_modules/**", "dist/**", "bundle/**", ".*/**", ".*"].map((path) => `!**/${path}`)
]

/** Whether sources have the one form of `npm run format`. */
export const checkFormat = async (root: string): Promise<Report> => {
  const args = ["--config", join(checkout, ".oxfmtrc.json"), "--check", ...formattedFiles]
  const { code, output } = await capture(root, binOf("oxfmt"), args)
  const inspected = numberIn(output, /on (\d+) files?/)
  const found = [...output.matchAll(/^(\S.*) \(\d+m?s\)$/gm)].map((match) => ({
    file: match[1] ?? "",
    message: "is not formatted: run `npm run format`"
  }))
  return report("format", "files", inspected, code !== 0 && found.length === 0 ? unread(output) : found)
}

interface LintResult {
  readonly number_of_files: number
  readonly diagnostics: ReadonlyArray<{
    readonly message: string
    readonly code: string
    readonly filename: string
    readonly labels: ReadonlyArray<{ readonly span: { readonly line: number } }>
  }>
}

/** Lint with types: a promise that nobody awaits is found only with them. */
export const checkLint = async (root: string): Promise<Report> => {
  const config = join(checkout, ".oxlintrc.json")
  const outputs = ["node_modules/**", "dist/**", "bundle/**", ".*"].flatMap((path) => [
    "--ignore-pattern",
    `**/${path}`
  ])
  const args = ["-c", config, "--type-aware", "--deny-warnings", "--format=json", ...outputs, "."]
  const { code, output } = await capture(root, binOf("oxlint"), args)
  const from = output.indexOf("{")
  if (from === -1) return report("lint", "files", 0, unread(output))
  const result = JSON.parse(output.slice(from)) as LintResult
  const found = result.diagnostics.map(({ code: rule, filename, labels, message }) => ({
    file: filename,
    line: labels[0]?.span.line,
    message: `${message} (${rule})`
  }))
  return report("lint", "files", result.number_of_files, code !== 0 && found.length === 0 ? unread(output) : found)
}

/** `file(line,column): text`, as TypeScript and Effect's diagnostics print it. */
const diagnostics = (root: string, output: string): ReadonlyArray<Violation> =>
  [...output.matchAll(/^(\S.*?)\((\d+),\d+\): (?:error|warning) (.*(?:\n +.*)*)/gm)].map(
    ([, file = "", line, message = ""]) => ({
      file: file.startsWith("/") || /^[A-Z]:/.test(file) ? relativePath(root, file) : file,
      line: Number(line),
      message
    })
  )

/** Types of every package. A package that the root tsconfig.json does not refer to would never be checked. */
export const checkTypes = async (root: string): Promise<Report> => {
  const { references } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as {
    readonly references: ReadonlyArray<{ readonly path: string }>
  }
  const known = new Set(references.map(({ path }) => path.replace(/^\.\//, "")))
  const forgotten = packagesOf(root)
    .filter((item) => !known.has(item.folder))
    .map((item) => ({
      file: "tsconfig.json",
      message: `has no reference to ${item.folder}: its types are not checked`
    }))
  const { code, output } = await capture(root, binOf("typescript", "tsc"), ["-b", "--pretty", "false"])
  const found = diagnostics(root, output)
  const plain = [...output.matchAll(/^error (TS\d+: .*)$/gm)].map((match) => ({
    file: "tsconfig.json",
    message: match[1] ?? ""
  }))
  const all = [...forgotten, ...plain, ...found]
  return report("types", "projects", references.length, code !== 0 && all.length === 0 ? unread(output) : all)
}

/**
 * What the types allow and Effect does not: effects that float, layers that cannot see each other, errors without a
 * type.
 */
export const checkEffects = async (root: string): Promise<Report> => {
  const project = join(root, "scripts/check/effect.tsconfig.json")
  const args = ["diagnostics", "--project", project, "--format", "text", "--severity", "error,warning", "--strict"]
  const { code, output } = await capture(root, binOf("@effect/tsgo", "effect-tsgo"), args)
  const found = diagnostics(root, output)
  const inspected = numberIn(output, /Checked (\d+) files/)
  return report("effects", "files", inspected, code !== 0 && found.length === 0 ? unread(output) : found)
}

const knipMessages: { readonly [type: string]: string } = {
  files: "is imported by nobody: remove it, or name it as an entry in knip.json",
  dependencies: "is a dependency that nothing imports",
  devDependencies: "is a devDependency that nothing imports",
  unlisted: "is imported but not declared in package.json",
  unresolved: "cannot be resolved",
  exports: "is exported but used nowhere else: drop the export, or the code",
  binaries: "is a command that no dependency provides",
  catalog: "stands in the catalog but no package uses it",
  duplicates: "is exported twice"
}

/** Files, exports and dependencies that nothing uses, and dependencies that nobody declared. */
export const checkUnused = async (root: string): Promise<Report> => {
  const reporter = join(checkout, "scripts/check/KnipReporter.ts")
  const args = ["--no-progress", "--no-config-hints", "--reporter", reporter]
  const { output } = await capture(root, binOf("knip"), args)
  const line = output.split("\n").find((text) => text.startsWith('{"processed"'))
  if (line === undefined) return report("unused", "files", 0, unread(output))
  const { issues, processed } = JSON.parse(line) as KnipResult
  const found = issues.map((issue) => {
    const file = relativePath(root, issue.file)
    const subject = issue.type === "files" ? "the file" : issue.symbol
    return { file, line: issue.line, message: `${subject} ${knipMessages[issue.type] ?? `(${issue.type})`}` }
  })
  return report("unused", "files", processed, found)
}
