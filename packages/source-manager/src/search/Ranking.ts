// Postings of one source's tools in typed arrays, and their BM25 score for a query. Built once per artifact.
import type { Action } from "./Actions.ts"
import type { Query } from "./Query.ts"
import type { Scope } from "./Scopes.ts"
import { parseTerms } from "./Terms.ts"

/** Tools of one source by their search terms. Term `t` has the postings from `starts[t]` up to `starts[t + 1]`. */
export interface Segment {
  readonly size: number
  readonly terms: ReadonlyMap<string, number>
  readonly starts: Uint32Array
  /** Which tool. */
  readonly tools: Uint32Array
  /** Weight of the term in that tool, in fifths; negative when the term is a core one. */
  readonly weights: Int8Array
  /** What each tool does, one bit per kind of action. */
  readonly actions: Uint8Array
  /** Whose things each tool is about, one bit per scope. */
  readonly scopes: Uint8Array
  /** The term that each tool is about before all; -1 when there is none. */
  readonly heads: Int32Array
}

const bits: Readonly<Record<Action, number>> = { c: 1, l: 2, g: 4, s: 8, u: 16, d: 32, r: 64 }
const scopeBits: Readonly<Record<Scope, number>> = { O: 1, E: 2, T: 4, M: 8, U: 16, R: 32, X: 64, A: 128 }
const fifths = 5

const bitsOf = (letters: string, bits: Readonly<Record<string, number>>): number => {
  let all = 0
  for (const letter of letters) all |= bits[letter] ?? 0
  return all
}

/** Collects the stored terms of a source's tools, in the order of its index; in several turns where there are many. */
export class SegmentBuilder {
  readonly #found = new Map<string, { readonly tools: Array<number>; readonly weights: Array<number> }>()
  readonly #actions: Array<number> = []
  readonly #scopes: Array<number> = []
  readonly #heads: Array<string> = []
  #postings = 0

  add(line: string): void {
    const tool = this.#actions.length
    const parsed = parseTerms(line)
    this.#actions.push(bitsOf(parsed.actions, bits))
    this.#scopes.push(bitsOf(parsed.scopes, scopeBits))
    this.#heads.push(parsed.terms.find(({ head }) => head)?.stem ?? "")
    for (const { stem, weight, core } of parsed.terms) {
      let lists = this.#found.get(stem)
      if (lists === undefined) this.#found.set(stem, (lists = { tools: [], weights: [] }))
      lists.tools.push(tool)
      lists.weights.push(Math.round(weight * fifths) * (core ? -1 : 1))
      this.#postings++
    }
  }

