// How code names a tool: `source.tool` or `source.group.tool`, each segment an identifier.
import { SourceName, ToolPath } from "@executor-v2/schema"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const isToolPath = Schema.is(ToolPath)

/** The two parts of a path: whose tool it is, and the tool's name within that source. */
export interface ToolPathParts {
  readonly path: ToolPath
  readonly source: SourceName
  readonly name: string
}

/** `None` when the text cannot be a tool path. */
export const parseToolPath = (text: string): Option.Option<ToolPathParts> => {
  if (!isToolPath(text)) return Option.none()
  const dot = text.indexOf(".")
  return Option.some({ path: text, source: text.slice(0, dot) as SourceName, name: text.slice(dot + 1) })
}

/** The source that the host itself provides; nobody else may take its name. */
export const builtinSource = "executor" as SourceName

/**
 * A source's name from what it is called or where it lives: `https://api.github.com/openapi.json` → `github`.
 * `None` when nothing of it can be a name.
 */
export const suggestSourceName = (text: string): Option.Option<SourceName> => {
  const [, host, port] = /^https?:\/\/(\[[^\]]*\]|[^/:?#]+)(?::(\d+))?/i.exec(text) ?? []
  const base = host === undefined ? fileStem(text) : hostStem(host, port)
  const words = base.split(/[^A-Za-z0-9]+/).filter((word) => word !== "")
  const camel = words
    .map((word, index) => (index === 0 ? word.toLowerCase() : word[0]!.toUpperCase() + word.slice(1)))
    .join("")
  return Schema.decodeUnknownOption(SourceName)(camel.replace(/^[^a-z]+/, "").slice(0, 40))
}

const generic = new Set(["api", "www", "rest", "mcp", "openapi", "docs", "dev", "app"])

/** Services of one machine are told apart by their ports. */
const hostStem = (host: string, port = ""): string => {
  if (/^[\d.]+$/.test(host) || host.startsWith("[") || host === "localhost") return `local${port}`
  const labels = host.toLowerCase().split(".").slice(0, -1)
  return (
    labels.findLast((label) => !generic.has(label) && !/^(com?|org|net|gov|ac)$/.test(label)) ?? labels[0] ?? "source"
  )
}

const fileStem = (path: string): string => {
  const name = path
    .split(/[/\\]/)
    .pop()!
    .replace(/\.(json|ya?ml|js|ts|mjs|cjs|py)$/i, "")
  return name.replace(/[.-]?(openapi|swagger)[.-]?/i, "") || "source"
}
