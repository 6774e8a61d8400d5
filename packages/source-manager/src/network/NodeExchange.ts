// One HTTP exchange with a bounded answer (Node only): redirects, deadline, decompression, limits.
import { brotliDecompress, gunzip, inflate, inflateRaw, type ZlibOptions } from "node:zlib"
import type { Dispatcher } from "undici"
import type { OutboundRequest, OutboundResponse } from "./Outbound.ts"
import type { Dispatchers } from "./NodeDispatcher.ts"
import {
  checkedUrl,
  failure,
  maxRedirects,
  onlyTravelling,
  redirectOf,
  tooLarge,
  tooManyRedirects
} from "./Exchange.ts"

type Inflate = (data: Uint8Array, options: ZlibOptions, done: (error: Error | null, result: Buffer) => void) => void

/** `deflate` means zlib's format, but some servers send the raw one; the first byte tells (RFC 9110 §8.4.1.2). */
const inflaterOf = (encoding: string, data: Uint8Array): Inflate | undefined =>
  encoding === "gzip" || encoding === "x-gzip"
    ? gunzip
    : encoding === "br"
      ? brotliDecompress
      : encoding === "deflate"
        ? ((data[0] ?? 0) & 0x0f) === 8
          ? inflate
          : inflateRaw
        : undefined

/** Undoes content encodings, last applied first. Memory stays within the limit whatever the ratio. */
const decompress = async (body: Uint8Array, encodings: string, url: URL, limit: number): Promise<Uint8Array> => {
  const names = encodings
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "identity" && name !== "")
  if (names.length > 3) throw failure("unreachable", `${url.origin} packed its answer ${names.length} times over`)
  let data = body
  for (const name of names.toReversed()) {
    if (data.length === 0) return data
    const inflater = inflaterOf(name, data)
    if (inflater === undefined)
      throw failure("unreachable", `${url.origin} answered in the encoding ${name}, which was not asked for`)
    const packed = data
    data = await new Promise((resolve, reject) =>
      inflater(packed, { maxOutputLength: limit }, (error, result) => {
        if (error === null) resolve(result)
        else if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") reject(tooLarge(url, limit))
        else reject(failure("unreachable", `the answer of ${url.origin} is not valid ${name}`))
      })
    )
  }
  return data
}

type GivenHeaders = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2]

const plainHeaders = (headers: GivenHeaders): Record<string, string> => {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(", ") : value
  }
  return plain
}

const lowerCased = (headers: Readonly<Record<string, string>> = {}): Record<string, string> => {
  const lower: Record<string, string> = { "user-agent": "executor", "accept-encoding": "gzip, deflate, br" }
  for (const name of Object.keys(headers)) lower[name.toLowerCase()] = headers[name]!
  return lower
}

/** One request on its way, without the redirects after it. */
interface Hop {
  readonly url: URL
  readonly method: Dispatcher.HttpMethod
  readonly headers: Record<string, string>
  readonly body: OutboundRequest["body"] | undefined
  readonly maxBytes: number
}

/** An answer as it travelled. With `next`, where it redirects to, its body is of no use. */
interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly next: URL | undefined
  readonly body: Uint8Array
}

/** Of a redirect's body so much is read, to keep its connection. */
const maxRedirectBytes = 65_536

const enough = new Error("a redirect needs no body")

/**
 * Sends one request and reads its answer within its bounds. It listens to the dispatcher itself: answers are collected
 * whole anyway, and the streams of `undici.request` would cost as much as all the rest of a short call.
 */
const send = (dispatcher: Dispatcher, hop: Hop, signal: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { body, headers, maxBytes, method, url } = hop
    const chunks: Array<Buffer> = []
    let length = 0
    let head: Omit<Answer, "body"> | undefined
    let controller: Dispatcher.DispatchController | undefined
    const letGo = () => signal.removeEventListener("abort", abort)
    const end = (reason: Error) => {
      letGo()
      reject(reason)
      controller?.abort(reason)
    }
    const abort = () => end(signal.reason as Error)
    const finish = (body: Uint8Array) => {
      letGo()
      resolve({ ...head!, body })
    }
    if (signal.aborted) return abort()
    signal.addEventListener("abort", abort, { once: true })
    const path = `${url.pathname}${url.search}`
    dispatcher.dispatch(
      { origin: url.origin, path, method, headers, body: body ?? null },
      {
        onRequestStart: (given) => {
          controller = given
          if (signal.aborted) given.abort(signal.reason as Error)
        },
        onResponseStart: (_, status, given) => {
          // Before an answer others may come that only announce it, such as early hints.
          if (status < 200) return
          const headers = plainHeaders(given)
          head = { status, headers, next: redirectOf({ status, location: headers["location"] }, method, url) }
          const announced = Number(headers["content-length"])
          if (head.next === undefined && announced > maxBytes) end(tooLarge(url, maxBytes))
        },
        onResponseData: (_, chunk) => {
          length += chunk.length
          if (head?.next === undefined) {
            if (length > maxBytes) end(tooLarge(url, maxBytes))
            else chunks.push(chunk)
          } else if (length > maxRedirectBytes) {
            finish(new Uint8Array())
            controller?.abort(enough)
          }
        },
        onResponseEnd: () => finish(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)),
        onResponseError: (_, error) => {
          letGo()
          reject(error)
        }
      }
    )
  })

const unpacked = async ({ body, headers, status }: Answer, url: URL, maxBytes: number): Promise<OutboundResponse> => {
  const { "content-encoding": encoding, "content-length": _, ...others } = headers
  if (encoding === undefined) return { status, headers, body, url: url.href }
  return { status, headers: others, body: await decompress(body, encoding, url, maxBytes), url: url.href }
}

const wasClosed = (cause: unknown): boolean =>
  ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes((cause as { code: string }).code)

/** Sends a request and reads its answer. Rejects with an `OutboundError`, or with what a socket said. */
export const exchange = async (
  dispatchers: Dispatchers,
  { body, headers: given, maxBytes, privateOrigins, ...request }: OutboundRequest,
  signal: AbortSignal
): Promise<OutboundResponse> => {
  const method = request.method.toUpperCase() as Dispatcher.HttpMethod
  const first = checkedUrl(request.url)
  let url = first
  let headers = lowerCased(given)
  for (let hops = 0; ; hops++) {
    const dispatcher = dispatchers.for(url.origin, privateOrigins)
    const hop = { url, method, headers, body, maxBytes }
    const answer = await send(dispatcher, hop, signal).catch((cause: unknown) => {
      // A kept connection may have been closed by the other side in this very moment.
      if ((method === "GET" || method === "HEAD") && wasClosed(cause)) return send(dispatcher, hop, signal)
      throw cause
    })
    const { next } = answer
    if (next === undefined) return unpacked(answer, url, maxBytes)
    if (hops === maxRedirects) throw tooManyRedirects(first)
    if (next.origin !== url.origin) headers = onlyTravelling(headers)
    url = next
  }
}
