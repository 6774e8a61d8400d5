// Parameters of an operation as declared: its own, those of its path, and the gaps in its template.
import { isObject, own, ownArray, ownString, type JsonObject, type Refs } from "../../json-schema/Refs.ts"
import type { ParameterPlace, ParameterStyle } from "./Binding.ts"

export interface Parameter {
  readonly name: string
  readonly in: ParameterPlace
  readonly required: boolean
  readonly schema: unknown
  readonly description?: string
  readonly style: ParameterStyle
  readonly explode: boolean
  readonly reserved: boolean
  /** Sent as JSON text. */
  readonly json: boolean
}

const styles: Readonly<Record<ParameterPlace, ReadonlyArray<ParameterStyle>>> = {
  path: ["simple", "label", "matrix"],
  query: ["form", "spaceDelimited", "pipeDelimited", "tabDelimited", "deepObject"],
  header: ["simple"],
  cookie: ["form"]
}

/** Header names that a request's own parts decide; OpenAPI ignores the first three too. */
const reservedHeaders = new Set([
  "accept",
  "content-type",
  "authorization",
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "cookie",
  "user-agent"
])
const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}$/

const isPlace = (place: unknown): place is ParameterPlace =>
  place === "path" || place === "query" || place === "header" || place === "cookie"

/** Reads one declaration; `undefined` when it is of no use. Declarations are shared, so each is read once. */
export const makeParameterReader = (refs: Refs) => {
  const known = new Map<object, Parameter | undefined>()

  const read = (declared: JsonObject): Parameter | undefined => {
    const name = ownString(declared, "name")
    const place = own(declared, "in")
    if (name === undefined || name === "" || name.length > 200 || !isPlace(place)) return undefined
    if (place === "header" && (!token.test(name) || reservedHeaders.has(name.toLowerCase()))) return undefined
    if (place === "cookie" && !token.test(name)) return undefined
    const content = own(declared, "content")
    const media = isObject(content) ? Object.keys(content)[0] : undefined
    const described = media === undefined ? own(declared, "schema") : own(own(content, media), "schema")
    const allowed = styles[place]
    const style = allowed.find((one) => one === own(declared, "style")) ?? allowed[0]!
    const explode = own(declared, "explode")
    const description = ownString(declared, "description")
    return {
      name,
      in: place,
      required: place === "path" || own(declared, "required") === true,
      schema: described ?? {},
      ...(description === undefined ? {} : { description }),
      style,
      explode: typeof explode === "boolean" ? explode : style === "form" || style === "deepObject",
      // Of queries only (OpenAPI 3.1 §4.8.12.2): in a cookie, a semicolon would begin another.
      reserved: place === "query" && own(declared, "allowReserved") === true,
      json: media !== undefined && /json/i.test(media)
    }
  }

  const reading = (declared: unknown): Parameter | undefined => {
    const ref = ownString(declared, "$ref")
    const value = ref === undefined ? declared : refs.find(ref)?.value
    if (!isObject(value)) return undefined
    if (!known.has(value)) known.set(value, read(value))
    return known.get(value)
  }

  /** Parameters of one operation; the operation's own replace those of its path with the same place and name. */
  return (operation: JsonObject, pathItem: JsonObject, path: string): ReadonlyArray<Parameter> => {
    const found = new Map<string, Parameter>()
    for (const list of [ownArray(pathItem, "parameters"), ownArray(operation, "parameters")]) {
      for (const declared of list.slice(0, 500)) {
        const parameter = reading(declared)
        if (parameter !== undefined) found.set(`${parameter.in} ${parameter.name}`, parameter)
      }
    }
    const inTemplate = gapsOf(path)
    for (const name of inTemplate) {
      if (!found.has(`path ${name}`)) found.set(`path ${name}`, implied(name))
    }
    return [...found.values()].filter((parameter) => parameter.in !== "path" || inTemplate.has(parameter.name))
  }
}

/** Names between braces. */
const gapsOf = (path: string): ReadonlySet<string> => {
  const gaps = new Set<string>()
  for (let start = path.indexOf("{"); start >= 0; start = path.indexOf("{", start + 1)) {
    const end = path.indexOf("}", start)
    if (end > start + 1) gaps.add(path.slice(start + 1, end))
  }
  return gaps
}

/** A gap in the template that no parameter declares. */
const implied = (name: string): Parameter => ({
  name,
  in: "path",
  required: true,
  schema: { type: "string" },
  style: "simple",
  explode: false,
  reserved: false,
  json: false
})
