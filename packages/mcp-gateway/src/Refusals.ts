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

export const notJson = (): Response => refusal(400, -32700, "the request body is not JSON")

/** The value of a JSON text, or undefined where it is none. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
