// What one commit can hold on this host, told before it is sent: the deployment's own refusals name no way out.
// Limits: https://docs.convex.dev/production/state/limits
import { documentLimits } from "@executor-v2/confect"
import { entitiesOf, JournalUnavailable, type Commit } from "@executor-v2/persistence-ports"
import { getDocumentSize, type Value } from "convex/values"

/** JSON text of a commit's events. They are written twice, as events and as entities, and 16 MiB are the limit (bytes). */
const commitBytes = 7 * 1024 * 1024
/** Events of a commit. A mutation has one second of processor time, and each event takes up to a third of a millisecond. */
const commitEvents = 2_000
/** Things that a commit looks up, each by an index range of its own, of which 4,096 are the limit. */
const commitLookups = 2_500

const refused = (problem: string, remedy: string) =>
  new JournalUnavailable({ detail: `nothing was written: ${problem}; ${remedy}` })

const inSteps = "write it in several steps"

const bytesOf = (text: string): number => new TextEncoder().encode(text).byteLength

/** Why a commit is too large to be one step, if it is. */
export const tooLarge = (
  { events, expect = [], wake = [] }: Commit,
  eventsJson: string
): JournalUnavailable | undefined => {
  const bytes = eventsJson.length * 3 > commitBytes ? bytesOf(eventsJson) : 0
  if (bytes > commitBytes) return refused(`the step has ${bytes} bytes, and at most ${commitBytes} are one`, inSteps)
  if (events.length > commitEvents) {
    return refused(`the step has ${events.length} events, and at most ${commitEvents} are one`, inSteps)
  }
  const things = new Set<string>()
  for (const { id, kind } of [...events.flatMap(entitiesOf), ...expect.map(({ entity }) => entity)]) {
    things.add(`${kind} ${id}`)
  }
  const lookups = things.size + 3 * wake.length
  return lookups > commitLookups
    ? refused(`the step looks up ${lookups} things, and at most ${commitLookups} are looked up in one`, inSteps)
    : undefined
}

/** A row that the deployment does not take. */
export const refusedRow = (what: string, row: Record<string, Value>, detail: string): JournalUnavailable => {
  const bytes = getDocumentSize(row)
  const { size } = documentLimits
  return bytes > size
    ? refused(`${what} has ${bytes} bytes, and ${size} are the most`, "put what is long in it into an artifact")
    : refused(`${what} does not fit`, detail)
}
