// The words that were typed, before they are parsed: what a group alone means, where the command goes, how it is to answer.
import { wrongUsage } from "./Failure.ts"

/** Agents that can be started; what follows the name of one is its own. */
export const agentTitles: Readonly<Record<string, string>> = {
  claude: "Claude Code",
  codex: "Codex",
  opencode: "opencode",
  gemini: "Gemini CLI"
}

/** What a group of commands does when only its name is given. */
const defaults: Readonly<Record<string, string>> = {
  sources: "list",
  runs: "list",
  policies: "list",
  pm: "status",
  target: "list"
}

/** `executor` alone shows its help, `executor sources` is `executor sources list`, and so on. */
export const withDefaults = (argv: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [group, next] = argv
  if (group === undefined || (group === "--all" && next === undefined)) return [...argv, "--help"]
  const fallback = Object.hasOwn(defaults, group) ? defaults[group] : undefined
  if (fallback === undefined || !(next === undefined || next === "--json")) return argv
  return [group, fallback, ...argv.slice(1)]
}

/** Commands that are about this machine, wherever others go. */
const ofThisMachine: ReadonlySet<string> = new Set(["demo", "pm", "doctor", "target"])

/**
 * Takes `--target NAME` out of the words, wherever it stands: it is for every command. What follows an agent's name or -- is
 * not ours to read.
 */
export const takeTarget = (
  argv: ReadonlyArray<string>
): { readonly words: ReadonlyArray<string>; readonly target?: string } => {
  const words: Array<string> = []
  let target: string | undefined
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index]!
    if (word === "--" || Object.hasOwn(agentTitles, words[0] ?? "")) {
      words.push(...argv.slice(index))
      break
    }
    if (word !== "--target" && !word.startsWith("--target=")) {
      words.push(word)
      continue
    }
    target = word === "--target" ? argv[++index] : word.slice("--target=".length)
    if (target === undefined || target === "" || target.startsWith("-"))
      throw wrongUsage("--target needs a name: local, or one of: executor target list")
  }
  if (target === undefined) return { words }
  if (ofThisMachine.has(words[0] ?? "") && target !== "local")
    throw wrongUsage(`executor ${words[0]} is about this machine: leave out --target`)
  return { words, target }
}

/** Whether the answer is to be one JSON document; also told of words that the parser refused. */
export const wantsJson = (argv: ReadonlyArray<string>): boolean => {
  const dashes = argv.indexOf("--")
  const own = dashes === -1 ? argv : argv.slice(0, dashes)
  return !Object.hasOwn(agentTitles, argv[0] ?? "") && own.includes("--json")
}
