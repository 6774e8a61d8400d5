// The port through which everything leaves for the network: each address and each redirect is checked before connecting.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

export interface OutboundRequest {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Exact non-public origins this request may reach, besides those the host allows everywhere. */
  readonly privateOrigins: ReadonlyArray<string>
  /** Milliseconds until the whole answer must be here. */
  readonly timeoutMs: number
  /** Longest answer, in bytes after decompression. */
  readonly maxBytes: number
  readonly signal?: AbortSignal
}

export interface OutboundResponse {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Where the answer came from, after redirects. */
  readonly url: string
}

/** No answer was had. `refused` means that an address on the way may not be reached; nothing was sent to it. */
export class OutboundError extends Schema.TaggedError<OutboundError>()("OutboundError", {
  reason: Schema.Literals(["refused", "unreachable", "timeout", "too-large", "too-many-redirects", "invalid-url"]),
  detail: Schema.String
}) {
  override get message() {
    return this.detail
  }
}

export class Outbound extends Context.Service<
  Outbound,
  {
    /** One request with a bounded answer. At most 5 redirects (GET and HEAD only), each checked like the first address. */
    readonly request: (request: OutboundRequest) => Effect.Effect<OutboundResponse, OutboundError>
    /** The same checks behind the web's own interface, for clients that stream. Redirects are refused. */
    readonly fetch: (privateOrigins: ReadonlyArray<string>) => typeof globalThis.fetch
  }
>()("@executor-v2/source-manager/network/Outbound") {}
