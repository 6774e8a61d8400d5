// Gate: every call of vitest names its configuration. Vitest does not find vitest.workspace.ts by itself, and without
// it runs with defaults and no word about it.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type Report, report, type Violation } from "./Report.ts"
import { filesBelow, packagesOf } from "./Workspace.ts"

interface Call {
  readonly file: string
  readonly line: number | undefined
  readonly command: string
}

/** Commands in a line of shell that start vitest, by name or through a runner. */
export const vitestCommands = (line: string): ReadonlyArray<string> =>
  line
    .split(/&&|\|\||[;|]/)
    .map((command) => command.trim())
    .filter(
      (command) =>
        /(^|\s|`|\/)vitest(\.mjs)?\s+(run|watch|bench|list|-|--|[\w./]+)/.test(command) || /(^|\s)vitest$/.test(command)
    )

const inScripts = (root: string): ReadonlyArray<Call> =>
  ["", ...packagesOf(root).map((item) => `${item.folder}/`)].flatMap((folder) => {
    const file = `${folder}package.json`
    if (!existsSync(join(root, file))) return []
    const text = readFileSync(join(root, file), "utf8")
    const { scripts = {} } = JSON.parse(text) as { readonly scripts?: { readonly [name: string]: string } }
    return Object.entries(scripts).flatMap(([name, script]) =>
      vitestCommands(script).map((command) => ({ file, line: undefined, command: `${name}: ${command}` }))
    )
  })

const textFiles = (root: string): ReadonlyArray<string> =>
  [
    ...filesBelow(root, ".ci"),
    ...filesBelow(root, ".github"),
    ...filesBelow(root, "docs"),
    "CONTRIBUTING.md",
    "README.md"
  ].filter((file) => existsSync(join(root, file)) && /(^|\/)(run|[^/]+\.(ya?ml|sh|md))$/.test(file))

/** Lines of shell in scripts, workflows and documents; prose that only names vitest is left alone. */
const inText = (root: string): ReadonlyArray<Call> =>
  textFiles(root).flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .flatMap((text, index) => {
        const isShell = file.endsWith(".md")
          ? /^\s*(\$ )?(npx |pnpm |node )?vitest\s|^\s*pnpm (exec )?vitest\s/.test(text)
          : !/^\s*#/.test(text)
        return isShell ? vitestCommands(text).map((command) => ({ file, line: index + 1, command })) : []
      })
  )

/** Looks at the scripts of every package.json, at .ci, at the workflows and at the commands in documents. */
export const checkVitestCalls = (root: string): Report => {
  const calls = [...inScripts(root), ...inText(root)]
  const found = calls
    .filter(({ command }) => !/\s--config[= ]/.test(command))
    .map(({ command, file, line }): Violation => ({
      file,
      line,
      message: `"${command}" has no --config vitest.workspace.ts`
    }))
  return report("vitest calls", "calls", calls.length, found)
}
