// Regular expressions from descriptions: tested only where backtracking cannot take long, skipped otherwise.

/** Steps of the engine that one test may cost at most, roughly. */
const affordable = 1_000_000
const longestPattern = 500
const mostKept = 1_000

interface Prepared {
  readonly regexp: RegExp
  /** Longest text that is tested, in UTF-16 code units. */
  readonly maxLength: number
}

const kept = new Map<string, Prepared | undefined>()

/** Whether `text` matches; `undefined` when finding out might take long or the pattern is not one. */
export const matchesPattern = (pattern: string, text: string): boolean | undefined => {
  let prepared = kept.get(pattern)
  if (prepared === undefined && !kept.has(pattern)) {
    if (kept.size >= mostKept) kept.clear()
    kept.set(pattern, (prepared = prepare(pattern)))
  }
  return prepared === undefined || text.length > prepared.maxLength ? undefined : prepared.regexp.test(text)
}

const prepare = (pattern: string): Prepared | undefined => {
  const repeats = unboundedRepeats(pattern)
  if (repeats === undefined) return undefined
  for (const flags of ["u", ""]) {
    try {
      const regexp = new RegExp(pattern, flags)
      // Each unbounded repeat may meet each position, and an open start tries them all once more.
      const exponent = repeats + (pattern.startsWith("^") && !pattern.includes("|") ? 0 : 1)
      return { regexp, maxLength: Math.floor(affordable ** (1 / Math.max(1, exponent))) }
    } catch {
      // Not valid with this flag.
    }
  }
  return undefined
}

/** How many repeats without a small bound there are, or `undefined` when they nest, refer back or are too many. */
export const unboundedRepeats = (pattern: string): number | undefined => {
  if (pattern.length > longestPattern) return undefined
  let unbounded = 0
  let bounded = 0
  // For each open group, the outermost first: does its body repeat or choose? A repeat of such a group may explode.
  const groups: Array<boolean> = [false]
  let afterRiskyGroup = false
  for (let at = 0; at < pattern.length; at++) {
    let riskyGroup = false
    const token = pattern[at]!
    if (token === "\\") {
      if (/[1-9k]/.test(pattern[++at] ?? "")) return undefined
    } else if (token === "[") {
      at = endOfClass(pattern, at)
    } else if (token === "(") {
      groups.push(false)
      if (pattern[at + 1] === "?") at++
    } else if (token === ")") {
      if (groups.length < 2) return undefined
      riskyGroup = groups.pop()!
      if (riskyGroup) groups[groups.length - 1] = true
    } else if (token === "|") {
      groups[groups.length - 1] = true
    } else {
      const repeat = /^(?:[*+?]|\{\d+(,?)(\d*)\})\??/.exec(pattern.slice(at, at + 24))
      if (repeat !== null) {
        if (afterRiskyGroup) return undefined
        const exact = repeat[0].startsWith("{") && repeat[1] === ""
        if (!exact) groups[groups.length - 1] = true
        if (token === "?" || ((repeat[2] ?? "") !== "" && Number(repeat[2]) <= 16)) bounded++
        else if (!exact) unbounded++
        at += repeat[0].length - 1
      }
    }
    afterRiskyGroup = riskyGroup
  }
  return bounded > 8 || unbounded > 6 ? undefined : unbounded
}

const endOfClass = (pattern: string, start: number): number => {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++
    else if (pattern[at] === "]") return at
  }
  return pattern.length
}
