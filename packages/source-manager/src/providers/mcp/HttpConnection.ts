// Connects over HTTP: Streamable HTTP in either era, and the transport of 2024 where a server knows nothing newer.
import type { Transport } from "@modelcontextprotocol/client"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Outbound } from "../../network/Outbound.ts"
import { sourceError } from "../../Provider.ts"
import { boundedFetch, makeTraffic } from "./BoundedFetch.ts"
import {
  closed,
  connectClient,
  type ConnectFailed,
  type Connection,
  established,
  type Link,
  loadSdk,
  type Sdk
} from "./Connection.ts"
import { connectFailure, TooSlow } from "./Failures.ts"
import { Patience } from "./Patience.ts"

const streamable = (sdk: Sdk, address: URL, fetch: ReturnType<typeof boundedFetch>): Transport =>
  new sdk.StreamableHTTPClientTransport(address, {
    fetch,
    reconnectionOptions: {
      initialReconnectionDelay: 1_000,
      maxReconnectionDelay: 10_000,
      reconnectionDelayGrowFactor: 2,
      maxRetries: 3
    },
    // A server may ask to be called back at once and for ever.
    reconnectionScheduler: (reconnect, delay) => {
      const timer = setTimeout(reconnect, Math.min(Math.max(delay, 1_000), 60_000))
      return () => clearTimeout(timer)
    }
  }) as Transport

/** So answers a server of 2024 (specification, Transports, Backwards Compatibility). */
const takesNoPost = (error: ConnectFailed): boolean =>
  error._tag === "SourceError" && [400, 404, 405].includes(error.failure.status ?? 0)

export const overHttp = Effect.fnUntraced(function* (
  url: string,
  privateOrigins: ReadonlyArray<string>
): Effect.fn.Return<Connection, ConnectFailed, Outbound | Scope.Scope> {
  if (!URL.canParse(url))
    return yield* sourceError("unreachable", `"${url}" is not a URL; it must look like https://host/mcp`)
  const address = new URL(url)
  // The path may be a secret: some services hand out addresses that are keys.
  const where = address.origin
  const outbound = yield* Outbound
  const traffic = makeTraffic()
  const link: Link = {
    where,
    flood: traffic.flood,
    received: () => traffic.received,
    circumstances: (seconds) => ({ where, seconds, challenge: traffic.challenge, excess: traffic.flood.excess })
  }
  const fetch = outbound.fetch(privateOrigins)
  const limits = yield* Patience
  const failure = (cause: unknown) => connectFailure(cause, link.circumstances(limits.answer / 1_000))
  const attempt = (make: (sdk: Sdk) => Transport, prior?: "legacy") =>
    Effect.promise(loadSdk).pipe(
      Effect.flatMap((sdk) => {
        const transport = make(sdk)
        return Effect.tryPromise({
          try: (signal) =>
            connectClient(sdk, { transport, flood: traffic.flood }, limits.answer, limits.answer, prior, signal),
          catch: failure
        }).pipe(
          Effect.timeoutOrElse({ duration: limits.answer, orElse: () => Effect.fail(failure(new TooSlow())) }),
          Effect.onError(() => closed(() => transport.close()))
        )
      })
    )
  const oldest = attempt(
    (sdk) => new sdk.SSEClientTransport(address, { fetch: boundedFetch(fetch, traffic, true) }) as Transport,
    "legacy"
  )
  const client = yield* attempt((sdk) => streamable(sdk, address, boundedFetch(fetch, traffic))).pipe(
    Effect.catch((error) =>
      takesNoPost(error) ? Effect.mapError(oldest, () => error) : Effect.fail<ConnectFailed>(error)
    )
  )
  yield* Effect.addFinalizer(() =>
    closed(async () => {
      const { transport } = client
      if (transport !== undefined && "terminateSession" in transport) {
        await (transport as { terminateSession: () => Promise<void> }).terminateSession().catch(() => {})
      }
      await client.close()
    })
  )
  return established(client, link)
})
