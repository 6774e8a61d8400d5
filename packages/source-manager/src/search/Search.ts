// Ranking tools of several sources for one query. Pure; the catalog loads what is searched.
import type { SourceName } from "@executor-v2/schema"
import { longestQuery, parseQuery, type Query } from "./Query.ts"
import { prepare, score, weigh, type Rarity, type Segment } from "./Ranking.ts"
import { stemOf } from "./Stems.ts"
import { wordsOf } from "./Terms.ts"

/** A source as search sees it. */
export interface Searchable {
  readonly source: SourceName
  readonly segment: Segment
  /** The host's own tools: found when nothing else fits or when they are named, never in the way of real ones. */
  readonly builtin?: boolean
}

/** A tool that fits: its place in its source's index. */
export interface Match {
  readonly source: SourceName
  readonly tool: number
  readonly score: number
}

/** A source that the query names is most likely the one; the host's own tools are not, until they are named. */
const factors = { named: 2.5, builtin: 0.4 }

/** Matches below this share of the best one are noise, not answers. */
const noise = 0.1

/** What can be searched at one version of a catalog, weighed once. */
export class Searcher {
  readonly #sources: ReadonlyArray<Searchable & { readonly words: ReadonlyArray<string> }>
  readonly #names: ReadonlySet<string>
  readonly #rarity: Rarity

  constructor(sources: ReadonlyArray<Searchable>) {
    this.#sources = sources.map((source) => ({ ...source, words: wordsOf(source.source) }))
    this.#names = new Set(this.#sources.flatMap(({ words }) => words))
    this.#rarity = weigh(sources.map(({ segment }) => segment))
  }

  /** "GitHub" is one word where a source has that name. */
  #lowerNames(text: string): string {
    return text.replace(/[A-Za-z]+/g, (word) => (this.#names.has(word.toLowerCase()) ? word.toLowerCase() : word))
  }

  /** All matches, best first; equal ones in the order of their sources and indexes. */
  search(text: string, only?: SourceName): ReadonlyArray<Match> {
    const asked = parseQuery(this.#lowerNames(text.slice(0, longestQuery)))
    const query = { ...asked, concepts: withoutSources(asked, this.#sources) }
    const prepared = prepare(query)
    const scored: Array<readonly [source: SourceName, scores: Float32Array, factor: number]> = []
    let best = 0
    for (const searched of this.#sources) {
      if (only !== undefined && searched.source !== only) continue
      const factor = only === undefined ? factorOf(searched, query) : 1
      const scores = score(searched.segment, prepared, this.#rarity)
      for (const value of scores) if (value * factor > best) best = value * factor
      scored.push([searched.source, scores, factor])
    }
    const found: Array<Match> = []
    for (const [source, scores, factor] of scored) {
      for (let tool = 0; tool < scores.length; tool++) {
        const value = scores[tool]! * factor
        if (value > 0 && value >= best * noise) found.push({ source, tool, score: value })
      }
    }
    return found.sort((left, right) => right.score - left.score)
  }
}

const factorOf = (source: Named & { readonly builtin?: boolean }, query: Query): number =>
  isNamed(source, query) ? factors.named : source.builtin === true ? factors.builtin : 1

interface Named {
  readonly words: ReadonlyArray<string>
}

/** A query names a source by all words of its name, or by most of one: "mongo". */
const isNamed = ({ words }: Named, query: Query): boolean =>
  words.length > 0 && words.every((word) => [...query.words].some((said) => isPartOf(said, word)))

const isPartOf = (said: string, word: string): boolean => said.length >= word.length * 0.6 && word.startsWith(said)

/** What is left of a word that names a source: it may be what is wanted as well ("write down a note", in `notes`). */
const namingWeight = 0.3

/** What a query is about besides the sources that it names: "on GitHub" is hardly a request for GitHub Pages. */
const withoutSources = (query: Query, sources: ReadonlyArray<Named>): Query["concepts"] => {
  const names = new Set(sources.filter((source) => isNamed(source, query)).flatMap(({ words }) => words))
  if (names.size === 0) return query.concepts
  const said = [...query.words].filter((word) => [...names].some((name) => isPartOf(word, name)))
  const stems = new Set(said.map(stemOf))
  return query.concepts.map((concept) =>
    stems.has(concept.stems[0]![0])
      ? { ...concept, stems: concept.stems.map(([stem, weight]) => [stem, weight * namingWeight] as const) }
      : concept
  )
}
