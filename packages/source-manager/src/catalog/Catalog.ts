// The catalog of each workspace: which tools there are now. A run pins the snapshot it began with.
import { builtinSource } from "@executor-v2/domain"
import { ArtifactStore, Views, type Versioned } from "@executor-v2/persistence-ports"
import {
  ArtifactHash,
  sha256Hex,
  type CatalogVersion,
  type Source,
  type SourceName,
  type Timestamp,
  type ToolArtifact,
  type WorkspaceId
} from "@executor-v2/schema"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { makeSnapshot, type CatalogSnapshot, type CatalogSource, type PinnedSource } from "./CatalogSnapshot.ts"
import type { CompiledTool } from "../Provider.ts"
import { RecordCache } from "./RecordCache.ts"
import { builtinTools, storedTools, type SourceTools } from "./SourceTools.ts"

export type { CatalogSnapshot, CatalogSource, PageRequest, ResolvedTool, ToolPage } from "./CatalogSnapshot.ts"

/** Workspaces whose snapshot is kept; a host of many rebuilds the others when they are asked for again. */
const mostWorkspaces = 64

interface Kept {
  /** Revisions that the snapshot was made from. */
  readonly revisions: string
  readonly snapshot: CatalogSnapshot
  readonly tools: ReadonlyArray<SourceTools>
}

export class Catalog extends Context.Service<
  Catalog,
  {
    /** The tools of now. Cheap: while no source changes, the same snapshot. */
    readonly snapshot: (workspace: WorkspaceId) => Effect.Effect<CatalogSnapshot>
  }
>()("@executor-v2/source-manager/catalog/Catalog") {
  /** `builtins` are the host's own tools, found under `executor.`. */
  static readonly layer = (builtins: ReadonlyArray<CompiledTool>): Layer.Layer<Catalog, never, Views | ArtifactStore> =>
    Layer.effect(Catalog, make(builtins))
}

const make = Effect.fnUntraced(function* (builtins: ReadonlyArray<CompiledTool>) {
  const views = yield* Views
  const store = yield* ArtifactStore
  const records = new RecordCache()
  const own: PinnedSource = {
    name: builtinSource,
    source: Option.none(),
    tools: builtinTools(builtinArtifact(builtins), builtins)
  }
  const kept = new Map<WorkspaceId, Kept>()
  /** What is loaded, shared by all snapshots that pin it. */
  let loaded = new Map<string, SourceTools>()

  const pin = (
    workspace: WorkspaceId,
    revisions: string,
    sources: ReadonlyArray<Source>,
    artifacts: ReadonlyArray<ToolArtifact>
  ): CatalogSnapshot => {
    const byName = new Map(sources.map((source) => [source.name, source]))
    const pinned = artifacts.flatMap((artifact): ReadonlyArray<PinnedSource> => {
      const source = byName.get(artifact.source)
      if (source === undefined) return []
      const key = keyOf(artifact)
      let tools = loaded.get(key)
      if (tools === undefined) loaded.set(key, (tools = storedTools(artifact, store, records)))
      return [{ name: source.name, source: Option.some(source), tools }]
    })
    const all = [...pinned, own]
    const snapshot = makeSnapshot(versionOf(all), sources.map(lineOf), all)
    kept.delete(workspace)
    kept.set(workspace, { revisions, snapshot, tools: pinned.map(({ tools }) => tools) })
    for (const [oldest] of kept) {
      if (kept.size <= mostWorkspaces) break
      kept.delete(oldest)
    }
    // Runs that still use an older snapshot hold what they need themselves.
    loaded = new Map([...kept.values()].flatMap(({ tools }) => tools.map((one) => [keyOf(one.artifact), one] as const)))
    return snapshot
  }

  const snapshot = Effect.fnUntraced(function* (workspace: WorkspaceId) {
    const [sources, artifacts] = yield* Effect.all(
      [views.list(workspace, "source"), views.list(workspace, "toolArtifact")],
      { concurrency: 2 }
    )
    const revisions = revisionsOf(sources, artifacts)
    const current = kept.get(workspace)
    return current?.revisions === revisions
      ? current.snapshot
      : pin(
          workspace,
          revisions,
          sources.map(({ entity }) => entity),
          artifacts.map(({ entity }) => entity)
        )
  })

  return Catalog.of({ snapshot })
})

const revisionsOf = (...lists: ReadonlyArray<ReadonlyArray<Versioned<unknown>>>): string =>
  lists.map((rows) => rows.map((row) => row.revision).join(",")).join(";")

const keyOf = ({ index, search, records }: ToolArtifact): string => `${index} ${search} ${records}`

const versionOf = (pinned: ReadonlyArray<PinnedSource>): CatalogVersion =>
  sha256Hex(pinned.map(({ name, tools }) => `${name} ${tools.artifact.version}`).join("\n")).slice(
    0,
    16
  ) as string as CatalogVersion

const lineOf = ({ name, title, toolCount, state }: Source): CatalogSource => ({
  name,
  toolCount,
  state,
  ...(title === undefined ? {} : { title })
})

/** Stands where a stored source has its artifact; nothing of it is ever read. */
const builtinArtifact = (tools: ReadonlyArray<CompiledTool>): ToolArtifact => {
  const nothing = ArtifactHash.make("0".repeat(64))
  return {
    source: builtinSource as SourceName,
    version: sha256Hex(JSON.stringify(tools.map(({ name, input }) => [name, input]))).slice(0, 16),
    index: nothing,
    search: nothing,
    records: nothing,
    toolCount: tools.length,
    compiledAt: 0 as Timestamp
  }
}
