// Which addresses are public. Pure: it reads an address's bytes, however they are spelled, and never asks DNS.
import ipaddr from "ipaddr.js"

/** Cloud metadata that sits in public ranges; the others are link-local, private or unique-local anyway. */
const refusedAlthoughPublic = new Set(["168.63.129.16"])

const globalUnicast = ipaddr.IPv6.parse("2000::")

/** The part of an address that an URL's host may carry in brackets or with a zone. */
const bare = (host: string): string =>
  host
    .replace(/^\[|\]$/g, "")
    .replace(/%.*$/, "")
    .replace(/\.$/, "")

const parse = (host: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined => {
  const text = bare(host)
  if (!/^[0-9a-fx.:]+$/i.test(text) || !/[0-9]|::/.test(text)) return undefined
  return ipaddr.isValid(text) ? ipaddr.parse(text) : undefined
}

/**
 * What an address is for: `public`, or the name of the special range (`loopback`, `private`, `linkLocal`,
 * `carrierGradeNat`, `uniqueLocal`, `multicast`, `unspecified`, `ipv4Mapped`, `rfc6052` (NAT64), `6to4`, …).
 * `undefined` when the text is not an address in any spelling that `inet_aton` or `inet_pton` accept.
 */
export const addressRange = (host: string): string | undefined => {
  const address = parse(host)
  if (address === undefined) return undefined
  const range = address.range()
  if (range !== "unicast") return range
  if (refusedAlthoughPublic.has(address.toString())) return "metadata"
  if (address instanceof ipaddr.IPv6) {
    // Global unicast is 2000::/3; what lies outside was never handed out, or wraps an IPv4 address (RFC 4291 §2.4).
    if (!address.match(globalUnicast, 3)) return "reserved"
  }
  return "public"
}

/** True for an address that everybody may reach. A name, or anything that does not parse, is not an address: false. */
export const isPublicAddress = (host: string): boolean => addressRange(host) === "public"

/** True when the host is written as an address rather than as a name. */
export const isAddress = (host: string): boolean => parse(host) !== undefined

/** True for every spelling that ends at this machine itself: loopback, unspecified, and both inside IPv6. */
export const isOwnMachine = (host: string): boolean => {
  const address = parse(host)
  if (address === undefined) {
    const name = bare(host).toLowerCase()
    return name === "localhost" || name.endsWith(".localhost")
  }
  const inner = address instanceof ipaddr.IPv6 ? embeddedIPv4(address) : address
  const range = (inner ?? address).range()
  return range === "loopback" || range === "unspecified"
}

/** The IPv4 address inside mapped, compatible and NAT64 forms. */
const embeddedIPv4 = (address: ipaddr.IPv6): ipaddr.IPv4 | undefined => {
  if (address.isIPv4MappedAddress()) return address.toIPv4Address()
  const bytes = address.toByteArray()
  const compatible = bytes.slice(0, 12).every((byte) => byte === 0) && bytes.slice(12).some((byte) => byte > 1)
  if (!compatible && address.range() !== "rfc6052" && address.range() !== "rfc6145") return undefined
  return new ipaddr.IPv4(bytes.slice(12))
}

/** The exact origin (`scheme://host:port`) of an http or https URL; `undefined` for all else. */
export const originOf = (url: string): string | undefined => {
  if (!URL.canParse(url)) return undefined
  const parsed = new URL(url)
  return parsed.protocol === "http:" || parsed.protocol === "https:" ? parsed.origin : undefined
}
