// A tool's words as search sees them: split, stemmed, weighted once at registration, kept as one compact string.
import { actionsOf, isVerb } from "./Actions.ts"
import { scopesOf } from "./Scopes.ts"
import { stemOf } from "./Stems.ts"
import type { CompiledTool } from "../Provider.ts"

/** Words that say nothing about a tool. Those of questions and requests are dropped from queries only (Query.ts). */
const stopWords = new Set(
  "a an the of for to in on at by with from and or is are be as this that it its if not you your can will".split(" ")
)

/** Longest word looked at: longer ones are hashes and encoded data. */
const longestWord = 32
const mostWords = 2_000

/** Kinds of ASCII characters: 0 between words, 1 small letter, 2 capital, 3 digit. */
const kinds = Uint8Array.from({ length: 128 }, (_, code) =>
  code >= 97 && code <= 122 ? 1 : code >= 65 && code <= 90 ? 2 : code >= 48 && code <= 57 ? 3 : 0
)

/** Lower-case words of text or of a name, at most so many: `createIssue_comment` → create, issue, comment. */
export const wordsOf = (text: string, most = mostWords): ReadonlyArray<string> => {
  const words: Array<string> = []
  const end = Math.min(text.length, 20_000)
  let start = 0
  let before = 0
  for (let at = 0; at <= end && words.length < most; at++) {
    const code = at === end ? 32 : text.charCodeAt(at)
    if (code > 127) return otherWordsOf(text, most)
    const kind = kinds[code]!
    // A word ends where none goes on, before a capital (`aB`), and before the last capital of several (`HTTPResponse`).
    if (kind === 0 || (kind === 2 && (before === 1 || before === 3))) {
      push(words, text, start, at)
      start = kind === 0 ? at + 1 : at
    } else if (kind === 1 && before === 2 && at - start > 1 && !isPluralAt(text, at)) {
      push(words, text, start, at - 1)
      start = at - 1
    }
    before = kind
  }
  return words
}

/** Whether the small letter here is the s of `URLs`. */
const isPluralAt = (text: string, at: number): boolean =>
  text.charCodeAt(at) === 115 && (at + 1 >= text.length || (kinds[text.charCodeAt(at + 1)] ?? 0) === 0)

const push = (words: Array<string>, text: string, start: number, end: number): void => {
  if (end > start && end - start <= longestWord) words.push(text.slice(start, end).toLowerCase())
}

/** The same for text that is not plain ASCII. */
const otherWordsOf = (text: string, most: number): ReadonlyArray<string> => {
  const spaced = text
    .slice(0, 20_000)
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
  const words: Array<string> = []
  for (const [word] of spaced.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    if (words.length >= most) break
    if (/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(word)) words.push(...pairsOf(word))
    else if (word.length <= longestWord) words.push(word)
  }
  return words
}

const pairsOf = (word: string): ReadonlyArray<string> =>
  word.length < 3 ? [word] : Array.from({ length: Math.min(word.length, 200) - 1 }, (_, at) => word.slice(at, at + 2))

/** What each part of a tool contributes: its weight, how much a long part is discounted, its usual length in words. */
const parts = {
  name: { weight: 4, discount: 0.3, usual: 4 },
  group: { weight: 1.5, discount: 0, usual: 1 },
  summary: { weight: 3, discount: 0.4, usual: 6 },
  description: { weight: 0.6, discount: 0.6, usual: 20 },
  keywords: { weight: 0.5, discount: 0.6, usual: 6 },
  result: { weight: 0.5, discount: 0.5, usual: 3 },
  values: { weight: 0.3, discount: 0.6, usual: 6 }
}

/** Only the beginning of a description tells tools apart; a summary may be a whole paragraph. In words. */
const limits = { summary: 12, description: 30, terms: 80 }

/** Weights are stored as one base-36 digit. */
const scale = 5

interface Term {
  weight: number
  core: boolean
}

/** One search term of a tool. Core terms come from its name or summary. */
export interface ParsedTerm {
  readonly stem: string
  readonly weight: number
  readonly core: boolean
  /** What the tool is about before all. */
  readonly head: boolean
}

/**
 * All of a tool's search terms: a word of letters for what it does (see Actions.ts), then each stem with one digit
 * for its weight; core terms with `*` before, what it is about with `!`. `cu !*issuk *creatf bodi2`
 */
