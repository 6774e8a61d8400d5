// The network through the host's own `fetch`, on hosts that give no sockets. An address is judged by how it is written:
// what a name resolves to is the platform's to guard, since nothing here can see it or hold a connection to it.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { isAddress, isOwnMachine, isPublicAddress, originOf } from "./Address.ts"
import {
  checkedUrl,
  failure,
  maxRedirects,
  onlyTravelling,
  redirectOf,
  redirectWithin,
  tooLarge,
  tooManyRedirects,
  withDeadline
} from "./Exchange.ts"
import { Outbound, OutboundError, type OutboundRequest, type OutboundResponse } from "./Outbound.ts"

export interface FetchOutboundOptions {
  /**
   * Exact origins that are reached although they are not public, or only have a name inside a network. They are the
   * operator's to name: people of a host of many do not open its network by adding a source.
   */
  readonly allowOrigins: ReadonlyArray<string>
  readonly fetch?: typeof globalThis.fetch
}

/** Names that mean something only inside a network (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`). */
const insideNames = /(^|\.)(localhost|local|internal|intranet|private|lan|home|corp|home\.arpa)$/i

/** Why a host is not reached, in a word; nothing for those that are. */
const notPublic = (hostname: string): string | undefined => {
  if (isOwnMachine(hostname)) return "this machine itself"
  if (isAddress(hostname)) return isPublicAddress(hostname) ? undefined : "not a public address"
  const name = hostname.replace(/\.$/, "")
  return !name.includes(".") || insideNames.test(name) ? "a name inside a network" : undefined
}

/** Reads a body; stops at the limit. */
const collect = async (answer: Response, url: URL, limit: number): Promise<Uint8Array> => {
  if (Number(answer.headers.get("content-length")) > limit) {
    await answer.body?.cancel()
    throw tooLarge(url, limit)
  }
  const chunks: Array<Uint8Array> = []
  let length = 0
  // A reader, not `for await`: not every host's streams can be iterated.
  const reader = answer.body?.getReader()
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    chunks.push(next.value)
    length += next.value.length
    if (length > limit) {
      await reader?.cancel()
      throw tooLarge(url, limit)
    }
  }
  const body = new Uint8Array(length)
  let end = 0
  for (const chunk of chunks) {
    body.set(chunk, end)
    end += chunk.length
  }
  return body
}

/** The query of an address, which may hold a key, is not repeated. */
const explain = (cause: unknown, url: string): OutboundError =>
  cause instanceof OutboundError
    ? cause
    : failure(
        "unreachable",
        (cause as Error).name === "AbortError"
          ? "the request was cancelled"
          : `cannot reach ${originOf(url) ?? "the address"}: check that the service is running and can be reached from the internet`
      )

const make = ({ allowOrigins, fetch = globalThis.fetch }: FetchOutboundOptions): Outbound["Service"] => {
  const allowed = new Set(allowOrigins.flatMap((origin) => originOf(origin) ?? []))

  const judged = (url: URL): URL => {
    const why = allowed.has(url.origin) ? undefined : notPublic(url.hostname)
    if (why === undefined) return url
    throw failure(
      "refused",
      `${url.hostname} is ${why}, which this host does not reach; ` +
        `whoever runs it can allow ${url.origin} in EXECUTOR_ALLOW_ORIGINS`
    )
  }

  const exchange = async (request: OutboundRequest, signal: AbortSignal): Promise<OutboundResponse> => {
    const method = request.method.toUpperCase()
    let url = judged(checkedUrl(request.url))
    let headers: Record<string, string> = { "user-agent": "executor", ...request.headers }
    for (let hop = 0; ; hop++) {
      const body = request.body === undefined ? {} : { body: request.body as NonNullable<RequestInit["body"]> }
      const answer = await fetch(url, { method, headers, ...body, signal, redirect: "manual" })
      const next = redirectOf({ status: answer.status, location: answer.headers.get("location") }, method, url)
      if (next === undefined) {
        const found = Object.fromEntries(answer.headers)
        // They tell of the body as it travelled, which `fetch` has unpacked.
        if (found["content-encoding"] !== undefined) delete found["content-length"]
        delete found["content-encoding"]
        return {
          status: answer.status,
          headers: found,
          body: await collect(answer, url, request.maxBytes),
          url: url.href
        }
      }
      await answer.body?.cancel()
      if (hop === maxRedirects) throw tooManyRedirects(checkedUrl(request.url))
      if (next.origin !== url.origin)
        headers = onlyTravelling(
          Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
        )
      url = judged(next)
    }
  }

  const guarded = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    if (typeof input === "object" && !(input instanceof URL))
      throw new TypeError("this fetch takes an address and options, not a Request")
    try {
      let url = judged(checkedUrl(String(input)))
      for (let hop = 0; hop <= maxRedirects; hop++) {
        const answer = await fetch(url, { ...init, redirect: "manual" })
        const next = redirectWithin(answer, url, init)
        if (next === undefined) return answer
        await answer.body?.cancel()
        url = next
      }
      throw tooManyRedirects(url)
    } catch (cause) {
      // An abort is the caller's own doing and keeps its shape.
      throw init?.signal?.aborted === true ? cause : explain(cause, String(input))
    }
  }

  return Outbound.of({
    request: Effect.fn("FetchOutbound.request")((request: OutboundRequest) =>
      Effect.tryPromise({
        try: (interrupted) => withDeadline(request, interrupted, (signal) => exchange(request, signal)),
        catch: (cause) => explain(cause, request.url)
      })
    ),
    fetch: () => guarded as typeof globalThis.fetch
  })
}

export const layer = (options: FetchOutboundOptions): Layer.Layer<Outbound> => Layer.sync(Outbound, () => make(options))
