// The site port: HTTP actions, with responses that stream as they are written and end when the client goes away. No CORS is
// added here, as on the real site URL.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import type { Deployment } from "./Deployment.ts"
import type { FunctionCall } from "./FunctionCall.ts"
import { answerJson, readBody, RequestRefused } from "./HttpBody.ts"
import { bearerOf, identityOf, isJwt } from "./Identity.ts"
import type { ReadClaims } from "./Identity.ts"
import { incoming } from "./Incoming.ts"
import type { Incoming } from "./Incoming.ts"
import { Limits } from "./Limits.ts"

/** Answers every request to the site port. */
export function httpActions(deployment: Deployment, readClaims: ReadClaims, siteUrl: () => string): RequestListener {
  return (request, response) => {
    answer(deployment, readClaims, siteUrl(), request, response).catch((error: unknown) => {
      if (error instanceof RequestRefused) {
        return answerJson(response, error.status, { code: error.code, message: error.message })
      }
      answerJson(response, 500, { code: deployment.failure(error).message })
    })
  }
}

async function answer(
  deployment: Deployment,
  readClaims: ReadClaims,
  siteUrl: string,
  message: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const gone = new AbortController()
  let now: Incoming | undefined = undefined
  const inside = <A>(work: () => A): A => within(now, work)
  response.on("close", () => {
    if (!response.writableFinished) inside(() => gone.abort())
  })
  const body = await readBody(message, Limits.httpBody)
  const path = message.url ?? "/"
  const method = message.method ?? "GET"
  const request = new Request(new URL(path, siteUrl), {
    method,
    headers: headersOf(message),
    signal: gone.signal,
    ...(body.length === 0 || method === "GET" || method === "HEAD" ? {} : { body: new Uint8Array(body) })
  })
  now = incomingOf(request)
  try {
    const answered = await serve(deployment, readClaims, now)
    await inside(() => send(answered, response, gone.signal, now?.call))
  } finally {
    const { call } = now
    if (gone.signal.aborted) setTimeout(() => call?.end(), timeAfterGone).unref()
    else call?.end()
  }
}

/** How long an action whose client went away may still clean up, in milliseconds. */
const timeAfterGone = 1000

/** Runs what belongs to the action that serves `now`, where its ctx works. */
export function within<A>(now: Incoming | undefined, work: () => A): A {
  return now?.inside === undefined ? work() : now.inside(work)
}

/** A request that has not been served yet. */
export function incomingOf(request: Request): Incoming {
  const token = bearerOf(request.headers.get("authorization") ?? undefined)
  return { request, opaqueToken: token !== undefined && !isJwt(token), call: undefined, inside: undefined }
}

/**
 * Lets the HTTP action at the request's path answer. Its call goes on until the caller ends it, when the body has been read.
 * @throws RequestRefused when no route matches, and whatever the HTTP action throws.
 */
export async function serve(deployment: Deployment, readClaims: ReadClaims, now: Incoming): Promise<Response> {
  const { method, headers } = now.request
  const token = now.opaqueToken ? undefined : bearerOf(headers.get("authorization") ?? undefined)
  const identity = token === undefined ? undefined : await readClaims(token).then(identityOf, () => undefined)
  // A refused token is passed on, as one that is no JWT at all: the action may read it from the header.
  now.opaqueToken ||= token !== undefined && identity === undefined
  const url = new URL(now.request.url)
  const accessor = identity === undefined ? deployment.test : deployment.test.withIdentity(identity)
  const answered = await incoming.run(now, () => accessor.fetch(url.pathname + url.search, { method }))
  if (now.call === undefined) throw new RequestRefused(404, "NotFound", "No matching routes found")
  return answered
}

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers()
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    headers.append(message.rawHeaders[index] ?? "", message.rawHeaders[index + 1] ?? "")
  }
  return headers
}

/** Writes the response as its chunks come; cuts the connection when it is too large, its stream fails or its action dies. */
async function send(
  answered: Response,
  response: ServerResponse,
  gone: AbortSignal,
  call: FunctionCall | undefined
): Promise<void> {
  response.statusCode = answered.status
  const cookies = answered.headers.getSetCookie()
  for (const [name, value] of answered.headers) if (name !== "set-cookie") response.setHeader(name, value)
  if (cookies.length > 0) response.setHeader("set-cookie", cookies)
  response.flushHeaders()
  const reader = answered.body?.getReader()
  if (reader === undefined) return void response.end()
  const cancel = () => void reader.cancel().catch(() => {})
  gone.addEventListener("abort", cancel, { once: true })
  let size = 0
  try {
    for (;;) {
      const { done, value } = await (call?.race(reader.read()) ?? reader.read())
      if (gone.aborted) return
      if (done) return void response.end()
      size += (value as Uint8Array).length
      if (size > Limits.httpBody) throw new Error(`the response is over the limit of ${Limits.httpBody} bytes`)
      if (!response.write(value)) await roomIn(response)
    }
  } catch (error) {
    cancel()
    throw error
  }
}

function roomIn(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done)
      resolve()
    }
    response.on("drain", done).on("close", done)
  })
}
