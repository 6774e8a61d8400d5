// `fetch` as the SDK's HTTP transports get it: answers are bounded, and what an error needs to know of them is kept.

import { makeFlood, type Flood } from "./Flood.ts"

/** Longest answer, and longest message of a stream, in bytes. */
export const longestAnswer = 10 * 1024 * 1024

/** What was seen on the way. */
export interface Traffic {
  /** `WWW-Authenticate` of the latest answer with status 401. */
  challenge: string | undefined
  /** Bytes received so far. */
  received: number
  /** Measures what comes. */
  readonly flood: Flood
}

/** An answer was cut off because it is longer than any that is read. */
export class TooLong extends Error {
  override readonly name = "TooLong"
}

export const makeTraffic = (): Traffic => ({ challenge: undefined, received: 0, flood: makeFlood() })

const tooLong = () => new TooLong(`the server sent a message of more than ${longestAnswer / 1024 / 1024} MB`)

/** Fails a stream of which one message, up to an empty line, grows too long; any other answer is one message. */
const limiter = (isStream: boolean, traffic: Traffic): TransformStream<Uint8Array, Uint8Array> => {
  let length = 0
  return new TransformStream({
    transform: (chunk, controller) => {
      traffic.received += chunk.length
      const end = isStream ? endOfMessage(chunk) : -1
      length = end === -1 ? length + chunk.length : chunk.length - end
      if (length > longestAnswer || !traffic.flood.bytes(chunk.length)) controller.error(tooLong())
      else controller.enqueue(chunk)
    }
  })
}

/** Position after the last empty line in a chunk. One that is cut between two chunks is missed: the next will do. */
const endOfMessage = (chunk: Uint8Array): number => {
  for (let at = chunk.lastIndexOf(10); at > 0; at = chunk.lastIndexOf(10, at - 1)) {
    if (chunk[at - 1] === 10 || (chunk[at - 1] === 13 && chunk[at - 2] === 10)) return at + 1
  }
  return -1
}

const none = [101, 204, 205, 304]

/** The standing GET stream of older servers carries only what is ignored here, so it is not opened. */
const isStandingStream = (init: RequestInit | undefined): boolean =>
  init?.method === "GET" && new Headers(init.headers).get("last-event-id") === null

/** @param standing whether a GET opens the one stream that all answers come on, as in the transport of 2024 */
export const boundedFetch =
  (
    fetch: typeof globalThis.fetch,
    traffic: Traffic,
    standing = false
  ): ((url: string | URL, init?: RequestInit) => Promise<Response>) =>
  async (url, init) => {
    if (!standing && isStandingStream(init)) return new Response(null, { status: 405 })
    const answer = await fetch(url, init)
    if (answer.status === 401) traffic.challenge = answer.headers.get("www-authenticate") ?? ""
    if (answer.body === null || none.includes(answer.status)) return answer
    const announced = Number(answer.headers.get("content-length"))
    if (announced > longestAnswer) {
      await answer.body.cancel()
      throw tooLong()
    }
    const isStream = answer.headers.get("content-type")?.includes("text/event-stream") === true
    const body = answer.body.pipeThrough(limiter(isStream, traffic))
    return new Response(body, { status: answer.status, statusText: answer.statusText, headers: [...answer.headers] })
  }
