// MCP over HTTP for both protocol eras on one URL. Knows no tool: what it serves comes from a server factory.
// Key, Host and Origin are settled by the door in front of it.
import type { McpHttpHandler, McpServer, Server, ServerEvent } from "@modelcontextprotocol/server"
import { streamWhenLate } from "./LateStream.ts"
import { makeLegacySessions, type LegacyEra, type SessionLimits } from "./LegacySessions.ts"
import { makeLegacyStateless } from "./LegacyStateless.ts"
import { loadSdk, type McpSdk } from "./McpSdk.ts"
import type { Principal } from "./Principal.ts"
import { isIntricate, notJson, parseJson, refusal, tooIntricate, tooLarge } from "./Refusals.ts"

/** For whom a server is made, and in which era it will speak. */
export interface ServerRequest {
  readonly era: "legacy" | "modern"
  readonly principal: Principal
}

/** Makes one server: per request in the modern era, per session in the legacy one. */
export type ServerFactory = (sdk: McpSdk, request: ServerRequest) => Server | McpServer

export interface McpHttpOptions {
  readonly serverFactory: ServerFactory
  /** Of the legacy era. `none`: for a host that keeps nothing between two requests. */
  readonly sessions?: Partial<SessionLimits> | "none"
  /** Largest request body in bytes. Default 4 MiB. */
  readonly maxBodyBytes?: number
  /** Largest number of `subscriptions/listen` streams at once. Default 256. */
  readonly maxSubscriptions?: number
  /** Told of requests that were refused and of streams that broke. Never changes an answer. */
  readonly onError?: (error: Error) => void
}

export interface McpHttp {
  /**
   * Answers one request. `body` is the parsed JSON of a POST whose text was read already; without it the request's
   * own body is read. A broken connection must abort `request.signal`.
   */
  readonly fetch: (request: Request, principal: Principal, body?: unknown) => Promise<Response>
  /** Tells listeners of both eras that something changed. */
  readonly publish: (event: ServerEvent) => void
  /** Loads what the first request would load. */
  readonly warm: () => Promise<void>
  /** Ends all streams and sessions. */
  readonly close: () => Promise<void>
  readonly maxBodyBytes: number
}

interface Eras {
  readonly sdk: McpSdk
  readonly modern: McpHttpHandler
  readonly legacy: LegacyEra
}

const principalKey = "principal"

export const makeMcpHttp = (options: McpHttpOptions): McpHttp => {
  const maxBodyBytes = options.maxBodyBytes ?? 4 * 1024 * 1024
  const onerror = options.onError ?? (() => {})
  let loading: Promise<Eras> | undefined

  const load = async (): Promise<Eras> => {
    const sdk = await loadSdk()
    const modern = sdk.createMcpHandler(
      ({ authInfo }) =>
        options.serverFactory(sdk, { era: "modern", principal: authInfo?.extra?.[principalKey] as Principal }),
      { legacy: "reject", maxRequestBodySize: maxBodyBytes, maxSubscriptions: options.maxSubscriptions ?? 256, onerror }
    )
    const served = {
      onError: onerror,
      server: (principal: Principal) => options.serverFactory(sdk, { era: "legacy", principal })
    }
    const legacy =
      options.sessions === "none"
        ? makeLegacyStateless(sdk, served)
        : makeLegacySessions(sdk, { ...options.sessions, ...served })
    return { sdk, modern, legacy }
  }
  const eras = (): Promise<Eras> => (loading ??= load())

  const fetch = async (request: Request, principal: Principal, given?: unknown): Promise<Response> => {
    const { sdk, modern, legacy } = await eras()
    if (request.method === "GET" || request.method === "DELETE") return legacy.handle(request, principal, undefined)
    if (request.method !== "POST")
      return refusal(405, -32000, `${request.method} is not used here`, { allow: "GET, POST, DELETE" })
    if (!sdk.isJsonContentType(request.headers.get("content-type")))
      return refusal(415, -32000, "send Content-Type: application/json")
    let body = given
    if (body === undefined) {
      const read = await sdk.readRequestBody(request, maxBodyBytes)
      if (read.tooLarge) return tooLarge(maxBodyBytes)
      body = parseJson(read.text)
      if (body === undefined) return notJson()
    }
    if (isIntricate(body)) return tooIntricate()
    if (await sdk.isLegacyRequest(request, body)) return legacy.handle(request, principal, body)
    const authInfo = { token: "", clientId: principal.id, scopes: [], extra: { [principalKey]: principal } }
    return streamWhenLate(modern.fetch(request, { authInfo, parsedBody: body }))
  }

  return {
    maxBodyBytes,
    fetch,
    publish: (event) => {
      void loading?.then(({ modern, legacy }) => {
        modern.bus.publish(event)
        legacy.publish(event)
      })
    },
    warm: async () => {
      await eras()
    },
    close: async () => {
      if (loading === undefined) return
      const { modern, legacy } = await loading
      await Promise.all([modern.close(), legacy.close()])
    }
  }
}
