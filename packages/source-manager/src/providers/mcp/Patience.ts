// How long an MCP server may take. One place, because every wait here is a human's or a run's.
import * as Context from "effect/Context"

/** All in milliseconds. */
export interface Limits {
  /** For the first answer, and for each page of tools. */
  readonly answer: number
  /** For the first answer of a command that may have to be downloaded first. */
  readonly download: number
  /** For the first question of the newer era, which some older servers over stdio never answer. */
  readonly probe: number
  /** For the first message of a server that printed text where messages belong: some print a banner first. */
  readonly text: number
  /** For listing all tools. */
  readonly list: number
  /** For a call without a word of progress. */
  readonly silent: number
  /** For a call that reports progress. */
  readonly total: number
}

export const Patience = Context.Reference<Limits>("@executor-v2/source-manager/providers/mcp/Patience", {
  defaultValue: () => ({
    answer: 30_000,
    download: 180_000,
    probe: 8_000,
    text: 3_000,
    list: 120_000,
    silent: 60_000,
    total: 600_000
  })
})
