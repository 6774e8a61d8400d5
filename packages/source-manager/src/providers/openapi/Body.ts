// Arguments → the body of a request, in the media type that the operation takes.
import { decodeBase64 } from "../../json-schema/Base64.ts"
import { isObject, own } from "../../json-schema/Refs.ts"
import type { Problem } from "../../json-schema/SchemaCheck.ts"
import { givenOf } from "../../json-schema/SchemaWords.ts"
import type { BodyBinding, PartBinding } from "./Binding.ts"
import { encodeQuery, plainText } from "./Encode.ts"

export interface SentBody {
  readonly type: string
  readonly content: string | Uint8Array
}

/** Thrown: an argument that no request can carry, although its schema allows it. */
export class BadArgument extends Error {
  readonly problem: Problem
  constructor(field: string, expected: string, given: string) {
    super(`${field} must be ${expected}`)
    this.problem = { field, expected, given }
  }
}

type Args = Readonly<Record<string, unknown>>

/** `undefined` when nothing is sent. `taken` are the arguments that are parameters. Throws `BadArgument`. */
export const encodeBody = (binding: BodyBinding, args: Args, taken: ReadonlySet<string>): SentBody | undefined => {
  const value = binding.arg === undefined ? fieldsOf(binding, args, taken) : own(args, binding.arg)
  if (value === undefined) return undefined
  const field = binding.arg ?? ""
  switch (binding.encoding) {
    case "json":
      return { type: binding.type, content: JSON.stringify(value) }
    case "text":
      return { type: binding.type, content: plainText(value) }
    case "binary":
      return { type: binding.type, content: bytesOf(field, value) }
    case "form":
      return { type: binding.type, content: formText(binding, value) }
    case "multipart":
      return multipart(binding, value)
  }
}

const bytesOf = (field: string, value: unknown): Uint8Array => {
  const bytes = typeof value === "string" ? decodeBase64(value) : undefined
  if (bytes === undefined) throw new BadArgument(field, "Base64", givenOf(value))
  return bytes
}

const fieldsOf = (binding: BodyBinding, args: Args, taken: ReadonlySet<string>): unknown => {
  const known = (binding.fields ?? []).filter((name) => Object.hasOwn(args, name) && args[name] !== undefined)
  const more =
    binding.open === true
      ? Object.keys(args).filter((name) => !taken.has(name) && !known.includes(name) && args[name] !== undefined)
      : []
  const names = [...known, ...more]
  return names.length === 0 && binding.required !== true
    ? undefined
    : Object.fromEntries(names.map((name) => [name, args[name]]))
}

const partFor = (binding: BodyBinding, name: string): PartBinding | undefined =>
  binding.parts?.find((part) => part.name === name)

const entriesOf = (value: unknown): ReadonlyArray<readonly [string, unknown]> =>
  isObject(value)
    ? Object.keys(value)
        .filter((key) => value[key] !== undefined)
        .map((key) => [key, value[key]])
    : []

const formText = (binding: BodyBinding, value: unknown): string => {
  if (!isObject(value)) return plainText(value)
  return entriesOf(value)
    .flatMap(([name, item]) => {
      const part = partFor(binding, name)
      const style = part?.style ?? "form"
      const nested = isObject(item) && part?.style === undefined
      const json = nested || part?.contentType?.includes("json") === true
      return encodeQuery(name, item, {
        style,
        explode: part?.explode ?? (style === "form" || style === "deepObject"),
        ...(json ? { json } : {})
      })
    })
    .join("&")
    .replaceAll("%20", "+")
}

const multipart = (binding: BodyBinding, value: unknown): SentBody => {
  const boundary = `executor-${crypto.randomUUID()}`
  const utf8 = new TextEncoder()
  const chunks: Array<Uint8Array> = []
  for (const [name, item] of entriesOf(value)) {
    const part = partFor(binding, name)
    for (const one of Array.isArray(item) ? item : [item]) {
      const content = part?.file === true ? fileOf(name, one) : { bytes: utf8.encode(plainText(one)) }
      const type =
        content.contentType ??
        part?.contentType ??
        (part?.file === true
          ? "application/octet-stream"
          : typeof one === "object" && one !== null
            ? "application/json"
            : undefined)
      const filename = part?.file === true ? `; filename="${quotable(content.filename ?? name)}"` : ""
      const head =
        `--${boundary}\r\nContent-Disposition: form-data; name="${quotable(name)}"${filename}\r\n` +
        `${type === undefined ? "" : `Content-Type: ${type}\r\n`}\r\n`
      chunks.push(utf8.encode(head), content.bytes, utf8.encode("\r\n"))
    }
  }
  chunks.push(utf8.encode(`--${boundary}--\r\n`))
  return { type: `${binding.type.split(";")[0]!}; boundary=${boundary}`, content: concat(chunks) }
}

interface FileContent {
  readonly bytes: Uint8Array
  readonly filename?: string
  readonly contentType?: string
}

const fileOf = (name: string, value: unknown): FileContent => {
  const bytes = bytesOf(name, typeof value === "string" ? value : own(value, "base64"))
  const filename = own(value, "filename")
  const contentType = own(value, "contentType")
  return {
    bytes,
    ...(typeof filename === "string" ? { filename } : {}),
    ...(typeof contentType === "string" && /^[\x21-\x7e]+\/[\x20-\x7e]+$/.test(contentType) ? { contentType } : {})
  }
}

/** Names inside quotes (HTML's form submission): nothing that could end the quotes or the line. */
const quotable = (name: string): string =>
  name
    .toWellFormed()
    .replaceAll('"', "%22")
    .replaceAll("\r", "%0D")
    .replaceAll("\n", "%0A")
    .replace(/\p{Cc}/gu, "")

const concat = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
