// The least that speaks MCP: raw JSON-RPC over one keep-alive connection, each request whole in itself (2026-07-28).
import type { ExecuteResult } from "@executor-v2/schema"
import * as http from "node:http"

export interface McpClient {
  /** One request; its `result`. Rejects on a protocol error. */
  readonly request: (method: string, params?: Readonly<Record<string, unknown>>) => Promise<unknown>
  readonly listTools: () => Promise<{ readonly tools: ReadonlyArray<unknown> }>
  /** Runs code; rejects unless it completed. */
  readonly execute: (code: string) => Promise<ExecuteResult>
  /** Runs code, whatever comes of it. */
  readonly attempt: (code: string) => Promise<ExecuteResult>
  /** The text that a model would read. */
  readonly answerText: (code: string) => Promise<string>
  readonly close: () => void
}

const version = "2026-07-28"
const meta = {
  "io.modelcontextprotocol/protocolVersion": version,
  "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {}
}

interface Answer {
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** An answer as it is, or the last message of an event stream. */
const parse = (type: string | undefined, text: string): Answer => {
  if (type?.startsWith("text/event-stream") !== true) return JSON.parse(text) as Answer
  const data = text
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .at(-1)
  return JSON.parse(data?.slice(6) ?? "{}") as Answer
}

/** One request on a connection that stays open. */
export const post = (
  agent: http.Agent,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  method = "POST"
): Promise<{ readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const request = http.request(url, {
      method,
      agent,
      headers: { ...headers, "content-length": String(Buffer.byteLength(body)) }
    })
    request.once("error", reject).once("response", (response) => {
      let text = ""
      response
        .setEncoding("utf8")
        .on("data", (chunk: string) => (text += chunk))
        .once("error", reject)
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    request.end(body)
  })

export const mcpClient = (url: string, token?: string): McpClient => {
  const agent = new http.Agent({ keepAlive: true })
  let id = 0
  const request = async (method: string, params: Readonly<Record<string, unknown>> = {}): Promise<unknown> => {
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": version,
      "mcp-method": method,
      ...(typeof params["name"] === "string" ? { "mcp-name": params["name"] } : {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` })
    }
    const body = JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params: { ...params, _meta: meta } })
    const {
      headers: { "content-type": type },
      status,
      text
    } = await post(agent, url, headers, body)
    if (status !== 200) throw new Error(`${method} was answered with status ${status}: ${text.slice(0, 300)}`)
    const { error, result } = parse(type, text)
    if (error !== undefined) throw new Error(`${method} failed: ${error.message}`)
    return result
  }
  const answerText = async (code: string): Promise<string> => {
    const result = await request("tools/call", { name: "execute", arguments: { code } })
    return (result as { readonly content: ReadonlyArray<{ readonly text: string }> }).content[0]!.text
  }
  const attempt = async (code: string): Promise<ExecuteResult> => JSON.parse(await answerText(code)) as ExecuteResult
  const execute = async (code: string): Promise<ExecuteResult> => {
    const result = await attempt(code)
    if (result.status === "completed") return result
    throw new Error(`the code did not complete: ${JSON.stringify(result).slice(0, 600)}`)
  }
  return {
    request,
    attempt,
    execute,
    answerText,
    listTools: () => request("tools/list") as Promise<{ readonly tools: ReadonlyArray<unknown> }>,
    close: () => agent.destroy()
  }
}
