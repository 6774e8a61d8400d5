// Local `$ref`s of one JSON document, found on demand: nothing is copied, expanded or fetched.

import { asciiWords } from "./Prose.ts"

/** What a `$ref` leads to, after following references to references. */
export interface RefTarget {
  /** PascalCase, an identifier, one per target and document. */
  readonly name: string
  /** The value itself; never a mere `$ref`. */
  readonly value: unknown
}

export interface Refs {
  /** The target, or `undefined` when it is missing, remote, or a circle of references. Reported once per reference. */
  readonly find: (ref: string) => RefTarget | undefined
  /** A target found before, by its name. */
  readonly named: (name: string) => RefTarget | undefined
}

export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Own property only: `__proto__` and `constructor` of a description are data like any other. */
export const own = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined

export const ownString = (value: unknown, key: string): string | undefined => {
  const found = own(value, key)
  return typeof found === "string" ? found : undefined
}

export const ownArray = (value: unknown, key: string): ReadonlyArray<unknown> => {
  const found = own(value, key)
  return Array.isArray(found) ? found : []
}

/** Names that a declaration may not take over, because the declarations themselves use them. */
const taken = new Set([
  "Promise",
  "Array",
  "Record",
  "Call",
  "Object",
  "String",
  "Number",
  "Boolean",
  "Function",
  "Symbol"
])

const pascalCase = (text: string): string => {
  const words = asciiWords(text).map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  const name = words.join("").slice(0, 60)
  return name === "" ? "Type" : /^\d/.test(name) ? `T${name}` : name
}

const decodeSegment = (segment: string): string => {
  let text = segment
  if (text.includes("%")) {
    try {
      text = decodeURIComponent(text)
    } catch {
      // A stray percent sign is meant literally.
    }
  }
  return text.includes("~") ? text.replaceAll("~1", "/").replaceAll("~0", "~") : text
}

const maxHops = 32

/** Siblings of a `$ref` that do not change what it means. */
const annotations = new Set(["$ref", "summary", "description", "title", "deprecated", "example", "examples", "default"])
const isAlias = (value: object): boolean =>
  Object.keys(value).every((key) => annotations.has(key) || key.startsWith("x-"))

/** Reads references within `root`. `report` hears of each broken one, with words for a person. */
export const makeRefs = (root: unknown, report: (problem: string) => void = () => {}): Refs => {
  const found = new Map<string, RefTarget | undefined>()
  const names = new Set(taken)
  const byName = new Map<string, RefTarget>()
  const byValue = new Map<unknown, RefTarget>()

  const targetFor = (ref: string, value: unknown): RefTarget => {
    const known = typeof value === "object" ? byValue.get(value) : undefined
    if (known !== undefined) return known
    const base = pascalCase(decodeSegment(ref.slice(ref.lastIndexOf("/") + 1)))
    let name = base
    for (let count = 2; names.has(name); count++) name = `${base}${count}`
    names.add(name)
    const target = { name, value }
    byName.set(name, target)
    if (typeof value === "object") byValue.set(value, target)
    return target
  }

  const follow = (ref: string): RefTarget | undefined => {
    let current = ref
    for (let hop = 0; hop < maxHops; hop++) {
      if (!current.startsWith("#")) {
        report(`${shorten(ref)} is outside the document and was not fetched`)
        return undefined
      }
      let value: unknown = root
      for (const segment of current.slice(1).split("/").slice(1)) value = own(value, decodeSegment(segment))
      if (value === undefined || (current !== "#" && !current.startsWith("#/"))) {
        report(`${shorten(ref)} leads nowhere`)
        return undefined
      }
      const next = ownString(value, "$ref")
      if (next === undefined || !isAlias(value as object)) return targetFor(current, value)
      current = next
    }
    report(`${shorten(ref)} leads in a circle`)
    return undefined
  }

  return {
    find: (ref) => {
      if (found.has(ref)) return found.get(ref)
      const target = follow(ref)
      found.set(ref, target)
      return target
    },
    named: (name) => byName.get(name)
  }
}

const shorten = (ref: string): string => `$ref "${ref.length > 120 ? `${ref.slice(0, 120)}…` : ref}"`
