// What goes wrong with an MCP server, in words for a person: the SDK's and the network's errors, translated once.
import type { CredentialNeed } from "@executor-v2/schema"
import * as Schema from "effect/Schema"
import { OutboundError } from "../../network/Outbound.ts"
import { cut, oneLine } from "../../json-schema/Prose.ts"
import { SourceError, sourceError } from "../../Provider.ts"
import { TooLong } from "./BoundedFetch.ts"
import { needsOf } from "./Challenge.ts"

/** The server wants to know who asks. */
export class AuthNeeded extends Schema.TaggedError<AuthNeeded>()("AuthNeeded", { challenge: Schema.String }) {
  override get message() {
    return `the server wants ${describeNeeds(this.needs)}`
  }
  get needs(): readonly [CredentialNeed, ...Array<CredentialNeed>] {
    return needsOf(this.challenge)
  }
}

const wanted = ({ kind, scheme }: CredentialNeed): string =>
  kind === "oauth2" ? "an OAuth sign-in" : `a credential (${kind === "unknown" ? scheme : kind})`

const describeNeeds = (needs: ReadonlyArray<CredentialNeed>): string =>
  needs
    .map((need) => (need.description === undefined ? wanted(need) : `${wanted(need)}: ${need.description}`))
    .join(", ")

/** What is known about a connection besides the error itself. */
export interface Circumstances {
  /** `the server` of messages: its address, or its command. */
  readonly where: string
  /** The latest challenge, when the server answered 401. */
  readonly challenge?: string | undefined
  /** How the process ended. */
  readonly ending?: string | undefined
  readonly stderr?: string
  /** The first thing that the process printed and that was no message. */
  readonly noise?: string | undefined
  /** Why it was cut off. */
  readonly excess?: string | undefined
  readonly seconds: number
}

interface SdkShape {
  readonly code?: unknown
  readonly data?: { readonly status?: unknown; readonly text?: unknown; readonly contentType?: unknown } | null
  readonly cause?: unknown
}

/** The status of the answer that an SDK error is about. */
export const statusOf = (cause: unknown): number | undefined => {
  const status = (cause as SdkShape | undefined)?.data?.status
  return typeof status === "number" ? status : undefined
}

/** Walks down to the network's own word, which the SDK wraps. */
export const networkError = (cause: unknown): OutboundError | TooLong | undefined => {
  for (let at = cause, depth = 0; at instanceof Error && depth < 6; at = (at as SdkShape).cause, depth++) {
    if (at instanceof OutboundError || at instanceof TooLong) return at
  }
  return undefined
}

/** The server took longer than it may. */
export class TooSlow extends Error {
  override readonly name = "TooSlow"
}

export const isTimeout = (cause: unknown): boolean =>
  cause instanceof TooSlow || (cause as SdkShape | undefined)?.code === "REQUEST_TIMEOUT"

/** The start of an answer, as far as it helps; markup does not. */
export const excerpt = (text: unknown, max = 200): string => {
  if (typeof text !== "string" || text.trim() === "" || /^\s*<(!doctype|html|\?xml)/i.test(text)) return ""
  return `: ${cut(oneLine(text), max)}`
}

const said = (circumstances: Circumstances): string => {
  const { stderr, noise } = circumstances
  return (
    (stderr === undefined || stderr === "" ? "" : `. It wrote: ${stderr}`) +
    (noise === undefined ? "" : `. Its standard output starts with: ${noise}`)
  )
}

/** Why a connection could not be had, or did not last. */
export const connectFailure = (cause: unknown, about: Circumstances): SourceError | AuthNeeded => {
  if (cause instanceof SourceError || cause instanceof AuthNeeded) return cause
  if (about.excess !== undefined) return sourceError("too_large", `${about.where} ${about.excess}`)
  const network = networkError(cause)
  if (network instanceof TooLong) return sourceError("too_large", `${about.where}: ${network.message}`)
  if (network !== undefined) return fromNetwork(network)
  if (about.ending !== undefined) {
    return sourceError("process_failed", `${about.where} ${about.ending} before it spoke MCP${said(about)}`)
  }
  if (about.noise !== undefined) {
    return sourceError(
      "protocol",
      `${about.where} prints text that is not MCP on its standard output` +
        `; it must print messages only, and all else to standard error${said(about)}`
    )
  }
  if (isTimeout(cause)) {
    return sourceError(
      "timeout",
      `${about.where} did not answer within ${about.seconds} s` +
        `; check that it is an MCP server and needs no other arguments${said(about)}`
    )
  }
  return fromAnswer(cause, about)
}

const fromNetwork = (error: OutboundError): SourceError => {
  const codes = {
    refused: "refused_address",
    timeout: "timeout",
    "too-large": "too_large",
    "invalid-url": "unreachable",
    "too-many-redirects": "unreachable",
    unreachable: "unreachable"
  } as const
  return sourceError(codes[error.reason], error.detail)
}

/** The SDK wraps what it met while it asked for the era. */
const unwrapped = (cause: unknown): unknown => {
  const inner = (cause as SdkShape | undefined)?.cause
  return (cause as SdkShape | undefined)?.code === "ERA_NEGOTIATION_FAILED" && inner instanceof Error ? inner : cause
}

const fromAnswer = (outer: unknown, about: Circumstances): SourceError | AuthNeeded => {
  const cause = unwrapped(outer)
  const { code, data } = (cause ?? {}) as SdkShape
  const status = statusOf(cause)
  if (status === 401) return new AuthNeeded({ challenge: about.challenge ?? "" })
  if (status !== undefined) {
    const advice = status === 404 || status === 405 ? "; check the address: MCP servers often live at /mcp" : ""
    return sourceError("http_status", `${about.where} answered ${status}${advice}${excerpt(data?.text)}`, status)
  }
  if (
    code === "CLIENT_HTTP_UNEXPECTED_CONTENT" ||
    cause instanceof SyntaxError ||
    (cause instanceof Error && cause.name === "ZodError")
  ) {
    const type = typeof data?.contentType === "string" ? ` (${cut(oneLine(data.contentType), 60)})` : ""
    return sourceError(
      "protocol",
      `${about.where} answers, but not in MCP${type}; check the address: MCP servers often live at /mcp`
    )
  }
  const message = cause instanceof Error ? cause.message : String(cause)
  return sourceError(
    "protocol",
    `${about.where} does not speak MCP as this version knows it${excerpt(message, 300)}${said(about)}`
  )
}
