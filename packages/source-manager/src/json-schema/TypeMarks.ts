// Names inside the text of a type, marked until it is known which of them are declared.

/** What was left out: not `unknown`, because code may well go deeper than the declaration does. */
export const leftOut = "any /* … */"

// No other text contains these: identifiers do not, and literals and keys are JSON, which escapes control characters.
const opening = "\u0001"
const closing = "\u0002"
export const mark = (name: string): string => `${opening}${name}${closing}`

/** Names of the types that a text mentions, in order of appearance. */
export const references = (text: string): ReadonlySet<string> => {
  const names = new Set<string>()
  for (let at = text.indexOf(opening); at >= 0; at = text.indexOf(opening, at + 1)) {
    names.add(text.slice(at + 1, text.indexOf(closing, at)))
  }
  return names
}

/** The final text: each name as it was declared; one that was not becomes a marked `any`. */
export const settle = (text: string, declared: ReadonlyMap<string, string>): string => {
  let settled = ""
  let done = 0
  for (let at = text.indexOf(opening); at >= 0; at = text.indexOf(opening, done)) {
    const end = text.indexOf(closing, at)
    const name = text.slice(at + 1, end)
    settled += text.slice(done, at) + (declared.get(name) ?? `any /* ${name} */`)
    done = end + 1
  }
  return done === 0 ? text : settled + text.slice(done)
}

/** For a line that people and models read: names stay names, what was left out is an ellipsis. */
export const sketch = (text: string): string =>
  text.includes(opening) || text.includes(leftOut)
    ? text.replaceAll(opening, "").replaceAll(closing, "").replaceAll(leftOut, "{…}")
    : text
