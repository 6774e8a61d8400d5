// What can be said of a description before it is parsed, and without loading what parses it.
import { sourceError, type SourceError } from "../../Provider.ts"

/** Longest description, in characters. */
export const longestDocument = 64 * 1024 * 1024

/** Where descriptions are usually found: said to people who give the address of a website. */
export const usual =
  "Give the address of the description itself; it often ends in /openapi.json, /openapi.yaml, /v3/api-docs or /swagger.json."

/** What is wrong with a text at first sight, without parsing it. `what` names it in the message. */
export const atFirstSight = (text: string, what: string): SourceError | undefined => {
  const start = text.slice(0, 4_096).trimStart()
  if (start === "") return sourceError("not_a_specification", `${what} is empty. ${usual}`)
  if (start.startsWith("<")) {
    const kind = /^<(?:!doctype html|html|head|body)/i.test(start) ? "an HTML page" : "XML or HTML"
    return sourceError("not_a_specification", `${what} is ${kind}, not an OpenAPI description. ${usual}`)
  }
  return undefined
}
