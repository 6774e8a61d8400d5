// From the text of a description to its parsed document, with a clear word on everything that is not one.
import { parse as parseYaml } from "yaml"
import { sourceError } from "../../Provider.ts"
import { isObject, own, ownString, type JsonObject } from "../../json-schema/Refs.ts"
import { atFirstSight, usual } from "./FirstSight.ts"
import { upgradeSwagger } from "./Swagger.ts"

/** A YAML document costs many times its length in memory and time. */
const longestYaml = 12 * 1024 * 1024

export interface OpenApiDocument {
  readonly root: JsonObject
  readonly title?: string
}

/** Parses and recognises OpenAPI 3.0, 3.1 and later 3.x, and Swagger 2.0. Throws `SourceError`. */
export const readDocument = (text: string): OpenApiDocument => {
  const wrong = atFirstSight(text, "the text")
  if (wrong !== undefined) throw wrong
  const root = parse(text)
  if (!isObject(root)) {
    throw sourceError(
      "not_a_specification",
      `the text is ${JSON.stringify(root)?.slice(0, 40)}, not an OpenAPI description. ${usual}`
    )
  }
  const title = ownString(own(root, "info"), "title")?.trim().slice(0, 200)
  return { root: recognised(root), ...(title === undefined || title === "" ? {} : { title }) }
}

/** Unquoted in YAML, a version is a number: 3.0 reads as 3. */
const versionText = (value: unknown): string | undefined =>
  value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value)

const recognised = (root: JsonObject): JsonObject => {
  const version = versionText(own(root, "openapi"))
  const older = versionText(own(root, "swagger"))
  if (version !== undefined && /^3(?:\.|$)/.test(version)) return withPaths(root)
  if (older !== undefined && /^2(\.0)?$/.test(older)) return upgradeSwagger(withPaths(root))
  if (version !== undefined || older !== undefined) {
    const found = version === undefined ? `Swagger ${older}` : `OpenAPI ${version}`
    throw sourceError(
      "unsupported",
      `the description says ${found.slice(0, 40)}; Swagger 2.0 and OpenAPI 3.x are understood. Convert it first.`
    )
  }
  throw sourceError("not_a_specification", `${describe(root)}: it has neither "openapi" nor "swagger". ${usual}`)
}

const describe = (root: JsonObject): string => {
  if (own(root, "asyncapi") !== undefined) return "this is an AsyncAPI document, not an OpenAPI description"
  if (isObject(own(root, "data")) && isObject(own(own(root, "data"), "__schema")))
    return "this is a GraphQL schema, not an OpenAPI description"
  const keys = Object.keys(root)
    .slice(0, 5)
    .map((key) => key.slice(0, 30))
    .join(", ")
  return `this is valid data but not an OpenAPI description${keys === "" ? "" : ` (its fields: ${keys})`}`
}

const withPaths = (root: JsonObject): JsonObject => {
  const paths = own(root, "paths")
  if (paths !== undefined && !isObject(paths)) {
    throw sourceError(
      "invalid_specification",
      'the description\'s "paths" is not an object. Correct the description and add it again.'
    )
  }
  return root
}

const parse = (text: string): unknown => {
  const content = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  try {
    return JSON.parse(content)
  } catch (error) {
    if (/^\s*[{[]/.test(content.slice(0, 4_096))) {
      throw sourceError(
        "not_a_specification",
        `the text is neither valid JSON nor an OpenAPI description: ${firstLine(error)}`
      )
    }
  }
  if (content.length > longestYaml) {
    throw sourceError(
      "too_large",
      `the YAML is longer than ${longestYaml / 1_048_576} MiB. Convert it to JSON, which may be longer, and add that.`
    )
  }
  try {
    // Aliases are bounded, as each may repeat a large part; keys are not compared, as that is quadratic.
    return parseYaml(content, {
      maxAliasCount: 1_000,
      merge: true,
      uniqueKeys: false,
      stringKeys: true,
      logLevel: "error"
    })
  } catch (error) {
    throw sourceError(
      "not_a_specification",
      `the text is neither JSON nor YAML that could be read: ${firstLine(error)}`
    )
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0]!.slice(0, 300)
