// What every transpiler says of code that is not the body of a function, in the same words and at the same places.
import { excerptAt } from "./SourcePlace.ts"
import type { Place } from "./Transpile.ts"

/** A program that cannot be transpiled. */
export interface Problem {
  readonly reason: string
  readonly line: number
  readonly column: number
  readonly excerpt: string
}

export const moduleSyntax =
  "the code is the body of an async function, so it cannot import or export: " +
  "reach the world with tools.<source>.<tool>(args), and hand on a value with return"

export const markup = "JSX is not taken here: the code returns data, and markup is written as text"

/** Nothing came back: the parser was stopped or died. */
export const unparsable =
  "the code cannot be parsed: it is nested too deeply or far too complicated for the parser. Write it in simpler pieces"

export const problemAt = (code: string, place: Place, reason: string): Problem => ({
  ...place,
  reason: reason.slice(0, 500),
  excerpt: excerptAt(code, place)
})

export const placeOfIndex = (code: string, index: number): Place => {
  const before = code.slice(0, index)
  return { line: before.split("\n").length, column: index - before.lastIndexOf("\n") }
}

/** Statements that may be imports or exports; `import(…)`, `import.meta` and property names are not. */
const candidates = /(?<=^|[;{}\n])[ \t]*(import|export)\b(?!\s*[:(.])/g
/** Characters that may be parsed again, all in all, to find one statement. */
const againChars = 640_000

/**
 * The first of `indices` at which the parser minds other text, which makes it a keyword and not a part of a string or a
 * comment; `undecided` when there are too many to ask.
 */
export const keywordAt = (
  code: string,
  indices: Iterable<number>,
  minds: (replaced: string) => boolean
): number | "undecided" | undefined => {
  let tries = Math.max(1, Math.min(20, Math.floor(againChars / code.length)))
  for (const at of indices) {
    if (tries-- === 0) return "undecided"
    if (minds(`${code.slice(0, at)}))))))${code.slice(at + 6)}`)) return at
  }
  return undefined
}

/** Where the code's first import or export stands. */
export const moduleStatement = (code: string, minds: (replaced: string) => boolean): Place | undefined => {
  const indices = Array.from(code.matchAll(candidates), (match) => match.index + match[0].length - 6)
  const at = keywordAt(code, indices, minds)
  return typeof at === "number" ? placeOfIndex(code, at) : undefined
}
