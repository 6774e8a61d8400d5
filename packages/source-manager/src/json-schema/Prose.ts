// Text that other people wrote, made fit for a declaration or a listing: one line, no markup, bounded.

/** Longest input looked at, in characters; more is never shown anyway. */
const lookAt = 1_000

/** White space, control characters, and characters that hide or reorder what stands beside them. */
const unseen = String.raw`\s\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff`
/** Runs of them that are not one space already: a text is full of those, and replacing each takes half the time. */
const invisible = new RegExp(`(?! [^${unseen}])[${unseen}]+`, "g")
/** Unicode's tag characters and further selectors: people see nothing of them, models read them. */
const tags = /\udb40[\udc00-\udfff]/g

/** Collapses white space, drops control characters and the marks of links and quotes, and closes no comment. */
export const oneLine = (text: string): string => {
  const start = text.length > lookAt ? text.slice(0, lookAt) : text
  const unmarked = /[[>]/.test(start)
    ? start.replace(/^ {0,3}>[ \t]*(?:\[![A-Z]+\])?/gm, "").replace(/!?\[([^\][]{0,300})\]\([^()\s]{0,500}\)/g, "$1")
    : start
  return (unmarked.includes("\udb40") ? unmarked.replace(tags, "") : unmarked)
    .replace(invisible, " ")
    .replaceAll("*/", "* /")
    .trim()
}

/** A stranger's text with an escape in place of everything that people cannot see, or that moves what they see. */
export const visible = (text: string): string =>
  text.replace(
    // eslint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\udb40[\udc00-\udfff]/g,
    (hidden) =>
      Array.from({ length: hidden.length }, (_, at) => hidden.charCodeAt(at).toString(16).padStart(4, "0"))
        .map((code) => `\\u${code}`)
        .join("")
  )

/** JSON text, and so TypeScript, in which nothing hides: `JSON.stringify` leaves most of what people cannot see. */
export const quoted = (value: unknown): string => visible(JSON.stringify(value) ?? "")

/** At most `max` characters, cut at the end of a sentence or a word where there is one. */
export const cut = (text: string, max: number): string => {
  if (text.length <= max) return text
  const head = text.slice(0, max - 1)
  const sentence = Math.max(head.lastIndexOf(". "), head.lastIndexOf("! "), head.lastIndexOf("? "))
  if (sentence > max / 2) return head.slice(0, sentence + 1)
  const word = head.lastIndexOf(" ")
  const end = (word > max / 2 ? head.slice(0, word) : head).replace(/[\uD800-\uDBFF]$/, "")
  return `${end}…`
}

/** The first sentence, within `max` characters. */
export const firstSentence = (text: string, max: number): string => {
  const line = oneLine(text.length > 400 ? text.slice(0, 400) : text)
  const end = /[.!?](?=\s+[A-Z`"*_(])/.exec(line)
  return cut(end === null ? line : line.slice(0, end.index + 1), max)
}

/** The words of a name, letters without their marks: `Überblick-2` → `Uberblick`, `2`. */
export const asciiWords = (text: string): ReadonlyArray<string> =>
  // Most names are plain, and the tables of Unicode take long to load.
  (/^[\x00-\x7f]*$/.test(text) ? text : text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "")).match(
    /[A-Za-z0-9]+/g
  ) ?? []
