// From the bytes of a line to an event. A line of the current version is trusted, because its checksum holds; an older
// one is lifted step by step and decoded by Schema; anything else refuses to start, and nothing is ever skipped.
import { Event, EventEnvelope, eventVersion } from "@executor-v2/schema"
import { Schema } from "effect"
import { DataFolderError, NewerFormat, UnknownEvent } from "./DataFolderError.ts"
import type { EventLine } from "./WalLine.ts"

/** Lifts the envelope of one version (its key) to the next. There is no older version yet. */
export type Upcasters = ReadonlyMap<number, (envelope: Record<string, unknown>) => Record<string, unknown>>

const noUpcasters: Upcasters = new Map()
const knownTags: ReadonlySet<string> = new Set(Object.keys(Event.cases))
const decodeEnvelope = Schema.decodeUnknownSync(EventEnvelope)

/** JSON text of an envelope as it stands in a line: without its sequence, which the line carries. */
export const encodeEnvelope = ({ v, workspace, actor, at, event }: EventEnvelope): string =>
  JSON.stringify({ v, workspace, actor, at, event })

const tagOf = (e: Record<string, unknown>): unknown => (e["event"] as { readonly _tag?: unknown } | undefined)?._tag

/** Makes the reader of a folder's event lines. It throws `DataFolderError`. */
export const makeEventReader = (home: string, upcasters: Upcasters = noUpcasters) => {
  const unknown = (seq: number, detail: string) =>
    new DataFolderError({ home, reason: new UnknownEvent({ seq, detail }) })

  const lift = (line: EventLine): EventEnvelope => {
    let envelope: Record<string, unknown> = { ...line.e, seq: line.s }
    for (let version = Number(line.e["v"]); version < eventVersion; version++) {
      const upcast = upcasters.get(version)
      if (upcast === undefined) throw unknown(line.s, `version ${version} of its format`)
      envelope = { ...upcast(envelope), v: version + 1 }
    }
    try {
      return decodeEnvelope(envelope)
    } catch (cause) {
      throw unknown(line.s, cause instanceof Error ? cause.message : String(cause))
    }
  }

  return (line: EventLine): EventEnvelope => {
    const { e } = line
    const version = e["v"]
    if (version === eventVersion) {
      const tag = tagOf(e)
      if (typeof tag !== "string" || !knownTags.has(tag)) throw unknown(line.s, `type ${String(tag).slice(0, 60)}`)
      e["seq"] = line.s
      return e as unknown as EventEnvelope
    }
    if (!Number.isSafeInteger(version)) throw unknown(line.s, "it has no version")
    if ((version as number) > eventVersion) {
      const reason = new NewerFormat({ what: `event ${line.s}`, found: version as number, supported: eventVersion })
      throw new DataFolderError({ home, reason })
    }
    return lift(line)
  }
}
