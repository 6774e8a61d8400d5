// How good a ranker is on labelled queries.
import { readFileSync } from "node:fs"
import type { Ranker } from "./Corpus.ts"

/**
 * Who wrote the queries: `stranger` had not seen the ranker, `author` wrote both. What is claimed is claimed of the
 * stranger's.
 */
export type QuerySet = "stranger" | "author"

/**
 * One labelled sentence. The author's are `plain`, in the words of the trade without naming the tool, or `paraphrase`,
 * without any word of the tool's name. Rankers are tuned on `dev` only.
 */
export interface LabelledQuery {
  readonly query: string
  /** Any of these is right: operations that do nearly the same. */
  readonly relevant: ReadonlyArray<string>
  readonly kind?: "plain" | "paraphrase"
  readonly split: "dev" | "test"
}

export interface Quality {
  readonly queries: number
  /** Share of queries whose first hit is right. */
  readonly hit1: number
  readonly hit5: number
  /** Mean of 1 / (rank of the first right hit). */
  readonly mrr: number
}

const files: Readonly<Record<QuerySet, string>> = { stranger: "independent-queries.json", author: "queries.json" }

export const loadQueries = (set: QuerySet = "stranger"): ReadonlyArray<LabelledQuery> =>
  JSON.parse(readFileSync(new URL(files[set], import.meta.url), "utf8")) as ReadonlyArray<LabelledQuery>

/** Spelling of a name is its provider's business. */
const plain = (path: string): string => path.toLowerCase().replace(/[^a-z0-9]/g, "")

/** Rank of the first right hit, from 1; `Infinity` when there is none. */
export const rankOf = ({ relevant }: LabelledQuery, hits: ReadonlyArray<string>): number => {
  const wanted = new Set(relevant.map(plain))
  const at = hits.findIndex((path) => wanted.has(plain(path)))
  return at < 0 ? Number.POSITIVE_INFINITY : at + 1
}

export const evaluate = (ranker: Ranker, queries: ReadonlyArray<LabelledQuery>): Quality => {
  const ranks = queries.map((labelled) => rankOf(labelled, ranker(labelled.query)))
  const share = (most: number) => ranks.filter((rank) => rank <= most).length / ranks.length
  return {
    queries: ranks.length,
    hit1: share(1),
    hit5: share(5),
    mrr: ranks.reduce((sum, rank) => sum + 1 / rank, 0) / ranks.length
  }
}
