// Everything a model reads before its first call: the tool's description and the server's instructions.
// Budget: 400 tokens (o200k) for the tool list and the instructions together, plus 4 for each named source.

/** At most so many sources are named; the others are counted. */
export const namedSources = 40

/** Sent once per connection. Names no sources: they change, and this text cannot. */
export const instructions =
  "Executor reaches the user's connected services. " +
  "Use its `execute` tool for anything they can do; the tool's description says how."

const moves = [
  "Runs TypeScript in a sandbox. Connected services are functions: tools.<source>.<tool>({ ... }). " +
    "There is no other I/O. Top-level await works. `return` the answer: only what you need.",
  '1. Search, never guess a path: return await tools.executor.tools.search({ query: "create an issue" }) ' +
    "// { hits: [{ path, summary, signature }] }",
  '2. Describe: return await tools.executor.tools.describe({ path: "github.issues.create" }) // { typescript }',
  "3. Call: " +
    'const issue = await tools.github.issues.create({ owner: "o", repo: "r", title: "t" }); return issue.number',
  "One run may make many calls; use Promise.all. A failed call throws ToolError { code, message }.",
  "Results are bounded: a large one comes back as `artifact`, a handle with a sample and the call that reads more. " +
    "If the answer has `waiting`, call execute({ resume: waiting.resume }) to get the result.",
  "Sources: "
].join("\n")

/**
 * About the tokens that a name costs, without a tokenizer. Parts of camelCase names are words or rare words, at under
 * three characters a token; what has no vowel is no word and costs more.
 */
const costOf = (name: string): number => {
  let cost = 0
  for (const part of name.match(/[A-Z]?[a-z]+|[A-Z]+|\d+|_+/g) ?? []) {
    cost += Math.ceil(part.length / (/\d/.test(part) ? 3 : /[aeiouy]/i.test(part) ? 2.7 : 1.5))
  }
  return cost
}

const tokensPerName = 4
/** What the text above leaves of the 400 tokens, less a margin. */
const spareTokens = 18

/** The names that fit the budget, in their order, and how many do not: `github stripe +12 more`. */
export const sourcesLine = (names: ReadonlyArray<string>): string => {
  if (names.length === 0) return "none yet. Add one: tools.executor.sources.add"
  const shown: Array<string> = []
  let cost = 0
  for (const name of names) {
    if (shown.length === namedSources) break
    const next = cost + costOf(name)
    if (next > (shown.length + 1) * tokensPerName + spareTokens) continue
    cost = next
    shown.push(name)
  }
  const left = names.length - shown.length
  if (left === 0) return shown.join(" ")
  return shown.length === 0 ? `${left}, found by search` : `${shown.join(" ")} +${left} more`
}

/** Description of `execute` for a workspace with these sources. */
export const description = (sources: ReadonlyArray<string>): string => moves + sourcesLine(sources)
