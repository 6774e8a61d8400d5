// The journal on files, driven through its package's entry as the daemon drives it.
import { LocalPersistence } from "@executor-v2/persistence-local"
import { Journal, type Commit } from "@executor-v2/persistence-ports"
import {
  CatalogVersion,
  RunId,
  ToolCallId,
  ToolPath,
  WorkspaceId,
  type Actor,
  type Event,
  type Timestamp
} from "@executor-v2/schema"
import { Effect, Exit, Scope, Layer, Context } from "effect"

export const workspace = WorkspaceId.make("default")
export const actor: Actor = { kind: "owner", client: "bench" }
const at = 1_800_000_000_000 as Timestamp

const runId = (run: number) => RunId.make(`run_${String(run).padStart(8, "0")}`)

export const runOpened = (run: number): Event => ({
  _tag: "RunOpened",
  run: {
    id: runId(run),
    status: "running",
    code: "return await tools.shop.getItem({ id: 7 })",
    actor,
    replay: { seed: "seed", startedAt: at, catalog: CatalogVersion.make("v") },
    attempt: 1,
    createdAt: at,
    logs: [],
    logsTruncated: false,
    callCount: 0
  }
})

/** A call as it is noted, about 330 bytes as a line of the log with the default result. */
export const callRecorded = (run: number, ordinal: number, json = "7"): Event => ({
  _tag: "ToolCallRecorded",
  call: {
    id: ToolCallId.make(`call_${String(run).padStart(8, "0")}${String(ordinal).padStart(5, "0")}`),
    run: runId(run),
    key: { path: ToolPath.make("shop.getItem"), argumentsHash: "0".repeat(64), occurrence: 0 },
    argumentsPreview: "{}",
    hasEffects: false,
    startedAt: at,
    outcome: { _tag: "Returned", value: { _tag: "Inline", json } },
    completion: ordinal + 1,
    endedAt: at
  }
})

export interface OpenJournal {
  readonly commit: (...events: Commit["events"]) => Promise<unknown>
  /** Commits these one after the other; milliseconds that each took, without the way into Effect and back. */
  readonly timedCommits: (events: ReadonlyArray<Event>) => Promise<ReadonlyArray<number>>
  readonly compact: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Opens a data folder; compaction happens only when asked for, unless told otherwise. */
export const openJournal = async (
  home: string,
  options: Partial<LocalPersistence.LocalPersistenceOptions> = {}
): Promise<OpenJournal> => {
  const scope = Scope.makeUnsafe()
  const layer = LocalPersistence.layer({ home, compactEvents: Infinity, compactBytes: Infinity, ...options })
  const context = await Effect.runPromise(Layer.buildWithScope(layer, scope))
  const journal = Context.get(context, Journal)
  const local = Context.get(context, LocalPersistence.LocalPersistence)
  return {
    commit: (...events) => Effect.runPromise(journal.commit({ workspace, actor, events })),
    timedCommits: (events) =>
      Effect.runPromise(
        Effect.gen(function* () {
          const figures: Array<number> = []
          for (const event of events) {
            const begin = performance.now()
            yield* journal.commit({ workspace, actor, events: [event] })
            figures.push(performance.now() - begin)
          }
          return figures
        })
      ),
    compact: () => Effect.runPromise(local.compact),
    close: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

const chunk = 500

/** Writes so many recorded calls, 1,000 to a run, and gives the number of events. */
export const fill = async (journal: OpenJournal, calls: number, json?: string, firstRun = 0): Promise<number> => {
  let events = 0
  for (let from = 0; from < calls; from += chunk) {
    const run = firstRun + Math.floor(from / 1_000)
    const batch: Array<Event> = from % 1_000 === 0 ? [runOpened(run)] : []
    for (let call = from; call < Math.min(calls, from + chunk); call++)
      batch.push(callRecorded(run, call % 1_000, json))
    events += batch.length
    await journal.commit(batch[0]!, ...batch.slice(1))
  }
  return events
}