  build(): Segment {
    const terms = new Map<string, number>()
    const starts = new Uint32Array(this.#found.size + 1)
    const tools = new Uint32Array(this.#postings)
    const weights = new Int8Array(this.#postings)
    let at = 0
    for (const [stem, lists] of this.#found) {
      starts[terms.size] = at
      terms.set(stem, terms.size)
      tools.set(lists.tools, at)
      weights.set(lists.weights, at)
      at += lists.tools.length
    }
    starts[terms.size] = at
    const heads = Int32Array.from(this.#heads, (stem) => terms.get(stem) ?? -1)
    const [actions, scopes] = [Uint8Array.from(this.#actions), Uint8Array.from(this.#scopes)]
    return { size: this.#actions.length, terms, starts, tools, weights, actions, scopes, heads }
  }
}

/** The postings of a source's tools from their stored terms. */
export const makeSegment = (lines: ReadonlyArray<string>): Segment => {
  const builder = new SegmentBuilder()
  for (const line of lines) builder.add(line)
  return builder.build()
}

/** How rare each term is among the tools of all pinned sources, and what a tool's core terms are worth together. */
export interface Rarity {
  readonly of: (stem: string) => number
  readonly cores: ReadonlyMap<Segment, Float32Array>
}

/** Weighs the terms of several sources against each other. */
export const weigh = (segments: ReadonlyArray<Segment>): Rarity => {
  const total = segments.reduce((sum, { size }) => sum + size, 0)
  const frequency = new Map<string, number>()
  for (const { terms, starts } of segments) {
    for (const [stem, term] of terms)
      frequency.set(stem, (frequency.get(stem) ?? 0) + starts[term + 1]! - starts[term]!)
  }
  const of = (stem: string): number => {
    const seen = frequency.get(stem) ?? 0
    return Math.log(1 + (total - seen + 0.5) / (seen + 0.5))
  }
  const cores = new Map(
    segments.map((segment) => {
      const sums = new Float32Array(segment.size)
      for (const [stem, term] of segment.terms) {
        const idf = of(stem)
        for (let at = segment.starts[term]!; at < segment.starts[term + 1]!; at++) {
          if (segment.weights[at]! < 0) sums[segment.tools[at]!]! += idf
        }
      }
      return [segment, sums] as const
    })
  )
  return { of, cores }
}

/** Measured on the development half of the labelled queries (bench/search). */
const tune = { saturation: 1, coverage: 0.4, action: 0.35, head: 0.35 }

/** A query with its factors for all actions and scopes, worked out once for all sources. */
export interface Prepared {
  readonly query: Query
  readonly agreed: Float32Array
  readonly scoped: Float32Array
}

export const prepare = (query: Query): Prepared => ({
  query,
  agreed: Float32Array.from({ length: 128 }, (_, actions) => 1 - tune.action + tune.action * agreement(actions, query)),
  scoped: Float32Array.from({ length: 256 }, (_, scopes) => fitting(scopes, query))
})

/** Scores every tool of a segment; 0 where nothing matches. */
export const score = (segment: Segment, { query, agreed, scoped }: Prepared, rarity: Rarity): Float32Array => {
  const total = new Float32Array(segment.size)
  const covered = new Float32Array(segment.size)
  const best = new Float32Array(segment.size)
  for (const { stems } of query.concepts) {
    best.fill(0)
    // What a word may stand for must not weigh more than the word: "repository" is no rare "project".
    const most = rarity.of(stems[0]![0])
    for (const [stem, certainty] of stems) {
      const term = segment.terms.get(stem)
      if (term === undefined) continue
      const worth = Math.min(rarity.of(stem), most) * certainty
      for (let at = segment.starts[term]!; at < segment.starts[term + 1]!; at++) {
        const tool = segment.tools[at]!
        const weight = Math.abs(segment.weights[at]!) / fifths
        const gain = (worth * weight * (tune.saturation + 1)) / (weight + tune.saturation)
        if (gain > best[tool]!) best[tool] = gain
        if (segment.weights[at]! < 0) covered[tool]! += worth
      }
    }
    for (let tool = 0; tool < segment.size; tool++) total[tool]! += best[tool]!
  }
  const cores = rarity.cores.get(segment)!
  const heads = new Set([...query.head].map((stem) => segment.terms.get(stem) ?? -2))
  for (let tool = 0; tool < segment.size; tool++) {
    if (total[tool] === 0) continue
    const share = Math.min(1, covered[tool]! / (cores[tool]! || 1))
    total[tool]! *=
      (1 - tune.coverage + tune.coverage * share) * agreed[segment.actions[tool]!]! * scoped[segment.scopes[tool]!]!
    if (heads.has(segment.heads[tool]!)) total[tool]! *= 1 + tune.head
  }
  return total
}

/** How well what a tool does agrees with what is asked, from 0 to 1; 1 when nothing is asked in particular. */
const agreement = (actions: number, { wish }: Query): number => {
  if (wish.size === 0) return 1
  let most = 0
  for (const [action, weight] of wish) if ((actions & bits[action]) !== 0 && weight > most) most = weight
  return most
}

/** How well whose things a tool is about fits a query. */
const fitting = (scopes: number, query: Query): number => {
  let factor = 1
  for (const [scope, worth] of query.scopes) if ((scopes & scopeBits[scope]) !== 0) factor *= worth
  return factor
}
