// The ports in memory: for embedding without files, and the yardstick of the other adapters.
import { sha256Hex, type ArtifactHash, type EventEnvelope, type Sequence, type Timestamp } from "@executor-v2/schema"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import { ArtifactStore, ArtifactStoreError } from "./ArtifactStore.ts"
import { Conflict, Journal, JournalError, type Commit, type Wake } from "./Journal.ts"
import { State } from "./State.ts"
import { Views } from "./Views.ts"

const journalOver = Effect.fnUntraced(function* (state: State) {
  const published = yield* PubSub.unbounded<EventEnvelope>()
  const wakes = yield* PubSub.unbounded<Wake>()

  const commit = Effect.fn("MemoryJournal.commit")(function* (step: Commit) {
    const at = (yield* Clock.currentTimeMillis) as Timestamp
    for (const { entity, revision } of step.expect ?? []) {
      const actual = state.revision(step.workspace, entity)
      if (actual !== revision) {
        return yield* new JournalError({ reason: new Conflict({ entity, expected: revision, actual }) })
      }
    }
    for (const event of step.events) {
      const seq = (state.seq + 1) as Sequence
      const envelope: EventEnvelope = { v: 1, seq, workspace: step.workspace, actor: step.actor, at, event }
      state.apply(envelope)
      PubSub.publishUnsafe(published, envelope)
    }
    for (const run of step.wake ?? []) PubSub.publishUnsafe(wakes, { workspace: step.workspace, run })
    return { seq: state.seq }
  })

  return Journal.of({
    commit,
    changes: (workspace) => Stream.filter(Stream.fromPubSub(published), (envelope) => envelope.workspace === workspace),
    wakes: Stream.fromPubSub(wakes)
  })
})

/** Views over a state that lives in this process. */
export const viewsOver = (state: State): Views["Service"] =>
  Views.of({
    get: (workspace, kind, id) => Effect.sync(() => state.get(workspace, kind, id)),
    list: (workspace, kind, query) => Effect.sync(() => state.list(workspace, kind, query)),
    workspaces: Effect.sync(() => state.workspaces())
  })

const memoryArtifactStore = (): ArtifactStore["Service"] => {
  const contents = new Map<ArtifactHash, Uint8Array>()
  return ArtifactStore.of({
    put: (content) =>
      Effect.sync(() => {
        const hash = sha256Hex(content)
        if (!contents.has(hash)) contents.set(hash, content.slice())
        return hash
      }),
    get: (hash, range) =>
      Effect.suspend(() => {
        const content = contents.get(hash)
        if (content === undefined) {
          return Effect.fail(new ArtifactStoreError({ reason: "missing", hash, detail: `no artifact ${hash}` }))
        }
        return Effect.succeed(
          range === undefined ? content.slice() : content.slice(range.offset, range.offset + range.length)
        )
      }),
    size: (hash) => Effect.sync(() => Option.fromNullishOr(contents.get(hash)?.byteLength))
  })
}

/** Journal, views and artifacts of one process; gone with it. */
export const layer: Layer.Layer<Journal | Views | ArtifactStore> = Layer.unwrap(
  Effect.gen(function* () {
    const state = new State()
    return Layer.mergeAll(
      Layer.effect(Journal, journalOver(state)),
      Layer.succeed(Views, viewsOver(state)),
      Layer.sync(ArtifactStore, memoryArtifactStore)
    )
  })
)
