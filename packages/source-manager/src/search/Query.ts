// A sentence as search reads it: the words with meaning, what they may stand for, and what is asked to be done.
import { isVerb, questionWords, wishOf, type Wish } from "./Actions.ts"
import { relatedStems } from "./Lexicon.ts"
import { findSayings } from "./Phrases.ts"
import { scopeWishOf, type Scope } from "./Scopes.ts"
import { stemOf } from "./Stems.ts"
import { wordsOf } from "./Terms.ts"

/** Words of requests and questions, which say nothing about the tool that is meant. */
const emptyWords = new Set(
  `
    a an the of for to in on at by with from and or not no nor is are was were be been being am do does did
    done has have had having so that this these those it its my our your his her their them us we i you he she
    they who whom what which when where how why whose there here can could may might must should would will
    shall any each some one ones as into onto out up over under about than then too very just only also if per
    own other another such same both few more most else please want need like let give me tell show see find
    look make get certain particular given s t m re ve ll d don doesn isn aren
  `
    .trim()
    .split(/\s+/)
)

/** Words with a meaning that is seldom the point: when, how, and what everything is. */
const weakWords = new Set(
  `
    new old now today yesterday tomorrow morning tonight week month year hour day right currently already still yet
    ever never really actually completely fully whole thing things stuff work
    way time use used using lately again later anymore instead every everything everyone because while between
    good bad big small next first last long much many different specific existing available
  `
    .trim()
    .split(/\s+/)
)

/** Longest query read, in characters and in words with meaning. */
export const longestQuery = 1_000
const mostWords = 24

/** One thing a query names: stems that count for it, each with how surely. */
export interface Concept {
  readonly stems: ReadonlyArray<readonly [stem: string, certainty: number]>
}

export interface Query {
  readonly concepts: ReadonlyArray<Concept>
  /** Stems of the thing that is named first, which tells "repositories of a team" from "teams of a repository". */
  readonly head: ReadonlySet<string>
  readonly wish: Wish
  /** What a tool's score is multiplied by for each of its scopes. */
  readonly scopes: ReadonlyMap<Scope, number>
  /** Every word, for names of sources. */
  readonly words: ReadonlySet<string>
}

/**
 * How surely things are meant: what is said, what it may stand for, and the words of a saying themselves, which may be
 * none. Measured on the development queries (bench/search), where the figures are flat: 30 % more or less of any of
 * them moves hit@1 by two points at most.
 */
const certainty = { related: 0.8, weak: 0.3, common: 0.4, meant: 1, said: 0.4, relatedToMeant: 0.4 }

/** Verbs of every request. They are the name of some tools, so that they count a little. */
const commonVerbs = new Set(["get", "find", "show", "make", "look", "see", "tell", "give"])

/** A sentence in the words that sayings are written in. */
const written = (text: string): string =>
  text
    .slice(0, longestQuery)
    .replace(/\b(can|won)['’]t\b/gi, (_, verb: string) => (verb.toLowerCase() === "can" ? "can not" : "will not"))
    .replace(/n['’]t\b/g, " not")
    .replace(/\bPRs?\b/g, "pull request")

/** Reads a query. Whatever the text, at least its own words remain. */
export const parseQuery = (text: string): Query => {
  const words = wordsOf(written(text))
  const stems = words.map(stemOf)
  const { meant, said, told } = findSayings(stems)
  const concepts = new Map<string, Concept>()
  const own = new Set([...stems.filter((_, at) => !emptyWords.has(words[at]!)), ...meant])
  const name = (stem: string, weight: number, related: number) => {
    if (concepts.size >= mostWords || concepts.has(stem)) return
    const others = relatedStems(stem).filter((other) => !own.has(other))
    concepts.set(stem, { stems: [[stem, weight], ...others.map((other) => [other, weight * related] as const)] })
  }
  words.forEach((word, at) => {
    if (emptyWords.has(word)) return
    const weight = said.has(at) ? certainty.said : weakWords.has(word) ? certainty.weak : 1
    if (!meant.has(stems[at]!)) name(stems[at]!, weight, certainty.related)
  })
  for (const stem of meant) name(stem, certainty.meant, certainty.relatedToMeant)
  if (concepts.size === 0) for (const stem of stems.slice(0, mostWords)) name(stem, 1, certainty.related)
  for (const word of words.slice(0, 6)) if (commonVerbs.has(word)) name(stemOf(word), certainty.common, 0)
  return {
    concepts: [...concepts.values()],
    head: headOf(words, stems, concepts, told),
    wish: wishOf(text, words, told),
    scopes: scopeWishOf(words),
    words: new Set(words)
  }
}

/** Verbs that questions stand for: "which" is to list. */
const readVerbs = new Set(["list", "get", "search", "check", "count", "compare", "read", "find"])

/** The first thing that is named besides the verb, with all that it may stand for. */
const headOf = (
  words: ReadonlyArray<string>,
  stems: ReadonlyArray<string>,
  concepts: ReadonlyMap<string, Concept>,
  told: ReadonlyMap<number, ReadonlyArray<string>>
): ReadonlySet<string> => {
  const verb = questionWords.has(words[0] ?? "") ? -1 : words.findIndex((word, at) => isVerb(told.get(at)?.[0] ?? word))
  const stemsAt = (at: number): ReadonlyArray<string> => {
    const meant = (told.get(at) ?? [])
      .filter((word, place) => !(place === 0 && at === verb) && !readVerbs.has(word))
      .map(stemOf)
    return at === verb ? meant : meant.includes(stems[at]!) ? [stems[at]!] : [...meant, stems[at]!]
  }
  for (let at = 0; at < words.length; at++) {
    if (weakWords.has(words[at]!) && !told.has(at)) continue
    const named = stemsAt(at).filter((stem) => concepts.has(stem))
    if (named.length > 0) return new Set(named.flatMap((stem) => concepts.get(stem)!.stems.map(([one]) => one)))
  }
  return new Set()
}
