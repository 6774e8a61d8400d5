// The compiled tools of one source, read from the artifact store when first needed and kept while a catalog pins them.
import { ArtifactStoreError, type ArtifactStore } from "@executor-v2/persistence-ports"
import type { ArtifactHash, ToolArtifact } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"
import { decodeIndex, decodeRecord, decodeSearchTerms, type IndexEntry, type SourceIndex } from "../compile/Manifest.ts"
import type { CompiledTool, ToolRecord } from "../Provider.ts"
import { makeSegment, SegmentBuilder, type Segment } from "../search/Ranking.ts"
import { RecordCache } from "./RecordCache.ts"
import { termsOf } from "../search/Terms.ts"

/** The tools of one source at one version. */
export interface SourceTools {
  readonly artifact: ToolArtifact
  /** Entries in the order of the index. */
  readonly entries: Effect.Effect<ReadonlyArray<IndexEntry>, ArtifactStoreError>
  /** Reads nothing: `None` as well when the index has not been loaded. */
  readonly loadedEntry: (name: string) => Option.Option<IndexEntry>
  readonly entry: (name: string) => Effect.Effect<Option.Option<IndexEntry>, ArtifactStoreError>
  readonly record: (entry: IndexEntry) => Effect.Effect<ToolRecord, ArtifactStoreError>
  readonly segment: Effect.Effect<Segment, ArtifactStoreError>
}

/** Runs once, unless it fails; others wait for the one that runs. */
const once = <A, E>(
  effect: Effect.Effect<A, E>
): { readonly load: Effect.Effect<A, E>; readonly loaded: () => A | undefined } => {
  const lock = Semaphore.makeUnsafe(1)
  let value: { readonly of: A } | undefined
  const load = lock.withPermits(1)(
    Effect.suspend(() =>
      value === undefined
        ? Effect.tap(effect, (of) =>
            Effect.sync(() => {
              value = { of }
            })
          )
        : Effect.succeed(value.of)
    )
  )
  return {
    load: Effect.suspend(() => (value === undefined ? load : Effect.succeed(value.of))),
    loaded: () => value?.of
  }
}

interface LoadedIndex {
  readonly index: SourceIndex
  readonly byName: ReadonlyMap<string, IndexEntry>
}

/** What an artifact refers to. Content that is not what we wrote is a corrupt artifact, not a defect. */
export const storedTools = (
  artifact: ToolArtifact,
  store: ArtifactStore["Service"],
  records: RecordCache
): SourceTools => {
  const read = <A>(hash: ArtifactHash, decode: (bytes: Uint8Array) => A): Effect.Effect<A, ArtifactStoreError> =>
    Effect.flatMap(store.get(hash), (bytes) => decoding(hash, () => decode(bytes)))

  const index = once(
    read(artifact.index, (bytes): LoadedIndex => {
      const decoded = decodeIndex(bytes)
      return { index: decoded, byName: new Map(decoded.tools.map((entry) => [entry.name, entry])) }
    })
  )
  const segment = once(
    Effect.flatMap(
      read(artifact.search, (bytes) => decodeSearchTerms(bytes).terms),
      gradually
    )
  )

  const record = ({ record: [offset, length] }: IndexEntry) =>
    Effect.suspend(() => {
      const key = `${artifact.records}:${offset}`
      const known = records.get(key)
      if (known !== undefined) return Effect.succeed(known)
      return store.get(artifact.records, { offset, length }).pipe(
        Effect.flatMap((bytes) => decoding(artifact.records, () => decodeRecord(bytes))),
        Effect.tap((decoded) => Effect.sync(() => records.set(key, decoded, length)))
      )
    })

  return {
    artifact,
    entries: Effect.map(index.load, (loaded) => loaded.index.tools),
    loadedEntry: (name) => Option.fromNullishOr(index.loaded()?.byName.get(name)),
    entry: (name) => Effect.map(index.load, ({ byName }) => Option.fromNullishOr(byName.get(name))),
    record,
    segment: segment.load
  }
}

/** Tools taken in before others on this thread get their turn. */
const toolsPerTurn = 500

const gradually = Effect.fnUntraced(function* (lines: ReadonlyArray<string>) {
  const builder = new SegmentBuilder()
  for (const [at, line] of lines.entries()) {
    builder.add(line)
    if (at % toolsPerTurn === toolsPerTurn - 1) yield* Effect.yieldNow
  }
  return builder.build()
})

const decoding = <A>(hash: ArtifactHash, decode: () => A): Effect.Effect<A, ArtifactStoreError> =>
  Effect.try({
    try: decode,
    catch: (cause) =>
      new ArtifactStoreError({ reason: "corrupt", hash, detail: `artifact ${hash} is damaged: ${String(cause)}` })
  })

/** Tools that the host itself brings: nothing to read. */
export const builtinTools = (artifact: ToolArtifact, tools: ReadonlyArray<CompiledTool>): SourceTools => {
  const entries = tools.map(({ name, summary, signature, traits }, at): IndexEntry => ({
    name,
    summary,
    signature,
    traits,
    record: [at, 0]
  }))
  const byName = new Map(entries.map((entry) => [entry.name, entry]))
  const segment = once(Effect.sync(() => makeSegment(tools.map(termsOf))))
  const loadedEntry = (name: string) => Option.fromNullishOr(byName.get(name))
  return {
    artifact,
    entries: Effect.succeed(entries),
    loadedEntry,
    entry: (name) => Effect.succeed(loadedEntry(name)),
    record: (entry) => Effect.succeed(tools[entry.record[0]]!),
    segment: segment.load
  }
}
