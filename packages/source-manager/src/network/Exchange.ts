// What every way to the network has in common: which addresses are taken, where redirects may lead, the deadline.
import { originOf } from "./Address.ts"
import { OutboundError, type OutboundRequest } from "./Outbound.ts"

export const maxRedirects = 5

/** Headers that mean the same to everybody. Any other may be a credential and stays with its origin. */
const travelling = new Set(["accept", "accept-encoding", "accept-language", "user-agent"])

const redirections: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

export const failure = (reason: OutboundError["reason"], detail: string) => new OutboundError({ reason, detail })

const parsed = (text: string, base?: URL): URL => {
  try {
    return new URL(text, base)
  } catch {
    throw failure("invalid-url", "that is not a URL; it must look like https://host/path")
  }
}

/** Parses and checks an address before anything is sent there. */
export const checkedUrl = (text: string, base?: URL): URL => {
  const url = parsed(text, base)
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw failure("invalid-url", `${url.protocol} addresses are not supported; use http: or https:`)
  }
  if (url.username !== "" || url.password !== "") {
    throw failure("invalid-url", `the URL for ${url.host} holds a user name or password; leave them out`)
  }
  return url
}

export const tooLarge = (url: URL, limit: number) =>
  failure("too-large", `the answer of ${url.origin} is longer than ${limit} bytes, the most that is read`)

export const tooManyRedirects = (url: URL) =>
  failure("too-many-redirects", `${url.origin} redirects more than ${maxRedirects} times`)

/** What of a request may follow it to another origin. */
export const onlyTravelling = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => travelling.has(name)))

/** Where a redirect leads, when it is one that is followed. */
export const redirectOf = (
  { location, status }: { readonly status: number; readonly location: unknown },
  method: string,
  url: URL
): URL | undefined => {
  if (!redirections.has(status) || typeof location !== "string") return undefined
  return method === "GET" || method === "HEAD" ? checkedUrl(location, url) : undefined
}

/** Where a `fetch` goes on: to the same origin, with method and body; all others would send what was meant for somebody else. */
export const redirectWithin = (answer: Response, from: URL, init?: RequestInit): URL | undefined => {
  const { status } = answer
  const location = answer.headers.get("location")
  if (!redirections.has(status) || location === null) return undefined
  const to = checkedUrl(location, from)
  const method = (init?.method ?? "GET").toUpperCase()
  const repeatable =
    method === "GET" || method === "HEAD" || ((status === 307 || status === 308) && typeof init?.body === "string")
  if (from.origin === to.origin && repeatable) return to
  throw new OutboundError({
    reason: "refused",
    detail: `${from.origin} redirects to ${to.origin}; use the address there if you trust it`
  })
}

/** Runs with a signal that the deadline, the caller and an interruption abort. */
export const withDeadline = async <A>(
  request: OutboundRequest,
  interrupted: AbortSignal,
  run: (signal: AbortSignal) => Promise<A>
): Promise<A> => {
  const controller = new AbortController()
  const abort = () => controller.abort()
  let late: OutboundError | undefined
  const timer = setTimeout(() => {
    const detail = `${originOf(request.url) ?? "the address"} did not finish its answer within ${request.timeoutMs} ms`
    late = new OutboundError({ reason: "timeout", detail })
    controller.abort(late)
  }, request.timeoutMs)
  const signals = request.signal === undefined ? [interrupted] : [interrupted, request.signal]
  for (const signal of signals) {
    if (signal.aborted) abort()
    else signal.addEventListener("abort", abort, { once: true })
  }
  try {
    return await run(controller.signal)
  } catch (cause) {
    throw late ?? cause
  } finally {
    clearTimeout(timer)
    for (const signal of signals) signal.removeEventListener("abort", abort)
  }
}
