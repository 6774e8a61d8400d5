// All tools of a workspace at one version, pinned: what a run began with stays, whatever happens to its sources.
import { builtinSource, parseToolPath } from "@executor-v2/domain"
import type { ArtifactStoreError } from "@executor-v2/persistence-ports"
import {
  HostFailure,
  ToolError,
  type CatalogVersion,
  type Source,
  type SourceName,
  type SourceState,
  type ToolArtifact,
  type ToolDescription,
  type ToolPath,
  type ToolSummary
} from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { fitAnswer } from "../search/SearchAnswer.ts"
import type { IndexEntry } from "../compile/Manifest.ts"
import { nearestNames } from "../search/Nearest.ts"
import type { ToolRecord } from "../Provider.ts"
import { Searcher, type Searchable } from "../search/Search.ts"
import type { SourceTools } from "./SourceTools.ts"

/** A registered source as the catalog tells of it. */
export interface CatalogSource {
  readonly name: SourceName
  readonly title?: string
  readonly toolCount: number
  readonly state: SourceState
}

/** A tool, ready to be called. `source` is `None` for the host's own tools. */
export interface ResolvedTool {
  readonly path: ToolPath
  readonly source: Option.Option<Source>
  readonly artifact: ToolArtifact
  readonly entry: IndexEntry
  readonly record: ToolRecord
}

/** One page of tools and how many there are. */
export interface ToolPage {
  readonly hits: ReadonlyArray<ToolSummary>
  readonly total: number
}

export interface PageRequest {
  readonly limit: number
  readonly offset: number
  readonly source?: SourceName
}

/** Immutable. Everything is read when first needed. */
export interface CatalogSnapshot {
  readonly version: CatalogVersion
  /** Every registered source, with or without tools; the host's own is not among them. */
  readonly sources: ReadonlyArray<CatalogSource>
  readonly resolve: (path: ToolPath) => Effect.Effect<Option.Option<ResolvedTool>, ToolError>
  /** Synchronous, for what has been loaded: after a first `resolve`, `search` or `list` that touched the source. */
  readonly entry: (path: ToolPath) => Option.Option<IndexEntry>
  /** Best first. A source whose tools cannot be read is left out (the log says so): the others still answer. */
  readonly search: (query: string, page: PageRequest) => Effect.Effect<ToolPage>
  readonly list: (page: PageRequest) => Effect.Effect<ToolPage, HostFailure>
  readonly describe: (path: string) => Effect.Effect<Option.Option<ToolDescription>, HostFailure>
  /** Up to three paths that may have been meant. */
  readonly nearest: (path: string) => Effect.Effect<ReadonlyArray<ToolPath>>
}

/** A source with tools, as pinned. */
export interface PinnedSource {
  readonly name: SourceName
  readonly source: Option.Option<Source>
  readonly tools: SourceTools
}

const pathOf = (source: SourceName, entry: IndexEntry) => `${source}.${entry.name}` as ToolPath
const summaryOf = (source: SourceName, entry: IndexEntry): ToolSummary => ({
  path: pathOf(source, entry),
  summary: entry.summary,
  signature: entry.signature
})

const unreadable = (source: SourceName, error: ArtifactStoreError): string =>
  `the tools of source "${source}" cannot be read (${error.reason}). Try: executor sources refresh ${source}`

/** Nothing where the index cannot be read: whoever needs it for certain asks for the error. */
const entriesIfReadable = ({ tools }: PinnedSource): Effect.Effect<ReadonlyArray<IndexEntry>> =>
  Effect.catch(tools.entries, () => Effect.succeed([]))

/** One page in the order of sources and indexes; reads only the indexes that the page touches. */
const listTools = Effect.fnUntraced(function* (
  pinned: ReadonlyArray<PinnedSource>,
  { limit, offset, source }: PageRequest
): Effect.fn.Return<ToolPage, HostFailure> {
  const hits: Array<ToolSummary> = []
  let before = 0
  for (const { name, tools } of source === undefined ? pinned : pinned.filter((owner) => owner.name === source)) {
    const count = tools.artifact.toolCount
    const from = Math.max(0, offset - before)
    if (from < count && hits.length < limit) {
      const entries = yield* Effect.mapError(
        tools.entries,
        (error) => new HostFailure({ message: unreadable(name, error) })
      )
      for (const entry of entries.slice(from, from + limit - hits.length)) hits.push(summaryOf(name, entry))
    }
    before += count
  }
  return { hits, total: before }
})

