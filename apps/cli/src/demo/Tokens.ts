// What a model would read: all tools' definitions by hand-wired clients, or Executor's one tool.
import { encode } from "gpt-tokenizer/encoding/o200k_base"

type Json = { readonly [key: string]: unknown }

/** Tokens of a value's JSON text, in the o200k vocabulary. */
export const tokensOf = (value: unknown): number => encode(JSON.stringify(value)).length

/** Replaces local references, each at most once on the way down, as clients that inline them do. */
const inlined = (root: Json, value: unknown, open: ReadonlySet<string> = new Set()): unknown => {
  if (Array.isArray(value)) return value.map((item) => inlined(root, item, open))
  if (value === null || typeof value !== "object") return value
  const ref = (value as Json)["$ref"]
  if (typeof ref === "string") {
    if (open.has(ref)) return {}
    const target = ref
      .slice(2)
      .split("/")
      .reduce<unknown>((at, key) => (at as Json | undefined)?.[key], root)
    return inlined(root, target, new Set([...open, ref]))
  }
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, inlined(root, field, open)]))
}

const methods = ["get", "put", "post", "delete", "patch", "head", "options"]

/** An OpenAPI description as the list of tools that a direct bridge would give: name, description, input schema. */
export const directTools = (document: Json): ReadonlyArray<unknown> =>
  Object.entries(document["paths"] as Record<string, Json>).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => methods.includes(method))
      .map(([method, value]) => {
        const operation = value as Json
        const parameters = inlined(document, operation["parameters"] ?? []) as ReadonlyArray<Json>
        const body = inlined(document, operation["requestBody"] ?? {}) as Json
        const schema = ((body["content"] as Json | undefined)?.["application/json"] as Json | undefined)?.["schema"]
        return {
          name: operation["operationId"] ?? `${method} ${path}`,
          description: operation["description"] ?? operation["summary"],
          inputSchema: {
            type: "object",
            properties: Object.fromEntries([
              ...parameters.map((parameter) => [
                parameter["name"],
                { ...(parameter["schema"] as Json), description: parameter["description"] }
              ]),
              ...(schema === undefined ? [] : [["body", schema]])
            ])
          }
        }
      })
  )
