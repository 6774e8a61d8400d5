// What a call gives back, as far as the description says: the type of its successful answer and the media types to ask for.
import { isObject, own, ownString, type JsonObject, type Refs } from "../../json-schema/Refs.ts"

export interface Result {
  readonly output: { readonly schema: unknown } | { readonly text: string }
  /** The `accept` header. */
  readonly accept: string
}

const isJson = (type: string): boolean => /^(?:\*\/\*|application\/\*)$|[/+]json(?:;|$)/i.test(type)
const isText = (type: string): boolean => /^text\/|[/+](?:xml|yaml|csv)(?:;|$)/i.test(type)
const sendable = /^[\x20-\x7e]{3,200}$/

/** What a binary answer looks like to the caller. */
const binary = "{ contentType: string; base64: string }"

const anything = "application/json, */*;q=0.5"

/** The lowest successful status decides; `default` only when there is no other. */
const successOf = (responses: JsonObject): unknown => {
  const statuses = Object.keys(responses)
    .filter((status) => status.startsWith("2"))
    .sort()
  const described = statuses.find(
    (status) => own(responses[status], "content") !== undefined || own(responses[status], "$ref") !== undefined
  )
  return responses[described ?? statuses[0] ?? "default"]
}

export const readResult = (method: string, operation: JsonObject, refs: Refs): Result => {
  if (method === "HEAD")
    return { output: { text: "{ status: number; headers: Record<string, string> }" }, accept: "*/*" }
  const responses = own(operation, "responses")
  if (!isObject(responses)) return { output: { text: "unknown" }, accept: anything }
  const declared = successOf(responses)
  const ref = ownString(declared, "$ref")
  const response = ref === undefined ? declared : refs.find(ref)?.value
  if (!isObject(response)) return { output: { text: "unknown" }, accept: anything }
  const content = own(response, "content")
  const types = isObject(content) ? Object.keys(content) : []
  const json = types.find((type) => type.toLowerCase() === "application/json") ?? types.find(isJson)
  if (json !== undefined) {
    const schema = own(own(content, json), "schema")
    const accept =
      json.includes("*") || !sendable.test(json)
        ? anything
        : json === "application/json"
          ? json
          : `${json}, application/json;q=0.9`
    return { output: schema === undefined ? { text: "unknown" } : { schema }, accept }
  }
  const first = types[0]
  // Nothing is declared: most often nothing comes, but some descriptions only forgot.
  if (first === undefined)
    return { output: { text: Object.hasOwn(responses, "204") ? "null" : "unknown" }, accept: anything }
  const accept = sendable.test(first) ? `${first}, */*;q=0.5` : anything
  return { output: { text: isText(first) ? "string" : binary }, accept }
}
