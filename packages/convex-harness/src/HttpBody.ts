// Reading request bodies up to a limit, and answering with JSON.
import type { IncomingMessage, ServerResponse } from "node:http"

/** A request that is answered with an error, before any function runs. */
export class RequestRefused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Reads the whole body, at most `limit` bytes; more is refused with 413. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const refuse = () =>
    new RequestRefused(413, "RequestTooLarge", `the request body is over the limit of ${limit} bytes`)
  if (Number(request.headers["content-length"] ?? 0) > limit) throw refuse()
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw refuse()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Sends `value`, unless a response has begun already: then the connection is cut. */
export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  if (response.headersSent) return void response.destroy()
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value))
}
