// Answers to what is no request: JSON-RPC errors with an HTTP status, and how to do better.

/** An error answer. Without an id it is one as JSON-RPC has it when no request is known that it answers. */
export const refusal = (
  status: number,
  code: number,
  message: string,
  headers: Record<string, string> = {},
  id: string | number | null = null
): Response => Response.json({ jsonrpc: "2.0", error: { code, message }, id }, { status, headers })

/** Answer to a body above the limit. The connection is closed: the rest of the body is not read. */
export const tooLarge = (bytes: number): Response =>
  refusal(
    413,
    -32000,
    `the request is larger than ${bytes} bytes; send less code, or let it read its data through a tool`,
    { connection: "close" }
  )

/** Parts and levels of the largest message that is looked into: what a client says is text, not structure. */
const most = { parts: 10_000, levels: 64 }

/**
 * Whether checking a body's shape could take long: schemas are slow on many keys and overflow the stack on many levels.
 * It ends as soon as that is known.
 */
export const isIntricate = (body: unknown): boolean => {
  let parts = 0
  const open: Array<readonly [value: unknown, level: number]> = [[body, 0]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, level] = next
    if (typeof value !== "object" || value === null) continue
    if (level === most.levels) return true
    const inner: ReadonlyArray<unknown> = Array.isArray(value) ? value : Object.values(value)
    parts += inner.length
    if (parts > most.parts) return true
    for (const one of inner) open.push([one, level + 1])
  }
  return false
}

export const tooIntricate = (): Response =>
  refusal(400, -32600, `the request has more than ${most.parts} values or ${most.levels} levels; send them as text`)

export const notJson = (): Response => refusal(400, -32700, "the request body is not JSON")

/** The value of a JSON text, or undefined where it is none. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
