// Requests to a deployment by `fetch`, which every platform has. A redirect is never followed: the token would go with it.
import { Effect, Schema } from "effect"
import { RpcClientDefect, RpcClientError } from "effect/rpc/RpcClientError"
import type { FromServerEncoded, RequestEncoded } from "effect/rpc/RpcMessage"
import { makeNdjson } from "effect/rpc/RpcSerialization"
import { ConnectError, RequestTooLarge, TargetUnreachable, WrongKey } from "../ConnectError.ts"
import { wrongAddress } from "./RemoteAddress.ts"

/** Where and as whom to call. */
export interface Line {
  readonly siteUrl: string
  readonly token: string
  /** Name and version of the caller, for the journal. */
  readonly client: string
  readonly fetch: typeof globalThis.fetch
}

/** Longest request and longest message of an answer, in bytes: what Convex takes (docs: HTTP actions, limits). */
const longestBody = 20 * 1024 * 1024
/** Longest answer that is read only to see what it is, in bytes. */
const longestNote = 16 * 1024

export const lines = makeNdjson({ maxBufferSize: longestBody })

export const unreachable = (url: string, detail: string): ConnectError =>
  new ConnectError({ reason: new TargetUnreachable({ url, detail }) })

/** The form in which the RPC client passes on why a call could not be made. */
export const failed = (cause: ConnectError | RequestTooLarge): RpcClientError =>
  new RpcClientError({ reason: new RpcClientDefect({ message: cause.message, cause }) })

/** Nobody knows how far a request came on a connection that broke. */
export const broken =
  "the connection broke before the answer was complete. What was asked may have been done; look before you ask again"

const plainly: Readonly<Record<string, string>> = {
  ENOTFOUND: "there is no host of this name. Check the address, and that this machine is online",
  EAI_AGAIN: "its name cannot be looked up. Check that this machine is online",
  ECONNREFUSED: "nothing listens there. Check the address, and that the deployment is running",
  ECONNRESET: broken,
  UND_ERR_SOCKET: broken,
  UND_ERR_HEADERS_TIMEOUT: "it did not answer in time. Try again",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer. Check the address, and that the deployment is running"
}

/** Why a request failed: `fetch` itself says nothing but that it did. */
const reasonOf = (error: unknown): string => {
  const { cause, message, name } = (error ?? {}) as { cause?: unknown; message?: string; name?: string }
  const {
    code,
    errors,
    message: inner
  } = (cause ?? {}) as { code?: string; errors?: ReadonlyArray<{ code?: string }>; message?: string }
  const known = plainly[code ?? errors?.[0]?.code ?? ""]
  if (known !== undefined) return known
  return name === "TimeoutError" ? plainly["UND_ERR_CONNECT_TIMEOUT"]! : (inner ?? message ?? String(error))
}

const isRedirect = (response: Response): boolean =>
  response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)

/** Where to, as far as it can be told; a browser does not tell. */
const redirected = (url: string, response: Response): ConnectError => {
  const location = URL.parse(response.headers.get("location") ?? "", url)
  const to = location === null || !/^https?:$/.test(location.protocol) ? "elsewhere" : `to ${location.origin}`
  return wrongAddress(
    `${url} sends its callers ${to}, and a token does not go along. If that is your deployment, use its own address`
  )
}

/** One request. Redirects and failures of the network are errors; any other status is an answer. */
export const send = (
  line: Pick<Line, "siteUrl" | "fetch">,
  path: string,
  init: RequestInit
): Effect.Effect<Response, ConnectError> =>
  Effect.tryPromise({
    try: () => line.fetch(line.siteUrl + path, { ...init, redirect: "manual", credentials: "omit", cache: "no-store" }),
    catch: (error) => unreachable(line.siteUrl, reasonOf(error))
  }).pipe(
    Effect.flatMap((response) =>
      isRedirect(response)
        ? Effect.andThen(discard(response), Effect.fail(redirected(line.siteUrl, response)))
        : Effect.succeed(response)
    )
  )

const discard = (response: Response): Effect.Effect<void> =>
  Effect.sync(() => void response.body?.cancel().catch(() => {}))

/** How long a host may take over what is not needed any more, or is a mere note, in milliseconds. */
const asideMs = 5_000

/** The beginning of an answer, as far as it comes in time; what follows is not read. */
export const beginning = (response: Response): Effect.Effect<string> =>
  Effect.promise(async () => {
    const reader = response.body?.getReader()
    const decoder = new TextDecoder()
    let text = ""
    const timer = setTimeout(() => void reader?.cancel().catch(() => {}), asideMs)
    try {
      while (reader !== undefined && text.length < longestNote) {
        const { done, value } = await reader.read()
        if (done) break
        text += decoder.decode(value, { stream: true })
      }
    } catch {
      // What came until then is all there is.
    }
    clearTimeout(timer)
    void reader?.cancel().catch(() => {})
    return text.slice(0, longestNote)
  })

const Said = Schema.Struct({ error: Schema.Union([Schema.String, Schema.Struct({ message: Schema.String })]) })
const decodeSaid = Schema.decodeUnknownOption(Schema.fromJsonString(Said))

/** The host's own words, in which it may repeat what it was sent. */
const quote = (line: Line, words: string): string =>
  words === "" ? "" : ` It says: ${words.replaceAll(line.token, "…").slice(0, 500)}`

