// The adapter to a deployment in the network: no Node, no engine, an API token and two addresses.
import { apiVersion } from "@executor-v2/rpc/HostRpcs"
import { Health } from "@executor-v2/rpc/Health"
import type { ApiRange } from "@executor-v2/rpc/Daemon"
import { Effect, Option, Schema, type Scope } from "effect"
import * as RpcClient from "effect/rpc/RpcClient"
import { ConnectError, VersionMismatch } from "../ConnectError.ts"
import type { Adapter, Connection } from "../Executor.ts"
import { readAddresses, swapped, wrongAddress, type Addresses } from "./RemoteAddress.ts"
import { beginning, broken, failed, lines, makeExchange, send, unreachable, type Line } from "./RemoteHttp.ts"
import { wayTo } from "./RemoteStreams.ts"
import { standing } from "./Versions.ts"

export * from "../ConnectError.ts"
export { counterpart, readAddresses, type Addresses } from "./RemoteAddress.ts"

/** Which deployment, and as whom. */
export interface RemoteOptions extends Addresses {
  /** An owner's API token. */
  readonly token: string
  /** Version of the calling program, for messages and the journal. */
  readonly version?: string
  /** Name of the calling program, for the journal; `sdk` when absent. */
  readonly client?: string
  /** What this program speaks; the contract's own version when absent. */
  readonly api?: ApiRange
  /** In place of the platform's own. */
  readonly fetch?: typeof globalThis.fetch
  /** Pause before a stream that broke off is taken up again, in milliseconds; 1,000 when absent. */
  readonly pauseMs?: number
}

/** What is known of a deployment that answers. */
export interface Remote {
  /** The site URL. */
  readonly url: string
  readonly apiUrl: string
  readonly mcpUrl: string
  readonly rpcUrl: string
  readonly version: string
}

const healthMs = 10_000

type Knocker = Pick<Line, "fetch">

const look = Effect.fnUntraced(function* ({ fetch }: Knocker, url: string, path: string) {
  const init = { headers: { accept: "application/json, text/plain" }, signal: AbortSignal.timeout(healthMs) }
  const response = yield* send({ siteUrl: url, fetch }, path, init)
  return {
    status: response.status,
    html: /html/i.test(response.headers.get("content-type") ?? ""),
    text: yield* beginning(response)
  }
})

const decodeHealth = Schema.decodeUnknownOption(Schema.fromJsonString(Health))

/** How it is, if what answers at the address is an Executor. */
const healthAt = (knocker: Knocker, url: string) =>
  Effect.map(look(knocker, url, "/health"), ({ status, text }) => ({ status, health: decodeHealth(text) }))

/** Only the API port tells its version, as a word. */
const isApi = (knocker: Knocker, url: string) =>
  Effect.map(
    look(knocker, url, "/version"),
    ({ html, status, text }) => status === 200 && !html && /^[\x20-\x7e]{0,200}\s*$/.test(text)
  )

const deploy = "Deploy Executor to it, or check the address"

/** What stands where an Executor was expected. */
const strangerAt = Effect.fnUntraced(function* (knocker: Knocker, url: string, status: number) {
  if (yield* Effect.orElseSucceed(isApi(knocker, url), () => false)) return swapped(url, "site")
  if (status === 404) return unreachable(url, `it answers, but Executor is not deployed there (no /health). ${deploy}`)
  if (status === 200) return unreachable(url, `something else answers there. ${deploy}`)
  return unreachable(url, `it answered with status ${status}. Try again in a moment, or check the address`)
})

/** The deployment's own word on how it is, and that both sides can talk. No token is sent. */
const meet = Effect.fnUntraced(function* (knocker: Knocker, siteUrl: string, options: RemoteOptions) {
  const { health: found, status } = yield* healthAt(knocker, siteUrl)
  if (status !== 200 || Option.isNone(found)) return yield* yield* strangerAt(knocker, siteUrl, status)
  const health = found.value
  const ours = options.api ?? { min: apiVersion, max: apiVersion }
  const mutual = standing(ours, health.apiVersion ?? { min: 1, max: 1 })
  if (mutual !== "speaks") {
    const detail =
      mutual === "program_older"
        ? "this program is too old for it. Upgrade this program"
        : "the deployment is too old. Deploy the version of this program to it"
    const versions = { ours: options.version ?? "unknown", theirs: health.version.slice(0, 40) }
    return yield* new ConnectError({ reason: new VersionMismatch({ ...versions, host: siteUrl, detail }) })
  }
  if (!health.ok) return yield* unreachable(siteUrl, "it is not ready to work. Try again in a moment")
  return health
})

const addressesOf = (given: Addresses): Effect.Effect<Addresses, ConnectError> =>
  Effect.try({ try: () => readAddresses(given), catch: (error) => error as ConnectError })

/** An API token is printable and has no spaces: anything else would be a broken header. */
const checkToken = (token: string): Effect.Effect<void, ConnectError> =>
  /^[\x21-\x7e]{1,4096}$/.test(token)
    ? Effect.void
    : Effect.fail(wrongAddress("that is no API token: a token is one word of printable characters"))

const makeProtocol = (line: Line, pauseMs: number) => {
  const exchange = makeExchange(line)
  const cutOff = failed(unreachable(line.siteUrl, broken))
  return RpcClient.Protocol.make((write) =>
    Effect.succeed({
      supportsAck: false,
      supportsTransferables: false,
      codecFor: lines.codecFor,
      send: (clientId, request) =>
        request._tag === "Request"
          ? wayTo(request.tag)(exchange, request, (message) => write(clientId, message), { pauseMs, cutOff })
          : Effect.void
    })
  )
}

/** The adapter: `Executor.create({ adapter: remote({ url, siteUrl, token }) })`. */
export const remote = (options: RemoteOptions): Adapter<Remote> => {
  const fetch = options.fetch ?? globalThis.fetch
  const connect: Effect.Effect<Connection<Remote>, ConnectError, Scope.Scope> = Effect.gen(function* () {
    const { url, siteUrl } = yield* addressesOf(options)
    yield* checkToken(options.token)
    const { version } = yield* meet({ fetch }, siteUrl, options)
    const client = `${options.client ?? "sdk"}${options.version === undefined ? "" : `/${options.version}`}`
    const protocol = yield* makeProtocol({ siteUrl, token: options.token, client, fetch }, options.pauseMs ?? 1_000)
    const host = { url: siteUrl, apiUrl: url, mcpUrl: `${siteUrl}/mcp`, rpcUrl: `${siteUrl}/rpc`, version }
    return { protocol, host }
  })
  return { connect }
}

/** Makes sure that the API URL is one. Connecting does not need it; storing the two addresses should. */
export const checkApiUrl = (
  given: Addresses,
  fetch: typeof globalThis.fetch = globalThis.fetch
): Effect.Effect<void, ConnectError> =>
  Effect.gen(function* () {
    const { url } = yield* addressesOf(given)
    if (yield* isApi({ fetch }, url)) return
    const { health } = yield* Effect.orElseSucceed(healthAt({ fetch }, url), () => ({ health: Option.none() }))
    if (Option.isSome(health)) return yield* swapped(url, "API")
    return yield* unreachable(url, "no Convex deployment answers there (no /version). Check the API URL (--url)")
  })
