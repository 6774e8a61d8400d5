// Streams that outlive their connection: a host in the cloud ends every answer after some minutes or megabytes, and a run or a
// registration may take longer. What was told already is not told again.
import { Clock, Effect } from "effect"
import type { RpcClientError } from "effect/rpc/RpcClientError"
import type { FromServerEncoded, RequestEncoded } from "effect/rpc/RpcMessage"
import { ConnectError } from "../ConnectError.ts"
import type { Exchange, Tell } from "./RemoteHttp.ts"

export interface Patience {
  /** Pause before a connection is made again, in milliseconds. */
  readonly pauseMs: number
  /** What to fail with when it cannot be made again. */
  readonly cutOff: RpcClientError
}

/** Connections in a row that may bring nothing. */
const mostFruitless = 5
/** No registration takes longer than an action of the host may, in milliseconds. */
const longestRegistration = 10 * 60_000

const isTransient = (error: RpcClientError): boolean => {
  const { cause } = error.reason as { readonly cause?: unknown }
  return cause instanceof ConnectError && cause.reason._tag === "TargetUnreachable"
}

/** Tries again what a network may lose: `undefined` for an attempt that was lost. */
const attempt = <A>(effect: Effect.Effect<A, RpcClientError>): Effect.Effect<A | undefined, RpcClientError> =>
  Effect.catch(effect, (error) => (isTransient(error) ? Effect.succeed(undefined) : Effect.fail(error)))

/** What of a run an update is about: the run itself, or one of its calls. */
const subject = (update: unknown): string => {
  const { _tag, call } = (update ?? {}) as { readonly _tag?: string; readonly call?: { readonly id?: string } }
  return `${_tag} ${call?.id ?? ""}`
}

/** `Runs.Watch` begins with how everything stands: asked again, it tells what changed in between. */
const watch = Effect.fnUntraced(function* (exchange: Exchange, request: RequestEncoded, tell: Tell, wait: Patience) {
  const told = new Map<string, string>()
  const isNews = (update: unknown): boolean => {
    const text = JSON.stringify(update)
    if (told.get(subject(update)) === text) return false
    told.set(subject(update), text)
    return true
  }
  let heard = false
  const hear: Tell = (message) => {
    heard = true
    if (message._tag !== "Chunk") return tell(message)
    const [first, ...rest] = message.values.filter(isNews)
    return first === undefined ? Effect.void : tell({ ...message, values: [first, ...rest] })
  }
  if (yield* exchange(request, hear)) return
  let fruitless = 0
  while (fruitless < mostFruitless) {
    yield* Effect.sleep(wait.pauseMs * 2 ** fruitless)
    heard = false
    if (yield* attempt(exchange(request, hear))) return
    fruitless = heard ? 0 : fruitless + 1
  }
  return yield* wait.cutOff
})

interface Seen {
  readonly name?: string
  readonly state?: string
}

const isSettled = ({ state }: Seen): boolean => state === "connected" || state === "auth_required" || state === "error"

/** A registration is begun once. Where its stream breaks off, the source itself is looked at until it has come to rest. */
const registration = Effect.fnUntraced(function* (
  exchange: Exchange,
  request: RequestEncoded,
  tell: Tell,
  wait: Patience
) {
  let last: Seen | undefined
  const hear: Tell = (message) => {
    if (message._tag === "Chunk") last = message.values.at(-1) as Seen
    return tell(message)
  }
  if (yield* exchange(request, hear)) return
  const end = (yield* Clock.currentTimeMillis) + longestRegistration
  const { id: requestId } = request
  let fruitless = 0
  while (last?.name !== undefined && fruitless < mostFruitless && (yield* Clock.currentTimeMillis) < end) {
    if (isSettled(last)) return yield* tell({ _tag: "Exit", requestId, exit: { _tag: "Success", value: null } })
    yield* Effect.sleep(wait.pauseMs * 2 ** fruitless)
    let now: Seen | undefined
    const get = { ...request, tag: "Sources.Get", payload: { name: last.name } }
    yield* attempt(exchange(get, (message) => Effect.sync(() => void (now = foundIn(message)))))
    fruitless = now === undefined ? fruitless + 1 : 0
    if (now === undefined || JSON.stringify(now) === JSON.stringify(last)) continue
    last = now
    yield* tell({ _tag: "Chunk", requestId, values: [now] })
  }
  return yield* wait.cutOff
})

const foundIn = (message: FromServerEncoded): Seen | undefined =>
  message._tag === "Exit" && message.exit._tag === "Success" ? (message.exit.value as Seen) : undefined

type Continue = (
  exchange: Exchange,
  request: RequestEncoded,
  tell: Tell,
  wait: Patience
) => Effect.Effect<void, RpcClientError>

const streams: Readonly<Record<string, Continue>> = {
  "Runs.Watch": watch,
  "Sources.Add": registration,
  "Sources.Refresh": registration
}

/** Anything else is asked once: a request that may have been heard is not repeated. */
const once: Continue = (exchange, request, tell, { cutOff }) =>
  Effect.flatMap(exchange(request, tell), (complete) => (complete ? Effect.void : Effect.fail(cutOff)))

/** The way to a method's whole answer. */
export const wayTo = (tag: string): Continue => (Object.hasOwn(streams, tag) ? streams[tag]! : once)
