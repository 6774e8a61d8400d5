// Sockets with a guard (Node only): a connection is opened to an address that was checked, never to a name.
// A DNS answer that changes between check and connect is harmless, because the check happens on what is connected to.
import { lookup as dnsLookup } from "node:dns/promises"
import type { LookupFunction } from "node:net"
import type { Agent, buildConnector, Dispatcher } from "undici"
import { addressRange, isAddress, isOwnMachine, isPublicAddress } from "./Address.ts"

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

export interface GuardOptions {
  /** Ports of this process's own doors: refused on every spelling of this machine, whatever is allowed. */
  readonly ownPorts: () => ReadonlyArray<number>
  /** How names become addresses. */
  readonly resolve: (hostname: string) => Promise<ReadonlyArray<ResolvedAddress>>
}

/** Asks the system's resolver, as every other program on this machine would. */
export const systemResolve: GuardOptions["resolve"] = (hostname) => dnsLookup(hostname, { all: true, verbatim: true })

/** A connection was not opened, because of where it would have led. */
export class RefusedAddress extends Error {
  readonly own: boolean
  /** The origin that was not reached: after a redirect not the one that was asked for. */
  readonly origin: string
  constructor(origin: string, host: string, address: string, own: boolean) {
    const where = host === address ? host : `${host} (${address})`
    super(
      own
        ? `${where} leads back to Executor itself, which no source may call`
        : `${where} is not a public address (${addressRange(address) ?? "unknown"})`
    )
    this.name = "RefusedAddress"
    this.own = own
    this.origin = origin
  }
}

type Mode = "public" | "allowed"

/** Where a connection is to lead. */
interface Target {
  readonly origin: string
  readonly port: number
}

/** Why this address may not be connected to, or nothing. */
const refusal = (options: GuardOptions, mode: Mode, { origin, port }: Target, host: string, address: string) => {
  const own = isOwnMachine(address) && options.ownPorts().includes(port)
  if (own) return new RefusedAddress(origin, host, address, true)
  return mode === "public" && !isPublicAddress(address) ? new RefusedAddress(origin, host, address, false) : undefined
}

const guardedLookup =
  (options: GuardOptions, mode: Mode, target: Target): LookupFunction =>
  (host, asked, done) => {
    options.resolve(host).then(
      (found) => {
        const first = found[0]
        if (first === undefined)
          return done(Object.assign(new Error(`no address for ${host}`), { code: "ENOTFOUND" }), [])
        const allowed = found.filter(({ address }) => refusal(options, mode, target, host, address) === undefined)
        const chosen = allowed[0]
        if (chosen === undefined) return done(refusal(options, mode, target, host, first.address)!, [])
        return asked.all === true ? done(null, [...allowed]) : done(null, chosen.address, chosen.family)
      },
      (cause: NodeJS.ErrnoException) => done(cause, [])
    )
  }

/** Opens sockets for one origin. Hosts written as addresses never reach a resolver, so they are checked here. */
const guardedConnector = (
  build: typeof buildConnector,
  options: GuardOptions,
  mode: Mode,
  { origin, port, protocol }: URL
): buildConnector.connector => {
  const target = { origin, port: Number(port) || (protocol === "https:" ? 443 : 80) }
  const connect = build({ lookup: guardedLookup(options, mode, target), timeout: 10_000, allowH2: false })
  return (asked, done) => {
    const host = asked.hostname
    const refused = isAddress(host) ? refusal(options, mode, target, host, host) : undefined
    if (refused === undefined) connect(asked, done)
    else done(refused, null)
  }
}

export interface Dispatchers {
  /**
   * Where a request to this origin is sent. Two pools, so that a socket opened by a source that may reach a private
   * origin is never reused for one that may not.
   */
  readonly for: (origin: string, privateOrigins: ReadonlyArray<string>) => Dispatcher
  readonly destroy: () => Promise<void>
}

/** `allowed` are exact origins that every request may reach. */
export const makeDispatchers = (
  undici: typeof import("undici"),
  options: GuardOptions,
  allowed: ReadonlySet<string>
): Dispatchers => {
  const pool = (mode: Mode): Agent =>
    new undici.Agent({
      // Slow upstreams are queued here rather than opening a socket for each call of a busy run.
      connections: 128,
      pipelining: 1,
      // The whole exchange has one deadline of its own; streams may be silent for long.
      headersTimeout: 0,
      bodyTimeout: 0,
      factory: (origin, opts) =>
        new undici.Pool(origin, {
          ...(opts as object),
          connect: guardedConnector(undici.buildConnector, options, mode, new URL(origin))
        })
    })
  const [open, guarded] = [pool("allowed"), pool("public")]
  return {
    for: (origin, privateOrigins) => (allowed.has(origin) || privateOrigins.includes(origin) ? open : guarded),
    destroy: async () => {
      await Promise.all([open.destroy(), guarded.destroy()])
    }
  }
}
