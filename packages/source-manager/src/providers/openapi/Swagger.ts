// Swagger 2.0 → OpenAPI 3: operations, parameters, answers and credentials in today's form. Schemas stay where they are.
import { isObject, makeRefs, own, ownArray, ownString, type JsonObject, type Refs } from "../../json-schema/Refs.ts"

const methods = ["get", "put", "post", "delete", "options", "head", "patch"]

/** The document with what compiling reads rewritten; references such as `#/definitions/Pet` go on working. */
export const upgradeSwagger = (root: JsonObject): JsonObject => {
  const refs = makeRefs(root)
  const paths = own(root, "paths")
  const upgraded = isObject(paths)
    ? Object.fromEntries(Object.keys(paths).map((path) => [path, upgradePath(paths[path], root, refs)]))
    : {}
  return {
    ...root,
    openapi: "3.0.3",
    servers: serversOf(root),
    paths: upgraded,
    components: { securitySchemes: upgradeSchemes(own(root, "securityDefinitions")) }
  }
}

const serversOf = (root: JsonObject): ReadonlyArray<unknown> => {
  const host = ownString(root, "host")
  const basePath = ownString(root, "basePath") ?? "/"
  if (host === undefined) return [{ url: basePath }]
  const schemes = ownArray(root, "schemes").filter((scheme) => scheme === "https" || scheme === "http")
  // Without a scheme, the description's own is meant.
  if (schemes.length === 0) return [{ url: `//${host}${basePath}` }, { url: `https://${host}${basePath}` }]
  return [{ url: `${schemes.includes("https") ? "https" : "http"}://${host}${basePath}` }]
}

const resolved = (declared: unknown, refs: Refs): unknown => {
  const ref = ownString(declared, "$ref")
  return ref === undefined ? declared : refs.find(ref)?.value
}

const upgradePath = (declared: unknown, root: JsonObject, refs: Refs): unknown => {
  const item = resolved(declared, refs)
  if (!isObject(item)) return item
  const shared = ownArray(item, "parameters").map((parameter) => resolved(parameter, refs))
  const upgraded: Record<string, unknown> = {}
  for (const method of methods) {
    const operation = own(item, method)
    if (isObject(operation)) upgraded[method] = upgradeOperation(operation, shared, root, refs)
  }
  return upgraded
}

const mediaTypes = (
  operation: JsonObject,
  root: JsonObject,
  keyword: "consumes" | "produces"
): ReadonlyArray<string> => {
  const stated = own(operation, keyword) === undefined ? ownArray(root, keyword) : ownArray(operation, keyword)
  const types = stated.filter((type) => typeof type === "string")
  return types.length === 0 ? ["application/json"] : types
}

const upgradeOperation = (
  operation: JsonObject,
  shared: ReadonlyArray<unknown>,
  root: JsonObject,
  refs: Refs
): JsonObject => {
  const stated = ownArray(operation, "parameters").map((parameter) => resolved(parameter, refs))
  const placed = (parameter: unknown) => `${String(own(parameter, "in"))} ${String(own(parameter, "name"))}`
  const replaced = new Set(stated.map(placed))
  const parameters = [...shared.filter((parameter) => !replaced.has(placed(parameter))), ...stated].filter(isObject)
  const consumes = mediaTypes(operation, root, "consumes")
  const body = parameters.find((parameter) => own(parameter, "in") === "body")
  const form = parameters.filter((parameter) => own(parameter, "in") === "formData")
  const requestBody = body !== undefined ? bodyOf(body, consumes) : form.length > 0 ? formOf(form, consumes) : undefined
  const produces = mediaTypes(operation, root, "produces")
  const { parameters: _, responses, ...rest } = operation
  return {
    ...rest,
    parameters: parameters
      .filter((parameter) => !["body", "formData"].includes(String(own(parameter, "in"))))
      .map(upgradeParameter),
    ...(requestBody === undefined ? {} : { requestBody }),
    ...(isObject(responses)
      ? {
          responses: Object.fromEntries(
            Object.keys(responses).map((status) => [status, upgradeResponse(responses[status], produces, refs)])
          )
        }
      : {})
  }
}

const formats: Readonly<Record<string, readonly [style: string, explode: boolean]>> = {
  csv: ["form", false],
  ssv: ["spaceDelimited", false],
  tsv: ["tabDelimited", false],
  pipes: ["pipeDelimited", false],
  multi: ["form", true]
}

const annotations = new Set(["name", "in", "description", "required", "collectionFormat", "allowEmptyValue"])

const schemaOf = (parameter: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.keys(parameter)
      .filter((key) => !annotations.has(key))
      .map((key) => [key, parameter[key]])
  )

const upgradeParameter = (parameter: JsonObject): JsonObject => {
  const { name, in: place, description, required } = parameter
  const [style, explode] = formats[ownString(parameter, "collectionFormat") ?? "csv"] ?? formats["csv"]!
  const isQuery = place === "query"
  return { name, in: place, description, required, schema: schemaOf(parameter), ...(isQuery ? { style, explode } : {}) }
}

const bodyOf = (parameter: JsonObject, consumes: ReadonlyArray<string>): JsonObject => ({
  description: own(parameter, "description"),
  required: own(parameter, "required") === true,
  content: Object.fromEntries(consumes.map((type) => [type, { schema: own(parameter, "schema") ?? {} }]))
})

const formOf = (parameters: ReadonlyArray<JsonObject>, consumes: ReadonlyArray<string>): JsonObject => {
  const hasFile = parameters.some((parameter) => own(parameter, "type") === "file")
  const type = hasFile
    ? "multipart/form-data"
    : (consumes.find((one) => /form/.test(one)) ?? "application/x-www-form-urlencoded")
  const described = parameters.map((parameter) => {
    const description = own(parameter, "description")
    const schema = { ...schemaOf(parameter), ...(description === undefined ? {} : { description }) }
    return [String(own(parameter, "name")), schema] as const
  })
  const encoding = parameters.flatMap((parameter) => {
    const [style, explode] = formats[ownString(parameter, "collectionFormat") ?? ""] ?? []
    return style === undefined ? [] : [[String(own(parameter, "name")), { style, explode }] as const]
  })
  const required = parameters
    .filter((parameter) => own(parameter, "required") === true)
    .map((parameter) => own(parameter, "name"))
  return {
    required: required.length > 0,
    content: {
      [type]: {
        schema: { type: "object", properties: Object.fromEntries(described), required },
        encoding: Object.fromEntries(encoding)
      }
    }
  }
}

const upgradeResponse = (declared: unknown, produces: ReadonlyArray<string>, refs: Refs): unknown => {
  const response = resolved(declared, refs)
  const schema = own(response, "schema")
  if (schema === undefined) return { description: own(response, "description") }
  return { content: Object.fromEntries(produces.map((type) => [type, { schema }])) }
}

const upgradeSchemes = (definitions: unknown): JsonObject => {
  if (!isObject(definitions)) return {}
  return Object.fromEntries(
    Object.keys(definitions).map((name) => {
      const scheme = definitions[name]
      return [
        name,
        own(scheme, "type") === "basic" ? { ...(scheme as JsonObject), type: "http", scheme: "basic" } : scheme
      ]
    })
  )
}
