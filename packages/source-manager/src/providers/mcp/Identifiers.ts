// Names of tools as code writes them: stable, unique in their source, and close to what the server calls them.

import { camelCase } from "../openapi/Names.ts"

/** Segments of tool paths are at most this long. */
const longest = 100

/** FNV-1a, enough to tell apart the few names that look alike. */
const fingerprint = (text: string): string => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  return hash.toString(36).padStart(7, "0").slice(-5)
}

/** Every object has these, and `then` would make the source look like a promise. */
const isTaken = (name: string): boolean => name in Object.prototype || ["then", "toJSON", "prototype"].includes(name)

/** Identifiers stay as they are; `get-sum` → `getSum`, `admin.tools/list` → `adminToolsList`, `2fa` → `_2fa`. */
const identifierOf = (name: string): string => {
  const plain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && /[A-Za-z0-9]/.test(name) ? name : camelCase(name)
  if (plain === "") return `tool_${fingerprint(name)}`
  const free = isTaken(plain) ? `${plain}_` : plain
  return free.length <= longest ? free : `${free.slice(0, longest - 6)}_${fingerprint(name)}`
}

/**
 * An identifier for each of these different names. Of names that look alike, the one that is an identifier already
 * keeps it, else the first in alphabetical order; the others get an ending that depends on nothing but their name.
 */
export const identifiers = (names: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const wanted = new Map<string, Array<string>>()
  for (const name of names) {
    const identifier = identifierOf(name)
    const others = wanted.get(identifier)
    if (others === undefined) wanted.set(identifier, [name])
    else others.push(name)
  }
  const given = new Map<string, string>()
  const taken = new Set(wanted.keys())
  for (const [identifier, alike] of wanted) {
    const owner = alike.includes(identifier) ? identifier : alike.toSorted()[0]!
    given.set(owner, identifier)
    for (const name of alike) {
      if (name === owner) continue
      const stem = identifier.slice(0, longest - 9)
      let ending = `${stem}_${fingerprint(name)}`
      for (let count = 2; taken.has(ending); count++) ending = `${stem}_${fingerprint(name + count)}`
      taken.add(ending)
      given.set(name, ending)
    }
  }
  return given
}
