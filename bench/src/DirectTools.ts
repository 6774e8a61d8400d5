// An OpenAPI description as the tools that a direct bridge would list: what a model reads without Executor.

type Json = { readonly [key: string]: unknown }

const methods = new Set(["get", "put", "post", "delete", "patch", "head", "options"])
/** References inside references are given as an empty schema below this depth. */
const deepest = 3

const resolved = (root: Json, value: unknown, depth = 0): unknown => {
  if (Array.isArray(value)) return value.map((item) => resolved(root, item, depth))
  if (value === null || typeof value !== "object") return value
  const { $ref: reference } = value as { readonly $ref?: unknown }
  if (typeof reference === "string") {
    if (depth === deepest) return {}
    const steps = reference.slice(2).split("/")
    return resolved(
      root,
      steps.reduce<unknown>((at, step) => (at as Json | undefined)?.[step], root),
      depth + 1
    )
  }
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, resolved(root, field, depth)]))
}

const jsonSchema = (body: unknown): unknown =>
  (body as { readonly content?: { readonly "application/json"?: { readonly schema?: unknown } } }).content?.[
    "application/json"
  ]?.schema

const toolOf = (root: Json, id: string, operation: Json): Json => {
  const parameters = resolved(root, operation["parameters"] ?? []) as ReadonlyArray<Json>
  const body = jsonSchema(resolved(root, operation["requestBody"] ?? {}))
  const fields = parameters.map(({ description, name, schema }): [string, unknown] => [
    String(name),
    { ...(schema as Json), description }
  ])
  return {
    name: operation["operationId"] ?? id,
    description: operation["description"] ?? operation["summary"],
    inputSchema: {
      type: "object",
      properties: Object.fromEntries([...fields, ...(body === undefined ? [] : [["body", body]])])
    }
  }
}

/** One tool definition per operation: name, description, input schema. */
export const directTools = (description: Buffer): ReadonlyArray<Json> => {
  const root = JSON.parse(description.toString("utf8")) as { readonly paths: Record<string, Record<string, Json>> }
  return Object.entries(root.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => methods.has(method))
      .map(([method, operation]) => toolOf(root, `${method} ${path}`, operation))
  )
}
