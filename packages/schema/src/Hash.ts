// Canonical JSON and its digest: equal values have equal text and equal hashes on every host.
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import type { ArtifactHash } from "./ids.ts"

/** JSON text with sorted keys and no spaces (the subset of RFC 8785 that JSON.parse output needs). */
export const canonicalJson = (value: unknown): string => {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null"
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`
  const record = value as Record<string, unknown>
  const fields = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort()
  return `{${fields.map((key) => `${JSON.stringify(key)}:${canonicalJson(record[key])}`).join(",")}}`
}

/** Lower-case hexadecimal SHA-256 of bytes or of a text's UTF-8. */
export const sha256Hex = (content: Uint8Array | string): ArtifactHash =>
  // By construction what the schema asks for; checking it again would cost half as much as hashing a call's arguments.
  bytesToHex(sha256(typeof content === "string" ? utf8ToBytes(content) : content)) as ArtifactHash
