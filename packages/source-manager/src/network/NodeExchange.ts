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

/** Collects a body; stops reading at the limit. */
const collect = (body: Dispatcher.ResponseData["body"], url: URL, limit: number): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const chunks: Array<Buffer> = []
    let length = 0
    body.on("data", (chunk: Buffer) => {
      length += chunk.length
      if (length > limit) body.destroy(tooLarge(url, limit))
      else chunks.push(chunk)
    })
    body.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)))
    body.on("error", reject)
  })

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

const plainHeaders = (headers: Dispatcher.ResponseData["headers"]): Record<string, string> => {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(", ") : value
  }
  return plain
}

const lowerCased = (headers: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  "user-agent": "executor",
  "accept-encoding": "gzip, deflate, br",
  ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
})

const readAnswer = async (answer: Dispatcher.ResponseData, url: URL, maxBytes: number): Promise<OutboundResponse> => {
  const headers = plainHeaders(answer.headers)
  if (Number(headers["content-length"]) > maxBytes) {
    answer.body.on("error", () => {}).destroy()
    throw tooLarge(url, maxBytes)
  }
  let body = await collect(answer.body, url, maxBytes)
  const encoding = headers["content-encoding"]
  if (encoding !== undefined) {
    body = await decompress(body, encoding, url, maxBytes)
    delete headers["content-encoding"]
    delete headers["content-length"]
  }
  return { status: answer.statusCode, headers, body, url: url.href }
}

const wasClosed = (cause: unknown): boolean =>
  ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes((cause as { code: string }).code)

/** Sends a request and reads its answer. Rejects with an `OutboundError`, or with what a socket said. */
export const exchange = async (
  undici: typeof import("undici"),
  dispatchers: Dispatchers,
  request: OutboundRequest,
  signal: AbortSignal
): Promise<OutboundResponse> => {
  const method = request.method.toUpperCase() as Dispatcher.HttpMethod
  let url = checkedUrl(request.url)
  let headers = lowerCased(request.headers)
  for (let hop = 0; ; hop++) {
    const dispatcher = dispatchers.for(url.origin, request.privateOrigins)
    const send = () => undici.request(url, { dispatcher, method, headers, body: request.body ?? null, signal })
    const answer = await send().catch((cause: unknown) => {
      // A kept connection may have been closed by the other side in this very moment.
      if ((method === "GET" || method === "HEAD") && wasClosed(cause)) return send()
      throw cause
    })
    const next = redirectOf({ status: answer.statusCode, location: answer.headers["location"] }, method, url)
    if (next === undefined) return readAnswer(answer, url, request.maxBytes)
    await answer.body.dump({ limit: 65_536, signal })
    if (hop === maxRedirects) throw tooManyRedirects(checkedUrl(request.url))
    if (next.origin !== url.origin) headers = onlyTravelling(headers)
    url = next
  }
}
