// One live connection to an MCP server, as calls see it, and what both transports share in making one.
import type { Client, ClientOptions, Transport } from "@modelcontextprotocol/client"
import * as Effect from "effect/Effect"
import type { SourceError } from "../../Provider.ts"
import type { AuthNeeded, Circumstances } from "./Failures.ts"
import type { Flood } from "./Flood.ts"
import { shallowTools } from "./Shallow.ts"

export type Sdk = typeof import("./McpSdk.ts")

/** Loading the SDK takes longer than many a call: only what is used is paid for. */
export const loadSdk: () => Promise<Sdk> = (() => {
  let loaded: Promise<Sdk> | undefined
  return () => (loaded ??= import("./McpSdk.ts"))
})()

export interface Connection {
  readonly client: Client
  readonly era: "modern" | "legacy"
  /** Where it leads, for messages. */
  readonly where: string
  /** It can carry no further call. */
  readonly isDead: () => boolean
  /** Gives it up: the next call makes a new one. */
  readonly kill: () => void
  /** Bytes received so far. */
  readonly received: () => number
  readonly circumstances: (seconds: number) => Circumstances
}

/** Why there is no connection. */
export type ConnectFailed = SourceError | AuthNeeded

const options = (probeMs: number): ClientOptions => ({
  capabilities: {},
  versionNegotiation: { mode: "auto", probe: { timeoutMs: probeMs } },
  inputRequired: { autoFulfill: false },
  // Output schemas are the server's promise to itself; compiling a stranger's schema is work and a risk.
  jsonSchemaValidator: {
    getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined })
  }
})

/** The transport itself, of whose messages only those are told that are admitted, as far as they may nest. */
const filtered = ({ flood, transport }: Line): Transport => {
  let told: Transport["onmessage"]
  flood.cutOff = () => void transport.close().catch(() => {})
  Object.defineProperty(transport, "onmessage", {
    configurable: true,
    enumerable: true,
    get: () => told,
    set: (listener: Transport["onmessage"]) => {
      told =
        listener === undefined
          ? undefined
          : (message, extra) => {
              if (flood.admits(message)) listener(shallowTools(message), extra)
            }
    }
  })
  return transport
}

interface Line {
  readonly transport: Transport
  /** Measures what comes. */
  readonly flood: Flood
}

/** `probeMs` is for the first question, which tells the two eras apart; `prior` when that is known already. */
export const connectClient = async (
  sdk: Sdk,
  line: Line,
  timeout: number,
  probeMs: number,
  prior: "legacy" | undefined,
  signal: AbortSignal
): Promise<Client> => {
  const client = new sdk.Client({ name: "executor", version: "2" }, options(probeMs))
  await client.connect(filtered(line), {
    timeout,
    signal,
    ...(prior === undefined ? {} : { prior: { kind: prior } })
  })
  return client
}

/** What a transport knows about its connection. */
export interface Link {
  readonly where: string
  readonly flood: Flood
  readonly received: () => number
  readonly circumstances: (seconds: number) => Circumstances
}

/** The client, connected. */
export const established = (client: Client, link: Link): Connection => {
  let dead = false
  client.onclose = () => {
    dead = true
  }
  return {
    ...link,
    client,
    era: client.getProtocolEra() === "modern" ? "modern" : "legacy",
    // It may have ended before anyone listened.
    isDead: () => dead || client.transport === undefined,
    kill: () => {
      dead = true
    }
  }
}

/** Closing is tried, not waited for. */
export const closed = (close: () => Promise<void>) =>
  Effect.promise(() => close().catch(() => {})).pipe(Effect.timeout("2 seconds"), Effect.ignore)
