// JSON-RPC messages as the bridge passes them on: looked at as little as possible, never rewritten.

export type Id = string | number

export interface Message {
  readonly jsonrpc: "2.0"
  readonly id?: Id | null
  readonly method?: string
  readonly params?: { readonly [key: string]: unknown }
  readonly result?: { readonly [key: string]: unknown }
  readonly error?: { readonly code: number; readonly message: string }
}

export interface Request extends Message {
  readonly id: Id
  readonly method: string
}

/** A message, or undefined where the value is none. */
export const asMessage = (value: unknown): Message | undefined =>
  value !== null && typeof value === "object" && (value as Message).jsonrpc === "2.0" ? (value as Message) : undefined

export const isRequest = (message: Message): message is Request =>
  message.method !== undefined && (typeof message.id === "string" || typeof message.id === "number")

export const failure = (id: Id | null, code: number, message: string): Message => ({
  jsonrpc: "2.0",
  id,
  error: { code, message }
})

const versionKey = "io.modelcontextprotocol/protocolVersion"

/** The version that a message of the stateless era (2026-07-28) carries; undefined for messages of a session. */
const ownVersion = ({ params }: Message): string | undefined => {
  const version = (params?.["_meta"] as { readonly [key: string]: unknown } | undefined)?.[versionKey]
  return typeof version === "string" ? version : undefined
}

export const isStateless = (message: Message): boolean => ownVersion(message) !== undefined

/** The parameter that is repeated in `Mcp-Name`, by method. */
const named: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
  "tasks/get": "taskId",
  "tasks/update": "taskId",
  "tasks/cancel": "taskId"
}

/** Printable ASCII goes as it is; anything else as the protocol encodes it. */
const fieldValue = (text: string): string =>
  /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text)
    ? text
    : `=?base64?${Buffer.from(text).toString("base64")}?=`

/** The headers in which HTTP repeats what the body of a stateless request says; the server compares the two. */
export const statelessHeaders = (message: Request): Record<string, string> => {
  const version = ownVersion(message)
  if (version === undefined) return {}
  const field = Object.hasOwn(named, message.method) ? named[message.method] : undefined
  const name = field === undefined ? undefined : message.params?.[field]
  return {
    "mcp-protocol-version": fieldValue(version),
    "mcp-method": fieldValue(message.method),
    ...(typeof name === "string" ? { "mcp-name": fieldValue(name) } : {})
  }
}
