// What `tools.executor.*` offers, as data: names, words for the model, argument schemas.
import type { CompiledTool } from "../../Provider.ts"

interface Builtin {
  readonly name: string
  readonly description: string
  /** Type of the argument object, as TypeScript. */
  readonly args: string
  readonly returns: string
  readonly effects?: boolean
  readonly properties: Readonly<Record<string, unknown>>
  readonly required?: ReadonlyArray<string>
}

const text = { type: "string" }
const count = { type: "integer", minimum: 0 }

const builtins: ReadonlyArray<Builtin> = [
  {
    name: "tools.search",
    description: "Find tools by what they should do. Whole sentences are welcome.",
    args: "{ query: string; limit?: number; offset?: number; source?: string }",
    returns: "{ hits: Array<{ path: string; summary: string; signature: string }>; total: number }",
    properties: { query: text, limit: { ...count, maximum: 50 }, offset: count, source: text },
    required: ["query"]
  },
  {
    name: "tools.describe",
    description: "The whole interface of one tool: TypeScript declaration, description, annotations.",
    args: "{ path: string }",
    returns:
      "{ path: string; description: string; typescript: string; annotations: { readOnly: boolean; destructive: boolean; idempotent: boolean } }",
    properties: { path: text },
    required: ["path"]
  },
  {
    name: "sources.list",
    description: "The registered sources with their states.",
    args: "{}",
    returns:
      "Array<{ name: string; kind?: string; state: string; title?: string; toolCount: number; problem?: string }>",
    properties: {}
  },
  {
    name: "sources.add",
    description: "Register an OpenAPI or MCP service at a public address. Others need a human.",
    args: '{ url: string; name?: string; kind?: "openapi" | "mcp"; baseUrl?: string }',
    returns: "{ name: string; state: string; toolCount: number; problem?: string }",
    effects: true,
    properties: { url: text, name: text, kind: { enum: ["openapi", "mcp"] }, baseUrl: text },
    required: ["url"]
  },
  {
    name: "sources.refresh",
    description: "Look at a source again and compile what it offers now.",
    args: "{ name: string }",
    returns: "{ name: string; state: string; toolCount: number; problem?: string }",
    effects: true,
    properties: { name: text },
    required: ["name"]
  },
  {
    name: "sources.remove",
    description: "Remove a source that a run has added.",
    args: "{ name: string }",
    returns: "null",
    effects: true,
    properties: { name: text },
    required: ["name"]
  },
  {
    name: "runs.list",
    description: "Earlier runs, newest first.",
    args: "{ limit?: number; before?: string; status?: string }",
    returns: "Array<{ id: string; status: string; createdAt: number; callCount: number; error?: string }>",
    properties: { limit: { ...count, maximum: 200 }, before: text, status: text }
  },
  {
    name: "runs.get",
    description: "One run with its tool calls.",
    args: "{ id: string }",
    returns:
      "{ id: string; status: string; code: string; calls: Array<{ path: string; arguments: string; outcome: string }> }",
    properties: { id: text },
    required: ["id"]
  },
  {
    name: "artifacts.read",
    description:
      "The stored result of a run: the whole value, or a slice of its JSON text (offset and length in bytes).",
    args: "{ run: string; offset?: number; length?: number }",
    returns: "any",
    properties: { run: text, offset: count, length: { type: "integer", minimum: 1 } },
    required: ["run"]
  },
  {
    name: "policies.list",
    description: "The rules that decide which tools may be called. Only a human changes them.",
    args: "{}",
    returns: "Array<{ pattern: string; effect: string; note?: string }>",
    properties: {}
  },
  {
    name: "health",
    description: "Whether the host is well: its version, how many sources and tools it has.",
    args: "{}",
    returns: "{ ok: true; version: string; sources: number; tools: number }",
    properties: {}
  }
]

const compile = ({
  name,
  description,
  args,
  returns,
  effects = false,
  properties,
  required = []
}: Builtin): CompiledTool => {
  const signature = `(args${required.length === 0 ? "?" : ""}: ${args}) => Promise<${returns}>`
  return {
    name,
    summary: description,
    description,
    signature: signature.length <= 200 ? signature : `${signature.slice(0, 199)}…`,
    typescript: `/** ${description} */\ndeclare const ${name.replaceAll(".", "_")}: ${signature}`,
    traits: { readOnly: !effects, destructive: name === "sources.remove", idempotent: !effects },
    keywords: Object.keys(properties),
    input: { type: "object", properties, required, additionalProperties: false },
    binding: null
  }
}

/** The tools of the built-in source `executor`. */
export const builtinTools: ReadonlyArray<CompiledTool> = builtins.map(compile)
