// Requests to the daemon by Node's own http module: `fetch` alone would cost a short command 40 ms to load.
import { challengeText, ChallengeProof, type DaemonFile } from "@executor-v2/rpc/Daemon"
import { Effect, Option, Schema } from "effect"
import * as RpcClient from "effect/rpc/RpcClient"
import { RpcClientDefect, RpcClientError } from "effect/rpc/RpcClientError"
import type { FromServerEncoded } from "effect/rpc/RpcMessage"
import { ndjson } from "effect/rpc/RpcSerialization"
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import * as http from "node:http"
import { ConnectError, DaemonUnreachable, WrongKey } from "../ConnectError.ts"

class NoAnswer extends Schema.TaggedError<NoAnswer>()("NoAnswer", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

const post = (
  port: number,
  path: string,
  body: string,
  options: { readonly agent?: http.Agent; readonly headers: Record<string, string>; readonly timeoutMs?: number }
): Effect.Effect<http.IncomingMessage, NoAnswer> =>
  Effect.callback((resume) => {
    const { timeoutMs, ...given } = options
    const request = http.request({ ...given, host: "127.0.0.1", port, path, method: "POST" })
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => request.destroy(new Error("no answer in time")), timeoutMs)
    request.once("response", (response) => {
      response.once("close", () => clearTimeout(timer))
      resume(Effect.succeed(response))
    })
    request.on("error", (error) => {
      clearTimeout(timer)
      resume(Effect.fail(new NoAnswer({ detail: error.message })))
    })
    request.end(body)
    return Effect.sync(() => request.destroy())
  })

const readText = (response: http.IncomingMessage, limit: number): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ""
    response
      .setEncoding("utf8")
      .on("data", (chunk: string) => {
        text += chunk
        if (text.length > limit) response.destroy(new Error("the answer is too long"))
      })
      .once("end", () => resolve(text))
      .once("error", reject)
      .once("close", () => reject(new Error("the answer was cut off")))
  })

const decodeProof = Schema.decodeUnknownOption(Schema.fromJsonString(ChallengeProof))

/** What the daemon behind a port proved: nothing was sent to it but a random number. */
export const challenge = Effect.fnUntraced(
  function* (daemon: DaemonFile, token: string, timeoutMs: number) {
    const nonce = randomBytes(32).toString("base64url")
    const headers = { "content-type": "application/json" }
    const response = yield* post(daemon.port, "/challenge", JSON.stringify({ nonce }), { headers, timeoutMs })
    const text = yield* Effect.tryPromise(() => readText(response, 4_096))
    const answer = Option.getOrUndefined(decodeProof(text))
    if (response.statusCode !== 200 || answer === undefined || answer.instanceId !== daemon.instanceId) return undefined
    const expected = createHmac("sha256", token)
      .update(challengeText(nonce, daemon.instanceId, daemon.port))
      .digest()
    const proof = Buffer.from(answer.proof, "base64url")
    return proof.length === expected.length && timingSafeEqual(proof, expected) ? answer : undefined
  },
  Effect.orElseSucceed(() => undefined)
)

const failed = (error: ConnectError) =>
  new RpcClientError({ reason: new RpcClientDefect({ message: error.message, cause: error }) })

/** What a status other than 200 means, in the daemon's own words. */
const refusal = (home: string, status: number, text: string): ConnectError => {
  const said = /"error":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]
  const detail = said === undefined ? `it answered with status ${status}` : (JSON.parse(`"${said}"`) as string)
  return new ConnectError({
    reason: status === 401 || status === 403 ? new WrongKey({ detail }) : new DaemonUnreachable({ home, detail })
  })
}

/** Where and as whom to call. */
export interface Line {
  readonly home: string
  readonly port: number
  readonly token: string
  /** Name and version of the caller, for the journal. */
  readonly client: string
}

/** Reads an answer to its end, so that its connection can be used again. */
const drain = async (chunks: AsyncIterator<Buffer>): Promise<void> => {
  try {
    while (!(await chunks.next()).done);
  } catch {
    // It was complete before; the next call opens a connection of its own.
  }
}

/**
 * The contract over plain HTTP: one request per call, its answer read line by line, so that streams need nothing more.
 * Closing the request ends the call on the daemon's side.
 */
export const makeProtocol = Effect.fnUntraced(function* (line: Line) {
  const agent = yield* Effect.acquireRelease(
    Effect.sync(() => new http.Agent({ keepAlive: true })),
    (open) => Effect.sync(() => open.destroy())
  )
  const headers = {
    authorization: `Bearer ${line.token}`,
    "content-type": "application/x-ndjson",
    "x-executor-client": line.client
  }
  const unreachable = (cause: unknown) =>
    failed(
      new ConnectError({
        reason: new DaemonUnreachable({
          home: line.home,
          detail: cause instanceof Error ? cause.message : String(cause)
        })
      })
    )

  return yield* RpcClient.Protocol.make((write) =>
    Effect.succeed({
      supportsAck: false,
      supportsTransferables: false,
      codecFor: ndjson.codecFor,
      send: Effect.fnUntraced(function* (clientId, request) {
        if (request._tag !== "Request") return
        const parser = ndjson.makeUnsafe()
        const body = parser.encode(request) as string
        const response = yield* Effect.mapError(post(line.port, "/rpc", body, { agent, headers }), unreachable)
        if (response.statusCode !== 200) {
          const text = yield* Effect.tryPromise({ try: () => readText(response, 16_384), catch: unreachable })
          return yield* failed(refusal(line.home, response.statusCode ?? 0, text))
        }
        const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>
        const next = Effect.tryPromise({ try: () => chunks.next(), catch: unreachable })
        while (true) {
          const chunk = yield* Effect.onInterrupt(next, () => Effect.sync(() => response.destroy()))
          if (chunk.done) return yield* unreachable(new NoAnswer({ detail: "it ended before its answer was complete" }))
          const messages = yield* Effect.try({ try: () => parser.decode(chunk.value), catch: unreachable })
          for (const message of messages as ReadonlyArray<FromServerEncoded>) {
            yield* write(clientId, message)
            if (message._tag !== "Exit" && message._tag !== "Defect") continue
            return void drain(chunks)
          }
        }
      })
    })
  )
})
