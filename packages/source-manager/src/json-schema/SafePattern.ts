// Regular expressions from descriptions: tested only where backtracking cannot take long, skipped otherwise.

/** Steps of the engine that one test may cost at most, roughly. */
const affordable = 1_000_000
const longestPattern = 500
const mostKept = 1_000

/** Bounded repeats with more choices than this count as unbounded ones. */
const fewChoices = 16

/**
 * What a match may cost at worst on a text of n units: `ways × length × n ^ repeats` steps. Backtracking tries each way
 * through the choices, and each unbounded repeat may end at each position.
 */
export interface Cost {
  readonly ways: number
  /** Units on one way, repeats without bound counted once. */
  readonly length: number
  readonly repeats: number
}

interface Prepared extends Cost {
  readonly regexp: RegExp
}

/** Steps that the tests of one value may still take; they are counted down. */
export interface PatternBudget {
  patternSteps: number
}

const kept = new Map<string, Prepared | undefined>()

/** Whether `text` matches; `undefined` when finding out might take long, or longer than is left, or is not possible. */
export const matchesPattern = (pattern: string, text: string, budget?: PatternBudget): boolean | undefined => {
  let prepared = kept.get(pattern)
  if (prepared === undefined && !kept.has(pattern)) {
    if (kept.size >= mostKept) kept.clear()
    kept.set(pattern, (prepared = prepare(pattern)))
  }
  if (prepared === undefined) return undefined
  const steps = prepared.ways * prepared.length * Math.max(1, text.length) ** prepared.repeats
  if (steps > affordable || steps > (budget?.patternSteps ?? affordable)) return undefined
  if (budget !== undefined) budget.patternSteps -= steps
  return prepared.regexp.test(text)
}

const prepare = (pattern: string): Prepared | undefined => {
  const cost = costOf(pattern)
  if (cost === undefined) return undefined
  for (const flags of ["u", ""]) {
    try {
      const regexp = new RegExp(pattern, flags)
      // An open start tries everything once more at each position.
      const anchored = pattern.startsWith("^") && !pattern.includes("|")
      return { ...cost, regexp, repeats: cost.repeats + (anchored ? 0 : 1) }
    } catch {
      // Not valid with this flag.
    }
  }
  return undefined
}

const quantifier = /(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/y

class Explosive extends Error {}

interface Part extends Cost {
  /** It can match in more than one way, so that a repeat of it may explode. */
  readonly varies: boolean
}

/** The worst cost of a pattern, or `undefined` when it repeats what varies, refers back, or is too long to be judged. */
export const costOf = (pattern: string): Cost | undefined => {
  if (pattern.length > longestPattern) return undefined
  try {
    const { part, end } = alternatives(pattern, 0)
    return end < pattern.length ? undefined : { ways: part.ways, length: part.length, repeats: part.repeats }
  } catch (cause) {
    if (cause instanceof Explosive) return undefined
    throw cause
  }
}

const empty: Part = { ways: 1, length: 1, repeats: 0, varies: false }

/** Reads up to the end of the group that `at` is in, or of the pattern. */
const alternatives = (pattern: string, start: number): { readonly part: Part; readonly end: number } => {
  let done: Part | undefined
  let branch = empty
  let at = start
  while (at < pattern.length && pattern[at] !== ")") {
    if (pattern[at] === "|") {
      done = either(done, branch)
      branch = empty
      at++
    } else {
      const one = element(pattern, at)
      branch = inSequence(branch, one.part)
      at = one.end
    }
  }
  return { part: done === undefined ? branch : either(done, branch), end: at }
}

const either = (left: Part | undefined, right: Part): Part =>
  left === undefined
    ? right
    : {
        ways: left.ways + right.ways,
        length: Math.max(left.length, right.length),
        repeats: Math.max(left.repeats, right.repeats),
        varies: true
      }

const inSequence = (left: Part, right: Part): Part => ({
  ways: left.ways * right.ways,
  length: left.length + right.length,
  repeats: left.repeats + right.repeats,
  varies: left.varies || right.varies
})

/** One character, class or group with its quantifier. */
const element = (pattern: string, start: number): { readonly part: Part; readonly end: number } => {
  let part = empty
  let end = start + 1
  if (pattern[start] === "\\") {
    if (/[1-9k]/.test(pattern[start + 1] ?? "")) throw new Explosive()
    end = start + 2
  } else if (pattern[start] === "[") {
    end = endOfClass(pattern, start) + 1
  } else if (pattern[start] === "(") {
    const group = alternatives(pattern, pattern[end] === "?" ? end + 1 : end)
    part = group.part
    end = group.end + 1
  }
  quantifier.lastIndex = end
  const found = quantifier.exec(pattern)
  return found === null ? { part, end } : { part: repeated(part, found), end: end + found[0].length }
}

const repeated = (part: Part, [text, least, comma, most]: RegExpExecArray): Part => {
  if (part.varies) throw new Explosive()
  if (least !== undefined && comma === "") return { ...part, length: part.length * Math.max(1, Number(least)) }
  const choices = text.startsWith("?")
    ? 2
    : least !== undefined && most !== ""
      ? Number(most) - Number(least) + 1
      : Number.POSITIVE_INFINITY
  // At least so many times is on every way.
  const length = part.length * Math.max(1, Number(least ?? 0))
  return choices <= fewChoices
    ? { ways: part.ways * choices, length: length + part.length * choices, repeats: part.repeats, varies: true }
    : { ways: part.ways, length, repeats: part.repeats + 1, varies: true }
}

const endOfClass = (pattern: string, start: number): number => {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++
    else if (pattern[at] === "]") return at
  }
  return pattern.length
}