const saidIn = (line: Line, text: string): string => {
  const said = decodeSaid(text)
  if (said._tag === "None") return ""
  const { error } = said.value
  return quote(line, typeof error === "string" ? error : error.message)
}

const renew = "then: executor target add NAME --url URL --site-url URL --token -"

export const refused = (line: Line, said = ""): ConnectError =>
  new ConnectError({
    reason: new WrongKey({
      detail:
        `${line.siteUrl} refuses the token: it is wrong, or was revoked, or is an agent's, which opens /mcp only. ` +
        `Get an owner's token from whoever runs the deployment, ${renew}.${said}`
    })
  })

const agentsOnly = (line: Line, said: string): ConnectError =>
  new ConnectError({
    reason: new WrongKey({
      detail:
        `the token for ${line.siteUrl} is an agent's: it opens /mcp only, and this is the owner's work. ` +
        `Get an owner's token from whoever runs the deployment, ${renew}.${said}`
    })
  })

/** What a status other than 200 means. */
const refusal = (line: Line, status: number, text: string): ConnectError | RequestTooLarge => {
  const said = saidIn(line, text)
  if (status === 401) return refused(line, said)
  if (status === 403) return agentsOnly(line, said)
  if (status === 404)
    return unreachable(
      line.siteUrl,
      "there is no /rpc: its deployment is not complete. Deploy it again, then try again"
    )
  if (status === 413)
    return new RequestTooLarge({ detail: `${line.siteUrl} does not take requests of this size.${said}` })
  return unreachable(line.siteUrl, `it answered with status ${status}. Try again in a moment.${said}`)
}

/** `true` for what a server may say in an answer to this request. */
const belongs = (request: RequestEncoded, message: unknown): message is FromServerEncoded => {
  const { _tag, requestId } = (message ?? {}) as { _tag?: unknown; requestId?: unknown }
  return _tag === "Chunk" || _tag === "Exit"
    ? String(requestId) === String(request.id)
    : _tag === "Defect" || _tag === "ClientProtocolError" || _tag === "Pong"
}

/** The words of a refusal that the contract makes, not the door; `undefined` for any other message. */
const unauthorized = (message: FromServerEncoded): string | undefined => {
  if (message._tag !== "Exit" || message.exit._tag !== "Failure") return undefined
  for (const each of message.exit.cause) {
    const error = (each._tag === "Fail" ? (each.error ?? {}) : {}) as {
      readonly _tag?: string
      readonly message?: string
    }
    if (error._tag === "Unauthorized") return typeof error.message === "string" ? error.message : ""
  }
  return undefined
}

/** Told of each message of an answer. */
export type Tell = (message: FromServerEncoded) => Effect.Effect<void>

/** Sends one request and tells its answer. `false` when the answer broke off before its end. */
export type Exchange = (request: RequestEncoded, tell: Tell) => Effect.Effect<boolean, RpcClientError>

/** Reads an answer to its end, so that its connection can be used again; one that does not end is given up. */
const drain = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> => {
  const giveUp = () => void reader.cancel().catch(() => {})
  const timer = setTimeout(giveUp, asideMs)
  try {
    let left = longestNote
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      left -= part.value.length
      if (left < 0) giveUp()
    }
  } catch {
    // It was complete before; the next call opens a connection of its own.
  }
  clearTimeout(timer)
}

export const makeExchange = (line: Line): Exchange => {
  const headers = {
    authorization: `Bearer ${line.token}`,
    "content-type": "application/x-ndjson",
    "x-executor-client": line.client
  }
  const strange = failed(unreachable(line.siteUrl, "its answer is none of an Executor. Check the address"))
  return Effect.fnUntraced(function* (request, tell) {
    const parser = lines.makeUnsafe()
    const body = new TextEncoder().encode(parser.encode(request) as string)
    if (body.length > longestBody) {
      const detail = `this request has ${body.length} bytes, and at most ${longestBody} can be sent to ${line.siteUrl}`
      return yield* failed(new RequestTooLarge({ detail }))
    }
    const stop = new AbortController()
    const exchange = Effect.gen(function* () {
      const init = { method: "POST", body, headers, signal: stop.signal }
      const response = yield* Effect.mapError(send(line, "/rpc", init), failed)
      if (response.status !== 200) return yield* failed(refusal(line, response.status, yield* beginning(response)))
      const reader = response.body?.getReader()
      if (reader === undefined) return false
      while (true) {
        const part = yield* Effect.promise(() => reader.read().catch(() => ({ done: true, value: undefined }) as const))
        if (part.done) return false
        const messages = yield* Effect.try({ try: () => parser.decode(part.value), catch: () => strange })
        for (const message of messages) {
          if (!belongs(request, message)) return yield* strange
          const words = unauthorized(message)
          if (words !== undefined) return yield* failed(refused(line, quote(line, words)))
          // Under the very id of the request: as another type it would find nobody who waits for it.
          yield* tell("requestId" in message ? { ...message, requestId: request.id } : message)
          if (message._tag !== "Exit" && message._tag !== "Defect" && message._tag !== "ClientProtocolError") continue
          void drain(reader)
          return true
        }
      }
    })
    // Closing the request ends the call on the host's side.
    return yield* Effect.onExit(exchange, (exit) =>
      Effect.sync(() => {
        if (exit._tag === "Failure" || !exit.value) stop.abort()
      })
    )
  })
}
