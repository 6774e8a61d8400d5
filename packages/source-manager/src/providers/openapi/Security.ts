// Security schemes → the credentials that an operation needs, and those that a source cannot do without.
import type { CredentialNeed } from "@executor-v2/schema"
import { isObject, own, ownString, type JsonObject, type Refs } from "../../json-schema/Refs.ts"
import { cut, oneLine } from "../../json-schema/Prose.ts"

/** Alternatives, each a set of credentials that are needed together. Empty: none is needed. */
export type Requirement = ReadonlyArray<ReadonlyArray<CredentialNeed>>

const authorization = (prefix: string) => ({ in: "header" as const, name: "Authorization", prefix })

const needFor = (scheme: string, declared: unknown, scopes: ReadonlyArray<string>): CredentialNeed => {
  const description = ownString(declared, "description")
  const common = {
    scheme,
    ...(description === undefined ? {} : { description: cut(oneLine(description), 200) }),
    ...(scopes.length === 0 ? {} : { scopes })
  }
  const place = ownString(declared, "in")
  const name = ownString(declared, "name")
  switch (ownString(declared, "type") ?? "") {
    case "apiKey":
      if (name === undefined || name === "" || (place !== "header" && place !== "query" && place !== "cookie")) break
      return { ...common, kind: "api-key", placement: { in: place, name } }
    case "http": {
      const kind = (ownString(declared, "scheme") ?? "").toLowerCase()
      if (kind === "bearer") return { ...common, kind: "bearer", placement: authorization("Bearer ") }
      if (kind === "basic") return { ...common, kind: "basic", placement: authorization("Basic ") }
      break
    }
    case "oauth2":
    case "openIdConnect":
      return { ...common, kind: "oauth2", placement: authorization("Bearer ") }
  }
  return { ...common, kind: "unknown" }
}

/** Reads requirements of one document; equal lists are read once. */
export const makeSecurity = (root: JsonObject, refs: Refs) => {
  const schemes = own(own(root, "components"), "securitySchemes")
  const known = new Map<string, Requirement>()

  const read = (security: ReadonlyArray<unknown>): Requirement => {
    const alternatives: Array<ReadonlyArray<CredentialNeed>> = []
    for (const entry of security.slice(0, 20)) {
      if (!isObject(entry)) continue
      const names = Object.keys(entry).slice(0, 10)
      // An empty entry means that the operation may be called without any.
      if (names.length === 0) return []
      alternatives.push(
        names.map((name) => {
          const declared = own(schemes, name)
          const ref = ownString(declared, "$ref")
          const scopes = own(entry, name)
          return needFor(
            name.slice(0, 100),
            ref === undefined ? declared : refs.find(ref)?.value,
            Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === "string").slice(0, 100) : []
          )
        })
      )
    }
    return alternatives
  }

  const requirementOf = (security: unknown): Requirement => {
    if (!Array.isArray(security) || security.length === 0) return []
    const key = JSON.stringify(security)
    let requirement = known.get(key)
    if (requirement === undefined) known.set(key, (requirement = read(security)))
    return requirement
  }
  return {
    /** What an operation needs: its own requirement, or the document's when it has none. */
    requirementFor: (operation: JsonObject): Requirement =>
      requirementOf(own(operation, "security") ?? own(root, "security")),
    /** Whether the document demands a credential of operations that do not say otherwise. */
    rootRequires: requirementOf(own(root, "security")).length > 0,
    inherits: (operation: JsonObject): boolean => own(operation, "security") === undefined
  }
}

/** Credentials without which a source is of no use: those of the first alternative, with the scopes of all operations. */
export const needsOf = (requirements: ReadonlyArray<Requirement>): ReadonlyArray<CredentialNeed> => {
  const needs = new Map<string, CredentialNeed>()
  for (const requirement of requirements) {
    const alternative = requirement.find((one) => one.every((need) => need.kind !== "unknown")) ?? requirement[0]
    for (const need of alternative ?? []) {
      const before = needs.get(need.scheme)
      const scopes = [...new Set([...(before?.scopes ?? []), ...(need.scopes ?? [])])]
      needs.set(need.scheme, { ...need, ...(scopes.length === 0 ? {} : { scopes }) })
    }
  }
  return [...needs.values()].slice(0, 10)
}
