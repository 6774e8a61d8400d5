// The network as the daemon reaches it (Node only): undici over guarded sockets. See NodeDispatcher for the guard.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { originOf } from "./Address.ts"
import { checkedUrl, maxRedirects, redirectWithin, tooManyRedirects, withDeadline } from "./Exchange.ts"
import {
  type Dispatchers,
  type GuardOptions,
  makeDispatchers,
  RefusedAddress,
  systemResolve
} from "./NodeDispatcher.ts"
import { exchange } from "./NodeExchange.ts"
import { Outbound, OutboundError } from "./Outbound.ts"

export interface NodeOutboundOptions extends Partial<GuardOptions> {
  /** Exact origins on non-public addresses that every request may reach (`EXECUTOR_ALLOW_ORIGINS`). */
  readonly allowOrigins: ReadonlyArray<string>
}

interface Loaded {
  readonly undici: typeof import("undici")
  readonly dispatchers: Dispatchers
}

const hints: Readonly<Record<string, string>> = {
  ENOTFOUND: "no such host; check the spelling and the network",
  EAI_AGAIN: "the name could not be looked up; check the network",
  ECONNREFUSED: "nothing listens there: check that the service is running",
  ECONNRESET: "the connection was closed before an answer came",
  EHOSTUNREACH: "the host cannot be reached; check the network",
  ENETUNREACH: "the network cannot be reached; check the connection",
  ABORT_ERR: "the request was cancelled",
  UND_ERR_ABORTED: "the request was cancelled",
  UND_ERR_SOCKET: "the connection was closed before an answer came",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the answer broke off",
  UND_ERR_HEADERS_OVERFLOW: "the answer's headers are too long"
}

/** Error codes that a socket reports; a failure over several addresses carries them inside. */
const codeOf = (cause: unknown): string => {
  const { code, errors } = cause as { code?: unknown; errors?: ReadonlyArray<unknown> }
  const { name } = cause as Error
  if (name === "AbortError") return "ABORT_ERR"
  if (name === "HTTPParserError") return "HPE"
  return typeof code === "string" && code !== "" ? code : errors?.[0] === undefined ? "" : codeOf(errors[0])
}

/** Puts what went wrong into words; the query of the address, which may hold a key, is not repeated. */
const explain = (cause: unknown, url: string): OutboundError => {
  if (cause instanceof OutboundError) return cause
  const inner = cause instanceof TypeError && cause.cause !== undefined ? cause.cause : cause
  if (inner instanceof OutboundError) return inner
  if (inner instanceof RefusedAddress) {
    const advice = inner.own ? "" : `; a human can allow it: executor sources add ${inner.origin}`
    return new OutboundError({ reason: "refused", detail: `${inner.message}${advice}` })
  }
  const where = originOf(url) ?? "the address"
  const code = codeOf(inner)
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT") {
    return new OutboundError({ reason: "timeout", detail: `${where} did not accept a connection in time` })
  }
  const why =
    hints[code] ??
    (code.startsWith("HPE")
      ? "it does not speak HTTP"
      : /CERT|TLS|SSL|SIGNED|VERIFY/.test(code)
        ? `its certificate or TLS is not accepted (${code})`
        : code === "UND_ERR_INVALID_ARG"
          ? "the request holds a header or address that cannot be sent"
          : code || "the connection failed")
  return new OutboundError({ reason: "unreachable", detail: `cannot reach ${where}: ${why}` })
}

/** `fetch` over the same sockets. Redirects stay within their origin; elsewhere they are refused. */
const guardedFetch = (load: () => Promise<Loaded>, privateOrigins: ReadonlyArray<string>): typeof globalThis.fetch => {
  const send = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const given = typeof input === "string" ? input : input instanceof URL ? input.href : input.url
    if (typeof input === "object" && !(input instanceof URL)) {
      throw new TypeError("this fetch takes an address and options, not a Request")
    }
    try {
      const { undici, dispatchers } = await load()
      let url = checkedUrl(given)
      for (let hop = 0; hop <= maxRedirects; hop++) {
        const dispatcher = dispatchers.for(url.origin, privateOrigins)
        const options = { ...init, redirect: "manual", dispatcher } as import("undici").RequestInit
        const answer = (await undici.fetch(url, options)) as unknown as Response
        const next = redirectWithin(answer, url, init)
        if (next === undefined) return answer
        await answer.body?.cancel()
        url = next
      }
      throw tooManyRedirects(url)
    } catch (cause) {
      // An abort is the caller's own doing and keeps its shape.
      throw init?.signal?.aborted === true ? cause : explain(cause, given)
    }
  }
  return send as typeof globalThis.fetch
}

const make = (options: NodeOutboundOptions) =>
  Effect.gen(function* () {
    const allowed = new Set(options.allowOrigins.flatMap((origin) => originOf(origin) ?? []))
    const guard: GuardOptions = {
      ownPorts: options.ownPorts ?? (() => []),
      resolve: options.resolve ?? systemResolve
    }
    let loaded: Promise<Loaded> | undefined
    // undici takes a tenth of a second to load: a daemon that calls nobody does not wait for it.
    const load = () =>
      (loaded ??= import("undici").then((undici) => ({
        undici,
        dispatchers: makeDispatchers(undici, guard, allowed)
      })))
    yield* Effect.addFinalizer(() => Effect.promise(async () => (await loaded)?.dispatchers.destroy()))
    return Outbound.of({
      // No span: each call of a busy run would pay for it.
      request: (request) =>
        Effect.tryPromise({
          try: (interrupted) =>
            withDeadline(request, interrupted, async (signal) => exchange((await load()).dispatchers, request, signal)),
          catch: (cause) => explain(cause, request.url)
        }),
      fetch: (privateOrigins) => guardedFetch(load, privateOrigins)
    })
  })

/** The daemon's way to the network. */
export const layer = (options: NodeOutboundOptions): Layer.Layer<Outbound> => Layer.effect(Outbound, make(options))
