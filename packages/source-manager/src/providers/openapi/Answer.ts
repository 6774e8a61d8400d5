// What came back → the value that the caller gets, as JSON text, or the error that says what the service said.
import { ToolError } from "@executor-v2/schema"
import { encodeBase64 } from "../../json-schema/Base64.ts"
import type { OutboundError, OutboundResponse } from "../../network/Outbound.ts"
import { cut, oneLine, visible } from "../../json-schema/Prose.ts"
import type { OpenApiBinding } from "./Binding.ts"

/** Characters of an answer that an error repeats. */
const excerptLength = 500
/** JSON up to this length is parsed to be sure of it; longer texts are looked at from both ends, as parsing would take long. */
const parsedLength = 2 * 1024 * 1024

/** A call in words: its address without the query, which may hold what should not be repeated. */
const callOf = (binding: OpenApiBinding): string =>
  `${binding.method} ${binding.base}${visible(cut(binding.path, 160))}`

const isJson = (type: string): boolean => /[/+]json$/.test(type)
const isText = (type: string): boolean =>
  type.startsWith("text/") ||
  /[/+](?:xml|yaml|x-yaml|csv|javascript|x-ndjson|graphql)$|^application\/x-www-form-urlencoded$/.test(type)

const decode = (body: Uint8Array, contentType: string): string => {
  const charset = /charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1]
  try {
    return new TextDecoder(charset ?? "utf-8").decode(body)
  } catch {
    return new TextDecoder().decode(body)
  }
}

const looksLikeJson = (text: string): boolean => {
  const trimmed = text.trim()
  if (trimmed === "") return false
  if (trimmed.length > parsedLength) return ["{}", "[]"].includes(`${trimmed[0]!}${trimmed.at(-1)!}`)
  try {
    JSON.parse(trimmed)
    return true
  } catch {
    return false
  }
}

/** The value of a successful answer, as JSON text. */
export const valueOf = (binding: OpenApiBinding, response: OutboundResponse): string => {
  const { body, headers, status } = response
  if (binding.method === "HEAD") return JSON.stringify({ status, headers })
  if (status === 204 || status === 205 || (body.length === 0 && status < 300)) return "null"
  // A redirect that was not followed: where it leads is all there is to say.
  if (status >= 300) return JSON.stringify({ status, location: headers["location"] ?? null })
  const contentType = headers["content-type"] ?? ""
  const type = contentType.split(";")[0]!.trim().toLowerCase()
  if (isJson(type) || type === "" || isText(type)) {
    const text = decode(body, contentType)
    return !isText(type) && looksLikeJson(text) ? text : JSON.stringify(text)
  }
  return JSON.stringify({ contentType: type, base64: encodeBase64(body) })
}

const retryableStatus = (status: number): boolean => status === 408 || status === 425 || status === 429 || status >= 500

/** Seconds to wait, from `retry-after` or a rate limit's reset; both in seconds or as a date. */
const retryAfter = (headers: Readonly<Record<string, string>>, now: number): number | undefined => {
  const text = headers["retry-after"]
  if (text === undefined) return undefined
  const seconds = /^\d+$/.test(text.trim()) ? Number(text) : (Date.parse(text) - now) / 1_000
  return Number.isFinite(seconds) ? Math.max(0, Math.min(Math.ceil(seconds), 86_400)) : undefined
}

const excerptOf = (response: OutboundResponse): string => {
  const contentType = response.headers["content-type"] ?? ""
  const type = contentType.split(";")[0]!.trim().toLowerCase()
  if (response.body.length === 0) return ""
  if (type !== "" && !isJson(type) && !isText(type)) return `(${type}, ${response.body.length} bytes)`
  const text = decode(response.body.subarray(0, 8_192), contentType)
  const readable =
    /html/.test(type) || /^\s*<(?:!doctype|html)/i.test(text)
      ? text.replace(/<(script|style)\b[^]*?(?:<\/\1>|$)/gi, " ").replace(/<[^>]*>/g, " ")
      : text
  return cut(oneLine(readable), excerptLength)
}

const advice = (status: number, wait: number | undefined): string => {
  if (status === 401) return " The service wants a credential, or another one."
  if (status === 403) return " The credential that was used, if any, may not do this."
  if (status === 429) return ` Too many calls: wait ${wait === undefined ? "a while" : `${wait} s`} before the next.`
  return retryableStatus(status) && wait !== undefined ? ` Try again in ${wait} s.` : ""
}

/** A refusal or failure of the service. */
export const upstreamError = (binding: OpenApiBinding, response: OutboundResponse, now: number): ToolError => {
  const { status } = response
  const wait = retryAfter(response.headers, now)
  const excerpt = excerptOf(response)
  return new ToolError({
    code: "upstream_error",
    message: `${callOf(binding)} answered ${status}${excerpt === "" ? "." : `: ${excerpt}`}${advice(status, wait)}`,
    status,
    retryable: retryableStatus(status),
    ...(wait === undefined ? {} : { details: { retryAfterSeconds: wait } })
  })
}

/** No answer was had. A call with effects may have had them all the same, so it is not called retryable. */
export const noAnswer = (binding: OpenApiBinding, error: OutboundError, repeatable: boolean): ToolError => {
  const call = callOf(binding)
  const doubt = repeatable
    ? " It may be tried again."
    : " Whether it had an effect is not known: look before trying again."
  switch (error.reason) {
    case "timeout":
      return new ToolError({
        code: "timeout",
        message: `${call} got no answer in time: ${error.detail}.${doubt}`,
        retryable: repeatable
      })
    case "unreachable":
      return new ToolError({
        code: "unreachable",
        message: `${call} failed: ${error.detail}.${doubt}`,
        retryable: repeatable
      })
    case "refused":
      return new ToolError({
        code: "refused_address",
        message: `${call} was not sent: ${error.detail}.`,
        retryable: false
      })
    case "too-large":
      return new ToolError({
        code: "too_large",
        message: `${call}: ${error.detail}. Ask for less, such as fewer items per page.`,
        retryable: false
      })
    case "too-many-redirects":
    case "invalid-url":
      return new ToolError({ code: "unreachable", message: `${call} failed: ${error.detail}.`, retryable: false })
  }
}
