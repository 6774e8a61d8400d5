// A deployment for tests of the command line: a real daemon, in a folder of its own, behind the two addresses and the API tokens
// that one in the cloud has.
import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { documentOf } from "./Cli.ts"

export interface Token {
  readonly id: string
  readonly token: string
  readonly kind: "owner" | "agent"
  readonly name: string
  revoked: boolean
}

export interface Heard {
  readonly path: string
  readonly body: string
  readonly key: string | undefined
}

type Later = (undo: () => Promise<void>) => void

/** A server of one test that answers as told. */
export const serve = async (later: Later, answer: http.RequestListener): Promise<string> => {
  const server = http.createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  later(async () => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export const answer = (response: http.ServerResponse, status: number, content: unknown): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content))

const readBody = async (request: http.IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString("utf8")
}

/** The answers of the token contract, as they look on the wire. */
const answerTokens = (tokens: Array<Token>, body: string): string | undefined => {
  const {
    id: requestId,
    payload,
    tag
  } = JSON.parse(body) as { id: string; tag: string; payload: Record<string, string> }
  if (!tag.startsWith("Tokens.")) return undefined
  const success = (value: unknown) =>
    `${JSON.stringify({ _tag: "Exit", requestId, exit: { _tag: "Success", value } })}\n`
  if (tag === "Tokens.Create") {
    const made = makeToken(payload["kind"] as Token["kind"], payload["name"] ?? "")
    tokens.push(made)
    return success({ id: made.id, token: made.token })
  }
  for (const each of tokens) if (each.id === payload["id"]) each.revoked = true
  return success(null)
}

const makeToken = (kind: Token["kind"], name: string): Token => ({
  id: `token_${randomBytes(8).toString("hex")}`,
  token: `exe_${kind}_${randomBytes(16).toString("hex")}`,
  kind,
  name,
  revoked: false
})

interface Daemon {
  readonly url: string
  readonly tokenFile: string
  readonly agentTokenFile: string
  readonly version: string
}

export const deploy = async (folder: string, later: Later) => {
  const home = join(folder, "deployment")
  const daemon = await documentOf<Daemon>(["pm", "start"], { home })
  const keys = {
    owner: readFileSync(daemon.tokenFile, "utf8").trim(),
    agent: readFileSync(daemon.agentTokenFile, "utf8").trim()
  }
  const owner = makeToken("owner", "first")
  const tokens: Array<Token> = [owner]
  const heard: Array<Heard> = []

  const forward = (request: http.IncomingMessage, body: string, key: string, response: http.ServerResponse): void => {
    const { authorization: _, host: __, "content-length": ___, ...headers } = request.headers
    const { method, url = "" } = request
    const onward = http.request(daemon.url + url, { method, headers: { ...headers, authorization: `Bearer ${key}` } })
    onward.on("response", (got) => {
      response.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(response)
    })
    onward.on("error", () => response.destroy())
    response.once("close", () => onward.destroy())
    onward.end(body)
  }

  const siteUrl = await serve(later, (request, response) => {
    void readBody(request).then((body) => {
      const path = request.url ?? ""
      const key = request.headers.authorization?.replace(/^Bearer /, "")
      heard.push({ path, body, key })
      if (path === "/health")
        return answer(response, 200, {
          ok: true,
          version: daemon.version,
          apiVersion: { min: 1, max: 1 },
          host: "convex"
        })
      if (path !== "/rpc" && path !== "/mcp") return answer(response, 404, { error: "No matching routes found" })
      const known = tokens.find((each) => each.token === key && !each.revoked)
      if (known === undefined) return answer(response, 401, { error: "This token opens nothing here." })
      if (path === "/mcp") return forward(request, body, keys.agent, response)
      if (known.kind === "agent") return answer(response, 403, { error: "This is an agent's token." })
      const own = answerTokens(tokens, body)
      if (own === undefined) return forward(request, body, keys.owner, response)
      return void response.writeHead(200, { "content-type": "application/x-ndjson" }).end(own)
    })
  })
  const url = await serve(later, (request, response) =>
    request.url === "/version" ? void response.end("unknown") : answer(response, 404, {})
  )
  return { url, siteUrl, token: owner.token, tokens, heard, home }
}

export type Deployed = Awaited<ReturnType<typeof deploy>>

/** The words that add it. */
export const addWords = ({ siteUrl, url }: Pick<Deployed, "siteUrl" | "url">, name = "prod"): ReadonlyArray<string> => [
  "target",
  "add",
  name,
  "--url",
  url,
  "--site-url",
  siteUrl
]
