// Values → the text of a request: OpenAPI's parameter styles (3.1 §4.8.12.4), each value encoded so that it stays a value.
import type { ParameterStyle } from "./Binding.ts"

/** How a value is written: its style, and whether characters that URLs reserve may stand as they are. */
export interface Style {
  readonly style: ParameterStyle
  readonly explode: boolean
  readonly reserved?: true
  readonly json?: true
}

/** Percent-encodes everything but the unreserved characters of RFC 3986. */
export const encodePart = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`
  )

/** Leaves reserved characters, except those that would end or split the query. */
const encodeReserved = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(/%(?:3A|2F|3F|40|24|2C|3B|21)/gi, (code) => decodeURIComponent(code))

/** One value as text: texts as they are, everything nested as JSON. */
export const plainText = (value: unknown): string =>
  typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value)

const encoder = (style: Style): ((value: unknown) => string) =>
  style.reserved === true ? (value) => encodeReserved(plainText(value)) : (value) => encodePart(plainText(value))

const entriesOf = (value: unknown): ReadonlyArray<readonly [string, unknown]> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.keys(value)
        .filter((key) => (value as Record<string, unknown>)[key] !== undefined)
        .map((key) => [key, (value as Record<string, unknown>)[key]])
    : undefined

/** The text that takes the place of `{name}` in a path. */
export const encodePath = (name: string, value: unknown, style: Style): string => {
  if (style.json === true) return encodePart(JSON.stringify(value))
  const encode = (item: unknown) => encodePart(plainText(item))
  const entries = entriesOf(value)
  const lead = style.style === "label" ? "." : style.style === "matrix" ? ";" : ""
  if (entries !== undefined) {
    const pairs = entries.map(([key, item]) => `${encodePart(key)}${style.explode ? "=" : ","}${encode(item)}`)
    if (style.style === "matrix" && !style.explode) return `;${encodePart(name)}=${pairs.join(",")}`
    return `${lead}${pairs.join(style.explode && lead !== "" ? lead : ",")}`
  }
  if (style.style === "matrix") {
    if (Array.isArray(value) && style.explode)
      return value.map((item) => `;${encodePart(name)}=${encode(item)}`).join("")
    return `;${encodePart(name)}=${Array.isArray(value) ? value.map(encode).join(",") : encode(value)}`
  }
  if (!Array.isArray(value)) return `${lead}${encode(value)}`
  return `${lead}${value.map(encode).join(style.style === "label" && style.explode ? "." : ",")}`
}

const separators: Partial<Record<ParameterStyle, string>> = {
  spaceDelimited: "%20",
  pipeDelimited: "%7C",
  tabDelimited: "%09"
}

/** The `key=value` pairs of one query parameter or form field, encoded. */
export const encodeQuery = (name: string, value: unknown, style: Style): ReadonlyArray<string> => {
  const key = encodePart(name)
  if (style.json === true) return [`${key}=${encodePart(JSON.stringify(value))}`]
  const encode = encoder(style)
  if (style.style === "deepObject" && typeof value === "object" && value !== null)
    return deepPairs(name, value, encode, 0)
  const separator = separators[style.style] ?? ","
  if (Array.isArray(value)) {
    if (style.explode) return value.map((item) => `${key}=${encode(item)}`)
    return value.length === 0 ? [] : [`${key}=${value.map(encode).join(separator)}`]
  }
  const entries = entriesOf(value)
  if (entries === undefined) return [`${key}=${encode(value)}`]
  if (style.explode) return entries.map(([property, item]) => `${encodePart(property)}=${encode(item)}`)
  return entries.length === 0
    ? []
    : [
        `${key}=${entries.map(([property, item]) => `${encodePart(property)}${separator}${encode(item)}`).join(separator)}`
      ]
}

/** `filter[a][b]=c`; items of arrays get their position. */
const deepPairs = (
  name: string,
  value: unknown,
  encode: (value: unknown) => string,
  depth: number
): ReadonlyArray<string> => {
  const entries = Array.isArray(value) ? value.map((item, index) => [String(index), item] as const) : entriesOf(value)
  if (entries === undefined || depth > 8) return [`${encodePart(name)}=${encode(value)}`]
  return entries.flatMap(([key, item]) => deepPairs(`${name}[${key}]`, item, encode, depth + 1))
}

/** Text of a header: `simple` style, not percent-encoded. */
export const headerText = (value: unknown, style: Style): string => {
  if (style.json === true) return JSON.stringify(value)
  if (Array.isArray(value)) return value.map(plainText).join(",")
  const entries = entriesOf(value)
  return entries === undefined
    ? plainText(value)
    : entries.map(([key, item]) => `${key}${style.explode ? "=" : ","}${plainText(item)}`).join(",")
}

/** What a header may hold (RFC 9110 §5.5), so that no value starts another header. */
export const isHeaderText = (text: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
