// The two addresses of a deployment, judged before anything is sent to them: a token must not travel in the clear, and one
// of the two given as the other is the mistake that everybody makes once.
import { ConnectError, WrongAddress } from "../ConnectError.ts"

/** API: queries, mutations and live updates. Site: everything that HTTP actions answer, `/rpc` and `/mcp` among it. */
export interface Addresses {
  readonly url: string
  readonly siteUrl: string
}

type Role = "API" | "site"

const endings: Record<Role, string> = { API: ".convex.cloud", site: ".convex.site" }
const optionOf: Record<Role, string> = { API: "--url", site: "--site-url" }
const examples: Record<Role, string> = {
  API: "https://NAME.convex.cloud, or port 3210 of a server of your own",
  site: "https://NAME.convex.site, or port 3211 of a server of your own"
}

export const wrongAddress = (detail: string): ConnectError => new ConnectError({ reason: new WrongAddress({ detail }) })

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname)

/** One address without its trailing slashes. Throws `ConnectError`. */
const read = (role: Role, given: string): string => {
  const what = `the ${role} URL (${optionOf[role]})`
  const url = URL.parse(given)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw wrongAddress(`${what} is no address: it looks like ${examples[role]}`)
  if (url.username !== "" || url.password !== "")
    throw wrongAddress(`${what} at ${url.host} holds a user name or password: leave them out`)
  if (url.search !== "" || url.hash !== "")
    throw wrongAddress(`${what} has something after its path: leave out what follows ? or #`)
  if (url.protocol === "http:" && !isLoopback(url.hostname))
    throw wrongAddress(
      `${what} is http://${url.host}, and the token would travel there in the clear: use https:// ` +
        "(http:// is for this machine only)"
    )
  const path = url.pathname.replace(/\/+$/, "")
  const end = /\/(mcp|rpc|health|version|api)$/.exec(path)?.[0]
  if (end !== undefined) throw wrongAddress(`${what} is the address of the whole deployment: leave out ${end}`)
  return url.origin + path
}

/** The address of the other role, where the name tells it. */
export const counterpart = (address: string, role: Role): string | undefined => {
  const url = URL.parse(address)
  const from = endings[role === "API" ? "site" : "API"]
  return url !== null && url.hostname.endsWith(from)
    ? `https://${url.hostname.slice(0, -from.length)}${endings[role]}`
    : undefined
}

/** What to say of an address that plays the other part. */
export const swapped = (address: string, given: Role): ConnectError => {
  const real: Role = given === "API" ? "site" : "API"
  const right = counterpart(address, given)
  return wrongAddress(
    `${address} is the deployment's ${real} URL (${optionOf[real]}), given as its ${given} URL (${optionOf[given]}). ` +
      `The ${given} URL is ${right ?? examples[given]}`
  )
}

/** Both addresses as they are used. Throws `ConnectError` with `WrongAddress`. */
export const readAddresses = (given: Addresses): Addresses => {
  const url = read("API", given.url)
  const siteUrl = read("site", given.siteUrl)
  // The name of a deployment in the cloud tells by itself which of its two addresses it is.
  if (counterpart(siteUrl, "site") !== undefined) throw swapped(siteUrl, "site")
  if (counterpart(url, "API") !== undefined) throw swapped(url, "API")
  return { url, siteUrl }
}