/** Close names in the source that was meant, or else what a search for the path's words finds. */
const nearestPaths = Effect.fnUntraced(function* (
  byName: ReadonlyMap<SourceName, PinnedSource>,
  matches: (query: string, page: PageRequest) => Effect.Effect<ToolPage>,
  path: string
) {
  const [first = "", ...rest] = path
    .slice(0, 200)
    .replace(/^tools\./, "")
    .split(".")
  const name = nearestNames(first, byName.keys(), 1)[0] as SourceName | undefined
  const found = new Set<ToolPath>()
  if (name !== undefined && rest.length > 0) {
    const entries = yield* entriesIfReadable(byName.get(name)!)
    for (const close of nearestNames(
      rest.join("."),
      entries.map((entry) => entry.name),
      3
    ))
      found.add(`${name}.${close}` as ToolPath)
  }
  if (found.size === 0) {
    const page = { limit: 3, offset: 0, ...(name === undefined || rest.length === 0 ? {} : { source: name }) }
    for (const hit of (yield* matches(rest.length === 0 ? first : rest.join(" "), page)).hits) found.add(hit.path)
  }
  return [...found]
})

/** Everything a run or a person asks of the tools pinned at one version. */
export const makeSnapshot = (
  version: CatalogVersion,
  sources: ReadonlyArray<CatalogSource>,
  pinned: ReadonlyArray<PinnedSource>
): CatalogSnapshot => {
  const byName = new Map(pinned.map((source) => [source.name, source]))
  const locate = (path: string) =>
    Option.flatMap(parseToolPath(path), ({ source, name }) =>
      Option.map(Option.fromNullishOr(byName.get(source)), (owner) => ({ owner, name }))
    )

  const resolve = (path: ToolPath): Effect.Effect<Option.Option<ResolvedTool>, ToolError> =>
    Option.match(locate(path), {
      onNone: () => Effect.succeedNone,
      onSome: ({ owner: { name: sourceName, source, tools }, name }) =>
        Effect.flatMap(
          tools.entry(name),
          Option.match({
            onNone: () => Effect.succeedNone,
            onSome: (entry) =>
              Effect.map(tools.record(entry), (record) =>
                Option.some({ path: pathOf(sourceName, entry), source, artifact: tools.artifact, entry, record })
              )
          })
        ).pipe(
          Effect.mapError(
            (error) => new ToolError({ code: "host_failure", message: unreadable(sourceName, error), retryable: false })
          )
        )
    })

  const readable = Effect.fnUntraced(
    function* ({ name, tools }: PinnedSource) {
      const segment = yield* tools.segment
      return Option.some<Searchable>({ source: name, segment, builtin: name === builtinSource })
    },
    (effect, { name }) =>
      Effect.catch(effect, (error) => Effect.as(Effect.logWarning(unreadable(name, error)), Option.none()))
  )

  let searcher: Searcher | undefined
  const makeSearcher = Effect.map(Effect.forEach(pinned, readable), (found) => {
    const searchable = found.filter(Option.isSome).map((some) => some.value)
    const made = new Searcher(searchable)
    // With a source missing, the next search tries it again.
    if (searchable.length === pinned.length) searcher = made
    return made
  })

  const matches = Effect.fnUntraced(function* (query: string, { limit, offset, source }: PageRequest) {
    const all = (searcher ?? (yield* makeSearcher)).search(query, source)
    const hits: Array<ToolSummary> = []
    for (const match of all.slice(offset, offset + limit)) {
      const entries = yield* entriesIfReadable(byName.get(match.source)!)
      const entry = entries[match.tool]
      if (entry !== undefined) hits.push(summaryOf(match.source, entry))
    }
    return { hits, total: all.length }
  })

  const describe = (path: string): Effect.Effect<Option.Option<ToolDescription>, HostFailure> =>
    Effect.mapBoth(resolve(path as ToolPath), {
      onFailure: ({ message }) => new HostFailure({ message }),
      onSuccess: Option.map(({ path, record }) => ({
        path,
        description: record.description,
        typescript: record.typescript,
        annotations: record.traits
      }))
    })

  return {
    version,
    sources,
    resolve,
    entry: (path) => Option.flatMap(locate(path), ({ owner, name }) => owner.tools.loadedEntry(name)),
    search: (query, page) => Effect.map(matches(query, page), ({ hits, total }) => ({ hits: fitAnswer(hits), total })),
    list: (page) => listTools(pinned, page),
    describe,
    nearest: (path) => nearestPaths(byName, matches, path)
  }
}
