// A call's arguments → one HTTP request. No value leaves its place: not the path's segment, not the header, not the origin.
import { own } from "../../json-schema/Refs.ts"
import type { OpenApiBinding, ParameterBinding } from "./Binding.ts"
import { BadArgument, encodeBody } from "./Body.ts"
import { encodePart, encodePath, encodeQuery, headerText, isHeaderText } from "./Encode.ts"

export interface BuiltRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

type Args = Readonly<Record<string, unknown>>

type Given = ReadonlyArray<readonly [ParameterBinding, unknown]>

const longestUrl = 64 * 1024

/** The request of a call. Throws `BadArgument`. */
export const buildRequest = (binding: OpenApiBinding, args: Args): BuiltRequest => {
  const given: Given = binding.parameters
    .map((parameter): readonly [ParameterBinding, unknown] => [parameter, own(args, parameter.arg)])
    .filter(([, value]) => value !== undefined && value !== null)
  const path = buildPath(
    binding.path,
    given.filter(([parameter]) => parameter.in === "path")
  )
  const query = [
    ...(binding.query === undefined ? [] : [binding.query]),
    ...given
      .filter(([parameter]) => parameter.in === "query")
      .flatMap(([parameter, value]) => encodeQuery(parameter.name, value, parameter))
  ]
  const url = `${binding.base}${path}${query.length === 0 ? "" : `?${query.join("&")}`}`
  if (url.length > longestUrl)
    throw new BadArgument("", "shorter: an address may have 64 KiB", `${url.length} characters`)
  const headers = buildHeaders(binding, given)
  const body =
    binding.body === undefined
      ? undefined
      : encodeBody(binding.body, args, new Set(binding.parameters.map((parameter) => parameter.arg)))
  return {
    method: binding.method,
    url,
    headers: body === undefined ? headers : { ...headers, "content-type": body.type },
    ...(body === undefined ? {} : { body: body.content })
  }
}

const isDots = (segment: string): boolean => /^(?:\.|%2e){1,2}$/i.test(segment)

/** URLs drop `.` and `..` even when encoded, and empty segments change which resource is meant: such values are refused. */
const buildPath = (template: string, given: Given): string => {
  const values = new Map(given.map((one) => [one[0].name, one]))
  return template
    .split("/")
    .map((segment) => {
      if (!segment.includes("{")) return literal(segment)
      let field = ""
      const filled = segment
        .split(/(\{[^{}]+\})/)
        .map((part) => {
          const name = /^\{(.+)\}$/.exec(part)?.[1]
          if (name === undefined) return literal(part)
          const found = values.get(name)
          field = found?.[0].arg ?? name
          const text = found === undefined ? "" : encodePath(name, found[1], found[0])
          if (text === "")
            throw new BadArgument(field, "a value that is not empty, as it is part of the path", "an empty one")
          return text
        })
        .join("")
      if (isDots(filled))
        throw new BadArgument(field, 'a value other than "." and "..", which would change the path', "that")
      return filled
    })
    .join("/")
}

/** The template's own text comes from the description: what a URL cannot hold is encoded, what is encoded stays. */
const literal = (text: string): string => text.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@%]/g, encodePart)

const buildHeaders = (binding: OpenApiBinding, given: Given): Readonly<Record<string, string>> => {
  const headers: Array<readonly [string, string]> = [
    ["accept", binding.accept],
    ["user-agent", "executor"]
  ]
  const cookies: Array<string> = []
  for (const [parameter, value] of given) {
    if (parameter.in === "cookie") {
      cookies.push(...encodeQuery(parameter.name, value, parameter))
    } else if (parameter.in === "header") {
      const text = headerText(value, parameter)
      if (!isHeaderText(text))
        throw new BadArgument(parameter.arg, "one line of Latin characters, as a header holds", "other characters")
      headers.push([parameter.name.toLowerCase(), text])
    }
  }
  if (cookies.length > 0) headers.push(["cookie", cookies.join("; ")])
  return Object.fromEntries(headers)
}