export const termsOf = (tool: CompiledTool): string => {
  const terms = new Map<string, Term>()
  const add = (words: ReadonlyArray<string>, part: keyof typeof parts) => {
    const { weight, discount, usual } = parts[part]
    let content = 0
    for (const word of words) if (!stopWords.has(word)) content++
    const share = weight / (1 - discount + (discount * content) / usual)
    const core = part === "name" || part === "summary"
    for (const word of words) {
      if (stopWords.has(word)) continue
      const stem = stemOf(word)
      const term = terms.get(stem)
      if (term === undefined) terms.set(stem, { weight: share, core })
      else {
        term.weight += share
        term.core ||= core
      }
    }
  }
  const dot = tool.name.lastIndexOf(".")
  const name = wordsOf(tool.name.slice(dot + 1))
  const summary = wordsOf(tool.summary)
  add(name, "name")
  if (dot > 0) add(wordsOf(tool.name.slice(0, dot)), "group")
  add(summary.slice(0, limits.summary), "summary")
  add(summary.slice(limits.summary), "description")
  add(wordsOf(tool.description, limits.description), "description")
  add(wordsOf(tool.keywords.slice(0, 60).join(" "), 60), "keywords")
  add(resultWords(tool.signature), "result")
  add(valueWords(tool.input), "values")
  const all = [...terms]
  const heaviest =
    all.length <= limits.terms
      ? all
      : all.sort(([, left], [, right]) => right.weight - left.weight).slice(0, limits.terms)
  const head = headOf(name) ?? (dot > 0 ? stemOf(wordsOf(tool.name.slice(0, dot)).at(-1) ?? "") : undefined)
  return [
    actionsOf(name, summary, tool.traits) + scopesOf(wordsOf(tool.name), summary),
    ...heaviest.map((term) => (term[0] === head ? "!" : "") + encodeTerm(term))
  ].join(" ")
}

const prepositions = new Set("for in on of from with by to against as at if into".split(" "))

/** The stem of the thing that a name is about: the last word before "for" and the like, after the verb. */
const headOf = (name: ReadonlyArray<string>): string | undefined => {
  const end = name.findIndex((word) => prepositions.has(word))
  const start = isVerb(name[0] ?? "") ? (name[1] === "or" ? 3 : 1) : 0
  const about = end < 0 ? name.slice(start) : name.slice(start, end)
  return about.length === 0 ? undefined : stemOf(about.at(-1)!)
}

const plainTypes = new Set("promise array string number boolean unknown void null record undefined".split(" "))

/** Words of the type that a call returns. */
const resultWords = (signature: string): ReadonlyArray<string> => {
  const at = signature.lastIndexOf("=>")
  return at < 0 ? [] : wordsOf(signature.slice(at), 12).filter((word) => !plainTypes.has(word))
}

/** Words that arguments may be set to: `open`, `closed`. */
const valueWords = (input: unknown): ReadonlyArray<string> => {
  const words: Array<string> = []
  const { properties } = (input ?? {}) as { readonly properties?: Readonly<Record<string, { enum?: unknown } | null>> }
  if (typeof properties !== "object" || properties === null) return words
  for (const name in properties) {
    const values = properties[name]?.enum
    if (!Array.isArray(values) || words.length >= 40) continue
    if (name === "sort" || name === "direction" || name === "order") continue
    for (const value of values.slice(0, 8)) if (typeof value === "string") words.push(...wordsOf(value, 4))
  }
  return words
}

const encodeTerm = ([stem, { weight, core }]: readonly [string, Term]): string =>
  `${core ? "*" : ""}${stem}${Math.min(35, Math.max(1, Math.round(weight * scale))).toString(36)}`

/** Reads what `termsOf` wrote. */
export const parseTerms = (
  line: string
): { readonly actions: string; readonly scopes: string; readonly terms: ReadonlyArray<ParsedTerm> } => {
  const [letters = "", ...words] = line.split(" ")
  return {
    actions: letters.replace(/[A-Z]/g, ""),
    scopes: letters.replace(/[a-z]/g, ""),
    terms: words.map((word) => {
      const head = word.startsWith("!")
      const core = word.startsWith("*", head ? 1 : 0)
      const start = (head ? 1 : 0) + (core ? 1 : 0)
      return { stem: word.slice(start, -1), weight: Number.parseInt(word.at(-1)!, 36) / scale, core, head }
    })
  }
}
