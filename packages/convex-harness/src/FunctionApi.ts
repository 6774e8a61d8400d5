// The API port over HTTP: queries, mutations and actions with the backend's status codes, and stored files. CORS is open here
// and only here; HTTP actions answer for themselves.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import { jsonToConvex } from "convex/values"
import type { JSONValue, Value } from "convex/values"
import type { Deployment, Invocation } from "./Deployment.ts"
import { bearerOf, identityOf, isJwt } from "./Identity.ts"
import type { Identity, ReadClaims } from "./Identity.ts"
import { answerJson, readBody, RequestRefused } from "./HttpBody.ts"
import { Limits } from "./Limits.ts"

/** The status of a function that failed. */
const functionFailed = 560
const kinds = {
  "/api/query": "query",
  "/api/query_at_ts": "query",
  "/api/mutation": "mutation",
  "/api/action": "action"
} as const

/** Answers every request to the API port that is not a socket. `committed` is told after each call. */
export function functionApi(deployment: Deployment, readClaims: ReadClaims, committed: () => void): RequestListener {
  return (request, response) => {
    answer(deployment, readClaims, request, response)
      .catch((error: unknown) => {
        const refused =
          error instanceof RequestRefused ? error : new RequestRefused(500, "InternalServerError", String(error))
        answerJson(response, refused.status, { code: refused.code, message: refused.message })
      })
      .finally(committed)
  }
}

async function answer(
  deployment: Deployment,
  readClaims: ReadClaims,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://api")
  if (url.pathname === "/version")
    return void response.writeHead(200, { "content-type": "text/plain" }).end("convex-harness")
  if (!url.pathname.startsWith("/api/")) throw notFound(url.pathname)
  allowOrigins(request, response)
  if (request.method === "OPTIONS") return void response.writeHead(204).end()
  if (url.pathname.startsWith("/api/storage/")) return answerStorage(deployment, url, request, response)
  if (request.method !== "POST") throw new RequestRefused(405, "MethodNotAllowed", `${url.pathname} takes POST`)
  if (url.pathname === "/api/query_ts")
    return answerJson(response, 200, { ts: encodeTs(await deployment.snapshotTs()) })
  const kind = kinds[url.pathname as keyof typeof kinds] as Invocation["kind"] | undefined
  if (kind === undefined) throw notFound(url.pathname)
  const identity = await identityFrom(request.headers.authorization, readClaims)
  const body = parse(await readBody(request, Limits.httpBody + Limits.arguments))
  const outcome = await deployment.invoke({ kind, ...body, identity })
  if (outcome.status === "success") {
    const value = body.format === "json" ? plain(outcome.value) : outcome.value
    return answerJson(response, 200, { status: "success", value, logLines: [] })
  }
  const data = outcome.data === undefined ? {} : { errorData: outcome.data }
  answerJson(response, functionFailed, { status: "error", errorMessage: outcome.message, ...data, logLines: [] })
}

async function identityFrom(header: string | undefined, readClaims: ReadClaims): Promise<Identity | undefined> {
  if (header === undefined) return undefined
  const token = bearerOf(header)
  const bad = (why: string) => new RequestRefused(401, "InvalidAuthHeader", why)
  if (token === undefined)
    throw bad("this deployment takes no admin keys: send a bearer token or no Authorization header")
  if (!isJwt(token))
    throw bad(
      "Could not parse as id token: queries, mutations and actions take JWTs; opaque tokens are for HTTP actions"
    )
  return identityOf(await readClaims(token).catch((error: unknown) => Promise.reject(bad(String(error)))))
}

function parse(body: Buffer): { readonly path: string; readonly args: Value; readonly format: string } {
  const bad = (why: string) => new RequestRefused(400, "BadJsonBody", why)
  let json: Record<string, JSONValue>
  try {
    json = JSON.parse(body.toString()) as Record<string, JSONValue>
  } catch (error) {
    throw bad(`Failed to parse the request body as JSON: ${String(error)}`)
  }
  const { path, args, format = "json" } = json
  const first = Array.isArray(args) ? (args[0] ?? {}) : (args ?? {})
  if (typeof path !== "string") throw bad("missing field `path`")
  if (format !== "json" && format !== "convex_encoded_json") throw bad(`unknown format ${JSON.stringify(format)}`)
  try {
    return { path, args: jsonToConvex(first), format }
  } catch (error) {
    throw bad(`the arguments are not Convex values: ${String(error)}`)
  }
}

/** The form for clients without Convex's encoding: int64 and bytes as text. */
function plain(value: JSONValue): JSONValue {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object" || value === null) return value
  const { $integer, $bytes } = value
  if ($integer !== undefined) return (jsonToConvex(value) as bigint).toString()
  if ($bytes !== undefined) return $bytes
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item as JSONValue)]))
}

/** Timestamps travel as 64 bits, little-endian, in base64. */
export function encodeTs(ts: bigint): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(ts)
  return bytes.toString("base64")
}

function notFound(path: string): RequestRefused {
  return new RequestRefused(404, "NotFound", `the API has no ${path}; HTTP actions are on the site URL`)
}

function allowOrigins(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("access-control-allow-origin", request.headers.origin ?? "*")
  response.setHeader("access-control-allow-methods", "GET, POST, PUT, DELETE, PATCH, OPTIONS")
  response.setHeader("access-control-allow-headers", request.headers["access-control-request-headers"] ?? "*")
  response.setHeader("access-control-max-age", "86400")
}

/** Stored files by id, and uploads by the token of `generateUploadUrl`. */
async function answerStorage(
  deployment: Deployment,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const name = url.pathname.slice("/api/storage/".length)
  if (name === "upload") {
    if (request.method !== "POST" || !deployment.takeUpload(url.searchParams.get("token") ?? "")) {
      throw new RequestRefused(403, "StorageTokenInvalid", "the upload URL has been used, or was never given")
    }
    const file = new Blob([new Uint8Array(await readBody(request, Number.POSITIVE_INFINITY))], {
      type: request.headers["content-type"] ?? "application/octet-stream"
    })
    const storageId = await deployment.test.run((ctx) => ctx.storage.store(file))
    return answerJson(response, 200, { storageId })
  }
  const file = await deployment.test.run(async (ctx) => {
    const blob = await ctx.storage.get(name as never)
    return blob === null ? null : { type: blob.type, bytes: await blob.arrayBuffer() }
  })
  if (file === null) throw new RequestRefused(404, "StorageNotFound", "no such file")
  response.writeHead(200, { "content-type": file.type || "application/octet-stream" }).end(Buffer.from(file.bytes))
}
