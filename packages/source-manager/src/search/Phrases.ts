// Finds what people say for what interfaces call it (Sayings.ts) in the stems of a query.
import { readEntries } from "./Sayings.ts"
import { stemOf } from "./Stems.ts"

/** Most words that `..` stands for. */
const longestGap = 5

interface Saying {
  /** Stems of which one is said, none for a gap. */
  readonly parts: ReadonlyArray<ReadonlyArray<string>>
  /** Only at the beginning of a query. */
  readonly first: boolean
  readonly literals: number
  readonly meaning: ReadonlyArray<string>
}

export interface Said {
  /** Stems that are meant. */
  readonly meant: ReadonlySet<string>
  /** Places of the words that are said for something else; not of single words, which keep their own meaning. */
  readonly said: ReadonlySet<number>
  /** At each place where something is said, the words that are meant. */
  readonly told: ReadonlyMap<number, ReadonlyArray<string>>
}

let sayingsByStart: ReadonlyMap<string, ReadonlyArray<Saying>> | undefined

const readSayings = (): ReadonlyMap<string, ReadonlyArray<Saying>> => {
  const found = new Map<string, Array<Saying>>()
  for (const [left, said] of readEntries()) {
    const meaning = left.split(" ")
    for (const one of said) {
      const first = one.startsWith("^")
      const parts = one
        .slice(first ? 1 : 0)
        .split(" ")
        .map((word) => (word === ".." ? [] : word.split("|").map(stemOf)))
      const saying = { parts, first, literals: parts.filter((part) => part.length > 0).length, meaning }
      for (const start of parts[0]!) {
        const known = found.get(start)
        if (known === undefined) found.set(start, [saying])
        else known.push(saying)
      }
    }
  }
  return found
}

/** Where the parts of a saying are, from `at` on; undefined when it is not said there. */
const placesOf = ({ parts }: Saying, stems: ReadonlyArray<string>, at: number): ReadonlyArray<number> | undefined => {
  const places: Array<number> = []
  let next = at
  let gap = 0
  for (const part of parts) {
    if (part.length === 0) {
      gap = longestGap
      continue
    }
    const last = next + gap
    while (next <= last && next < stems.length && !part.includes(stems[next]!)) next++
    if (next > last || next >= stems.length) return undefined
    places.push(next++)
    gap = 0
  }
  return places
}

/** What is said in a query: long sayings before short ones, each word once. */
export const findSayings = (stems: ReadonlyArray<string>): Said => {
  sayingsByStart ??= readSayings()
  const found: Array<readonly [Saying, ReadonlyArray<number>]> = []
  for (let at = 0; at < stems.length; at++) {
    for (const saying of sayingsByStart.get(stems[at]!) ?? []) {
      const places = saying.first && at > 0 ? undefined : placesOf(saying, stems, at)
      if (places !== undefined) found.push([saying, places])
    }
  }
  found.sort(([left], [right]) => right.literals - left.literals)
  const used = new Set<number>()
  const said = new Set<number>()
  const meant = new Set<string>()
  const told = new Map<number, ReadonlyArray<string>>()
  const taken = new Set<string>()
  for (const [saying, places] of found) {
    // What is said of several things means each of them: "which address" of mail and of a map.
    if (!taken.has(places.join()) && places.some((place) => used.has(place))) continue
    taken.add(places.join())
    for (const place of places) {
      used.add(place)
      if (places.length > 1) said.add(place)
    }
    for (const word of saying.meaning) meant.add(stemOf(word))
    told.set(places[0]!, [...(told.get(places[0]!) ?? []), ...saying.meaning])
  }
  return { meant, said, told }
}
