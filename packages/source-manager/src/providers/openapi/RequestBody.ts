// A request body as declared: which of its media types is sent, and how its fields travel.
import { isObject, own, ownString, type JsonObject, type Refs } from "../../json-schema/Refs.ts"
import type { BodyBinding, ParameterStyle, PartBinding } from "./Binding.ts"

export interface RequestBody {
  readonly type: string
  readonly encoding: BodyBinding["encoding"]
  readonly schema: unknown
  /** `undefined` when the description does not say. */
  readonly required: boolean | undefined
  readonly description?: string
  readonly parts: ReadonlyArray<PartBinding>
}

/** What callers give for a file. */
export const fileSchema = {
  description: "Base64, or an object with base64, filename and contentType.",
  anyOf: [
    { type: "string" },
    {
      type: "object",
      properties: { base64: { type: "string" }, filename: { type: "string" }, contentType: { type: "string" } },
      required: ["base64"],
      additionalProperties: false
    }
  ]
}
const filesSchema = { type: "array", items: fileSchema }

const binarySchema = { type: "string", description: "Base64 of the content." }
const mediaType = /^[A-Za-z0-9!#$&^_.+-]{1,100}\/[A-Za-z0-9!#$&^_.+*-]{1,100}(?:\s*;.{0,200})?$/

const encodingOf = (type: string): BodyBinding["encoding"] => {
  const essence = type.split(";")[0]!.trim().toLowerCase()
  if (essence === "*/*" || essence === "application/*" || /[/+]json$/.test(essence)) return "json"
  if (essence === "application/x-www-form-urlencoded") return "form"
  if (essence.startsWith("multipart/")) return "multipart"
  return essence.startsWith("text/") || /[/+](?:xml|yaml|x-yaml|graphql|javascript|x-ndjson)$/.test(essence)
    ? "text"
    : "binary"
}

const preference = ["json", "form", "multipart", "text", "binary"]

const rank = (type: string): number => {
  const exact = type.toLowerCase() === "application/json" ? 0 : 0.5
  return preference.indexOf(encodingOf(type)) + exact
}

/** `undefined` when the operation has none. */
export const readRequestBody = (operation: JsonObject, refs: Refs): RequestBody | undefined => {
  const declared = own(operation, "requestBody")
  const ref = ownString(declared, "$ref")
  const body = ref === undefined ? declared : refs.find(ref)?.value
  const content = own(body, "content")
  if (!isObject(content)) return undefined
  const type = Object.keys(content)
    .filter((one) => mediaType.test(one))
    .sort((left, right) => rank(left) - rank(right))[0]
  if (type === undefined) return undefined
  const encoding = encodingOf(type)
  const media = own(content, type)
  const schema = own(media, "schema")
  const parts =
    encoding === "form" || encoding === "multipart" ? partsOf(schema, own(media, "encoding"), encoding, refs) : []
  const description = ownString(body, "description")
  const required = own(body, "required")
  return {
    type: encoding === "json" && type.includes("*") ? "application/json" : type,
    encoding,
    schema:
      encoding === "binary" ? binarySchema : encoding === "text" ? { type: "string" } : withFiles(schema, parts, refs),
    required: typeof required === "boolean" ? required : undefined,
    ...(description === undefined ? {} : { description }),
    parts
  }
}

const resolved = (schema: unknown, refs: Refs): unknown => {
  const ref = ownString(schema, "$ref")
  return ref === undefined ? schema : refs.find(ref)?.value
}

const isFile = (schema: unknown): boolean =>
  own(schema, "format") === "binary" ||
  own(schema, "format") === "base64" ||
  own(schema, "type") === "file" ||
  own(schema, "contentMediaType") === "application/octet-stream"

const partsOf = (
  schema: unknown,
  encodings: unknown,
  encoding: "form" | "multipart",
  refs: Refs
): ReadonlyArray<PartBinding> => {
  const properties = own(resolved(schema, refs), "properties")
  if (!isObject(properties)) return []
  const parts: Array<PartBinding> = []
  for (const name of Object.keys(properties)) {
    const property = resolved(properties[name], refs)
    const file = encoding === "multipart" && (isFile(property) || isFile(resolved(own(property, "items"), refs)))
    const encoded = own(encodings, name)
    const style = ownString(encoded, "style")
    const explode = own(encoded, "explode")
    const contentType = ownString(encoded, "contentType")?.split(",")[0]?.trim()
    const part: PartBinding = {
      name,
      ...(style === undefined || !formStyles.has(style) ? {} : { style: style as ParameterStyle }),
      ...(typeof explode === "boolean" ? { explode } : {}),
      ...(contentType === undefined || !mediaType.test(contentType) || contentType.includes("*")
        ? {}
        : { contentType }),
      ...(file ? { file } : {})
    }
    if (Object.keys(part).length > 1) parts.push(part)
  }
  return parts
}

const formStyles = new Set(["form", "spaceDelimited", "pipeDelimited", "deepObject"])

/** The schema as callers see it: files become base64. */
const withFiles = (schema: unknown, parts: ReadonlyArray<PartBinding>, refs: Refs): unknown => {
  const files = parts.filter((part) => part.file === true).map((part) => part.name)
  const whole = resolved(schema, refs)
  const properties = own(whole, "properties")
  if (files.length === 0 || !isObject(whole) || !isObject(properties)) return schema ?? {}
  const replaced = Object.keys(properties).map((name): readonly [string, unknown] => {
    if (!files.includes(name)) return [name, properties[name]]
    return [name, own(resolved(properties[name], refs), "type") === "array" ? filesSchema : fileSchema]
  })
  return { ...whole, properties: Object.fromEntries(replaced) }
}
