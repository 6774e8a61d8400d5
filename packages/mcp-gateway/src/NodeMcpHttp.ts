// The gateway on a Node HTTP server: requests in, streams out, a broken connection told.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
import type { McpHttp } from "./McpHttp.ts"
import type { Principal } from "./Principal.ts"
import { notJson, parseJson, refusal, tooLarge } from "./Refusals.ts"

/** Answers one request on the MCP path. The door has checked key, Host and Origin and names the principal. */
export type NodeMcpHandler = (request: IncomingMessage, response: ServerResponse, principal: Principal) => Promise<void>

export const nodeMcpHandler =
  (http: Pick<McpHttp, "fetch" | "maxBodyBytes">): NodeMcpHandler =>
  async (request, response, principal) => {
    const gone = new AbortController()
    response.once("close", () => gone.abort())
    try {
      const answer = await answerTo(http, request, principal, gone.signal)
      if (!response.destroyed) await write(answer, response, gone.signal)
    } catch (error) {
      if (response.headersSent || response.destroyed) response.destroy()
      else
        await write(
          refusal(500, -32603, "Executor could not answer; the daemon's log has the reason"),
          response,
          gone.signal
        )
      if (!gone.signal.aborted) throw error
    }
  }

const answerTo = async (
  http: Pick<McpHttp, "fetch" | "maxBodyBytes">,
  request: IncomingMessage,
  principal: Principal,
  signal: AbortSignal
): Promise<Response> => {
  const method = request.method ?? "GET"
  const web = new Request(`http://${request.headers.host ?? "localhost"}${request.url ?? "/"}`, {
    method,
    signal,
    headers: headersOf(request.headers)
  })
  if (method !== "POST") return http.fetch(web, principal)
  const text = await readBody(request, http.maxBodyBytes)
  if (text === undefined) return tooLarge(http.maxBodyBytes)
  const body = parseJson(text)
  return body === undefined ? notJson() : http.fetch(web, principal, body)
}

const headersOf = (given: IncomingHttpHeaders): Headers => {
  const headers = new Headers()
  for (const name in given) {
    const value = given[name]
    if (typeof value === "string") headers.set(name, value)
    else for (const item of value ?? []) headers.append(name, item)
  }
  return headers
}

/** The body's text, or undefined above the limit, of which no more than the limit was kept. */
const readBody = async (request: IncomingMessage, limit: number): Promise<string | undefined> => {
  const chunks: Array<Buffer> = []
  let size = 0
  let fits = !(Number(request.headers["content-length"]) > limit)
  if (fits) {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += (chunk as Buffer).length
      fits = size <= limit
      if (!fits) break
      chunks.push(chunk as Buffer)
    }
  }
  if (fits) return (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString("utf8")
  // What still arrives is thrown away, so that a client that sends before it listens gets the answer.
  request.resume()
  return undefined
}

/** Writes a response as it comes. Headers leave with the first chunk, or at once when there is none yet. */
const write = async (answer: Response, response: ServerResponse, gone: AbortSignal): Promise<void> => {
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  if (answer.body === null) {
    response.end()
    return
  }
  const reader = answer.body.getReader()
  gone.addEventListener("abort", () => void reader.cancel().catch(() => {}), { once: true })
  const flush = setImmediate(() => response.flushHeaders())
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    clearImmediate(flush)
    if (!response.write(value) && !gone.aborted) await drained(response, gone)
  }
  clearImmediate(flush)
  response.end()
}

const drained = (response: ServerResponse, gone: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done)
      gone.removeEventListener("abort", done)
      resolve()
    }
    response.once("drain", done)
    gone.addEventListener("abort", done, { once: true })
  })
