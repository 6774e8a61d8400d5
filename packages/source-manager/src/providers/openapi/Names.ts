// Names for operations: `issues/list-for-repo` → `issues.listForRepo`. Identifiers, unique, and the same at each compilation.

import { asciiWords } from "../../json-schema/Prose.ts"

/** What an operation offers to name it by. */
export interface Nameable {
  readonly operationId?: string
  /** First tag. */
  readonly tag?: string
  readonly method: string
  readonly path: string
}

const longest = 64

/** Every object has these, and `then` would make the group of tools look like a promise. */
const unusable = new Set([
  "then",
  "constructor",
  "prototype",
  "__proto__",
  "toString",
  "toLocaleString",
  "toJSON",
  "valueOf",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable"
])

const vagueTags = new Set(["default", "api", "general", "untagged"])

/** camelCase of any text, or an empty string when nothing in it fits an identifier. */
export const camelCase = (text: string): string => {
  const words = asciiWords(text.includes("'") || text.includes("’") ? text.replace(/['’]/g, "") : text)
  if (words.length === 0) return ""
  const joined = words
    .map((word, index) => (index === 0 ? lowerStart(word) : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("")
  const name = joined.slice(0, longest)
  return /^\d/.test(name) ? `_${name}` : name
}

/** `ListPets` → `listPets`, `APIKeys` → `apiKeys`, `GET` → `get`. */
const lowerStart = (word: string): string =>
  word.charAt(0) === word.charAt(0).toLowerCase()
    ? word
    : word.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z]+(?![a-z])|[A-Z])/, (start) => start.toLowerCase())

const usable = (name: string): string => (unusable.has(name) ? `${name}_` : name)

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** `GET /pets/{id}/toys` → `getPetsByIdToys`. */
const fromPath = (method: string, path: string): string => {
  const words = path
    .split("/")
    .filter((segment) => segment !== "")
    .map((segment) => {
      const name = capitalised(camelCase(segment).replace(/^_/, ""))
      return segment.startsWith("{") ? `By${name}` : name
    })
  return `${method.toLowerCase()}${words.join("") || "Root"}`.slice(0, longest)
}

/** Takes off what a generator appended: FastAPI writes `list_pets_v1_pets__get`. */
const withoutGenerated = ({ operationId = "", method, path }: Nameable): string => {
  if (!operationId.endsWith(`_${method.toLowerCase()}`)) return operationId
  const suffix = `${path.replace(/\W/g, "_")}_${method.toLowerCase()}`
  return operationId.endsWith(suffix) && operationId.length > suffix.length
    ? operationId.slice(0, -suffix.length)
    : operationId
}

const naturalName = (operation: Nameable, source: string, tagged: boolean): readonly [group: string, tool: string] => {
  const id = withoutGenerated(operation)
  let segments = id
    .split(/[/.:#]+/)
    .map(camelCase)
    .filter((segment) => segment !== "")
  if (segments.length > 1 && segments[0]!.toLowerCase() === source.toLowerCase()) segments = segments.slice(1)
  if (segments.length > 1) {
    return [usable(camelCase(segments.slice(0, -1).map(capitalised).join(""))), usable(segments.at(-1)!)]
  }
  const tag = operation.tag ?? ""
  const group = tagged && !vagueTags.has(tag.toLowerCase()) ? camelCase(tag) : ""
  // `Pets_list` of tag `Pets`: the group says it already.
  const rest =
    id.toLowerCase().startsWith(tag.toLowerCase()) && /^[_\-\s]/.test(id.slice(tag.length)) ? id.slice(tag.length) : id
  const name = (group === "" ? "" : camelCase(rest)) || segments[0] || fromPath(operation.method, operation.path)
  return [usable(group), usable(name)]
}

/**
 * One name for each operation, in their order: `tool`, or `group.tool`. Where two would be equal the first keeps the name
 * and later ones get a number.
 */
export const nameOperations = (operations: ReadonlyArray<Nameable>, source: string): ReadonlyArray<string> => {
  const tags = new Set<string>()
  for (const { tag } of operations) if (tag !== undefined && !vagueTags.has(tag.toLowerCase())) tags.add(tag)
  const natural = operations.map((operation) => naturalName(operation, source, tags.size > 1))
  const used = new Set<string>(natural.map(([group]) => group).filter((group) => group !== ""))
  const whole = natural.map(([group, tool]) => (group === "" ? tool : `${group}.${tool}`))
  // First come, first served, before any number is given out: a number must not take a name that another has by nature.
  const first = whole.map((name) => {
    if (used.has(name)) return false
    used.add(name)
    return true
  })
  const counts = new Map<string, number>()
  return whole.map((name, index) => {
    if (first[index]!) return name
    let count = counts.get(name) ?? 2
    while (used.has(`${name}${count}`)) count++
    counts.set(name, count + 1)
    used.add(`${name}${count}`)
    return `${name}${count}`
  })
}
