// Stems of words, remembered: forms of a word find each other.
import { stemmer } from "stemmer"

/** Most words remembered: those of every day, whatever hostile descriptions bring. */
const mostRemembered = 10_000

const stems = new Map<string, string>()

/** The stem of a lower-case word. */
export const stemOf = (word: string): string => {
  const known = stems.get(word)
  if (known !== undefined) return known
  const stem = /^[a-z]+$/.test(word) ? stemmer(american(word)) : word
  if (stems.size >= mostRemembered) stems.clear()
  stems.set(word, stem)
  return stem
}

/** British spellings as interfaces spell them: organisation, colour, licence. */
const american = (word: string): string =>
  word.length < 6
    ? word
    : word.replace(/is(e|ed|es|er|ing|ation|ations)$/, "iz$1").replace(/([^aeh])our(s|ed|ing|ite|ites)?$/, "$1or$2")
