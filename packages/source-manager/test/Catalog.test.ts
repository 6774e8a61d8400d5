import { assert, describe, it } from "@effect/vitest"
import { ArtifactStore, Journal, MemoryPersistence } from "@executor-v2/persistence-ports"
import {
  sha256Hex,
  type ArtifactHash,
  type Event,
  type Source,
  type SourceName,
  type Timestamp,
  type ToolPath,
  type WorkspaceId
} from "@executor-v2/schema"
import { Effect, Layer, Option } from "effect"
import { Catalog } from "../src/catalog/Catalog.ts"
import { encodeManifest } from "../src/compile/Manifest.ts"
import type { CompiledTool } from "../src/Provider.ts"

const workspace = "default" as WorkspaceId
const actor = { kind: "owner", client: "test" } as const

const tool = (name: string, summary: string, readOnly = true): CompiledTool => ({
  name,
  summary,
  description: `${summary}, at length.`,
  signature: "(args: { id: string }) => Promise<void>",
  typescript: `declare const ${name.split(".").at(-1)}: (args: { id: string }) => Promise<void>`,
  traits: { readOnly, destructive: false, idempotent: readOnly },
  keywords: ["id"],
  input: { type: "object" },
  binding: { note: name }
})

const tracker = [
  tool("issues.create", "Create an issue", false),
  tool("issues.list", "List issues"),
  tool("pulls.list", "List pull requests")
]
const house = [tool("tools.search", "Find tools by what they should do")]

/** Reads of artifacts, by hash, counted beside the real store. */
const reads: Array<ArtifactHash> = []
const counted = Layer.effect(
  ArtifactStore,
  Effect.map(ArtifactStore, (store) =>
    ArtifactStore.of({
      ...store,
      get: (hash, range) =>
        Effect.suspend(() => {
          reads.push(hash)
          return store.get(hash, range)
        })
    })
  )
).pipe(Layer.provideMerge(MemoryPersistence.layer))

const layer = Catalog.layer(house).pipe(Layer.provideMerge(counted))

const commit = (...events: readonly [Event, ...Array<Event>]) =>
  Effect.flatMap(Journal, (journal) => journal.commit({ workspace, actor, events }))

const draft = (name: string): Source => ({
  name: name as SourceName,
  kind: "openapi",
  location: { _tag: "Text", text: "{}" },
  privateOrigins: [],
  addedBy: "owner",
  state: "draft",
  needs: [],
  toolCount: 0,
  warnings: [],
  addedAt: 0 as Timestamp,
  updatedAt: 0 as Timestamp
})

const register = Effect.fnUntraced(function* (name: string, tools: ReadonlyArray<CompiledTool>) {
  const store = yield* ArtifactStore
  const manifest = encodeManifest(name as SourceName, { tools, warnings: [], needs: [] })
  const [index, search, records] = yield* Effect.all([
    store.put(manifest.index),
    store.put(manifest.search),
    store.put(manifest.records)
  ])
  yield* commit(
    { _tag: "SourceDrafted", source: draft(name) },
    {
      _tag: "ToolsCompiled",
      artifact: {
        source: name as SourceName,
        version: sha256Hex(`${index} ${records}`).slice(0, 16),
        index,
        search,
        records,
        toolCount: tools.length,
        compiledAt: 0 as Timestamp
      }
    },
    {
      _tag: "SourceConnected",
      name: name as SourceName,
      kind: "openapi",
      privateOrigins: [],
      toolCount: tools.length,
      warnings: []
    }
  )
  return { index, search, records }
})

const now = Effect.flatMap(Catalog, (catalog) => catalog.snapshot(workspace))
const path = (text: string) => text as ToolPath
const firstPage = { limit: 8, offset: 0 }

describe("Catalog", () => {
  it.effect("is there from the beginning, with the host's own tools", () =>
    Effect.gen(function* () {
      const snapshot = yield* now
      assert.deepStrictEqual(snapshot.sources, [])
      const found = Option.getOrThrow(yield* snapshot.resolve(path("executor.tools.search")))
      assert.isTrue(Option.isNone(found.source))
      assert.strictEqual(found.record.name, "tools.search")
      assert.isTrue(Option.isNone(yield* snapshot.resolve(path("executor.tools.missing"))))
    }).pipe(Effect.provide(layer, { local: true }))
  )

  it.effect("resolves, describes, lists and finds the tools of a source", () =>
    Effect.gen(function* () {
      yield* register("tracker", tracker)
      const snapshot = yield* now
      assert.deepStrictEqual(snapshot.sources, [{ name: "tracker" as SourceName, toolCount: 3, state: "connected" }])

      const found = Option.getOrThrow(yield* snapshot.resolve(path("tracker.issues.list")))
      assert.deepStrictEqual(found.record.binding, { note: "issues.list" })
      assert.strictEqual(Option.getOrThrow(found.source).name, "tracker")
      assert.strictEqual(found.artifact.source, "tracker")

      const described = Option.getOrThrow(yield* snapshot.describe("tracker.issues.create"))
      assert.deepStrictEqual(described.annotations, tracker[0]!.traits)
      assert.isTrue(Option.isNone(yield* snapshot.describe("not a path")))

      const { hits, total } = yield* snapshot.search("show me the tickets", firstPage)
      assert.strictEqual(hits[0]!.path, "tracker.issues.list")
      assert.isAtLeast(total, hits.length)
      assert.deepStrictEqual(yield* snapshot.search("issue", { ...firstPage, source: "nowhere" as SourceName }), {
        hits: [],
        total: 0
      })

      const page = yield* snapshot.list({ limit: 2, offset: 1 })
      assert.deepStrictEqual(
        page.hits.map((hit) => hit.path as string),
        ["tracker.issues.list", "tracker.pulls.list"]
      )
      assert.strictEqual(page.total, 4)
      assert.strictEqual((yield* snapshot.list({ limit: 10, offset: 3 })).hits[0]!.path, "executor.tools.search")
    }).pipe(Effect.provide(layer, { local: true }))
  )

  it.effect("pages through search without repeating or losing a hit", () =>
    Effect.gen(function* () {
      yield* register("tracker", tracker)
      const snapshot = yield* now
      const whole = yield* snapshot.search("list issues and pull requests", firstPage)
      const pages = yield* Effect.forEach([0, 1, 2, 3], (offset) =>
        snapshot.search("list issues and pull requests", { limit: 1, offset })
      )
      assert.deepStrictEqual(
        pages.flatMap(({ hits }) => hits.map((hit) => hit.path)),
        whole.hits.map((hit) => hit.path).slice(0, 4)
      )
    }).pipe(Effect.provide(layer, { local: true }))
  )

  it.effect("stays pinned: a run goes on with the tools it began with", () =>
    Effect.gen(function* () {
      yield* register("tracker", tracker)
      const before = yield* now
      yield* commit({ _tag: "SourceRemoved", name: "tracker" as SourceName })
      const after = yield* now
      assert.isTrue(Option.isSome(yield* before.resolve(path("tracker.issues.list"))))
      assert.isTrue(Option.isNone(yield* after.resolve(path("tracker.issues.list"))))
      assert.notStrictEqual(before.version, after.version)
    }).pipe(Effect.provide(layer, { local: true }))
  )

  it.effect(
    "is the same snapshot until something changes, and has the same version when the same tools come back",
    () =>
      Effect.gen(function* () {
        yield* register("tracker", tracker)
        const first = yield* now
        assert.strictEqual(yield* now, first)
        yield* register("tracker", tracker)
        const second = yield* now
        assert.notStrictEqual(second, first)
        assert.strictEqual(second.version, first.version)
      }).pipe(Effect.provide(layer, { local: true }))
  )

  it.effect("reads an index when it is needed, once, and leaves other sources alone", () =>
    Effect.gen(function* () {
      const one = yield* register("tracker", tracker)
      reads.length = 0
      const snapshot = yield* now
      assert.isTrue(Option.isNone(snapshot.entry(path("tracker.issues.list"))))
      assert.deepStrictEqual(reads, [])
      yield* Effect.all(
        [1, 2, 3].map(() => snapshot.resolve(path("tracker.issues.list"))),
        { concurrency: "unbounded" }
      )
      assert.isTrue(Option.isSome(snapshot.entry(path("tracker.issues.list"))))
      assert.strictEqual(reads.filter((hash) => hash === one.index).length, 1)
      assert.notInclude(reads, one.search)

      yield* snapshot.search("issues", firstPage)
      const other = yield* register("disk", [tool("read_file", "Read a file")])
      reads.length = 0
      const later = yield* now
      yield* later.search("read a file", firstPage)
      assert.sameMembers([...new Set(reads)], [other.index, other.search])
    }).pipe(Effect.provide(layer, { local: true }))
  )

  it.effect("suggests what may have been meant", () =>
    Effect.gen(function* () {
      yield* register("tracker", tracker)
      const snapshot = yield* now
      assert.strictEqual((yield* snapshot.nearest("tracker.issues.lst"))[0], "tracker.issues.list")
      assert.strictEqual((yield* snapshot.nearest("trackr.issues.create"))[0], "tracker.issues.create")
      assert.strictEqual((yield* snapshot.nearest("tools.tracker.pulls.List"))[0], "tracker.pulls.list")
      assert.include(yield* snapshot.nearest("tracker.openTicket"), path("tracker.issues.create"))
      assert.isAtMost((yield* snapshot.nearest("x".repeat(10_000))).length, 3)
    }).pipe(Effect.provide(layer, { local: true }))
  )

  it.effect("says which source's tools cannot be read, and goes on with the others", () =>
    Effect.gen(function* () {
      yield* register("tracker", tracker)
      const store = yield* ArtifactStore
      const rubbish = yield* store.put(new TextEncoder().encode("not json"))
      yield* commit(
        { _tag: "SourceDrafted", source: draft("broken") },
        {
          _tag: "ToolsCompiled",
          artifact: {
            source: "broken" as SourceName,
            version: "1",
            index: rubbish,
            search: sha256Hex("gone"),
            records: rubbish,
            toolCount: 5,
            compiledAt: 0 as Timestamp
          }
        }
      )
      const snapshot = yield* now
      assert.strictEqual((yield* snapshot.search("list issues", firstPage)).hits[0]!.path, "tracker.issues.list")
      const failed = yield* Effect.flip(snapshot.resolve(path("broken.tool")))
      assert.strictEqual(failed.code, "host_failure")
      assert.include(failed.message, "executor sources refresh broken")
      const refused = yield* Effect.flip(snapshot.list({ limit: 5, offset: 0, source: "broken" as SourceName }))
      assert.include(refused.message, "broken")
      assert.deepStrictEqual(yield* snapshot.nearest("broken.tool"), [])
    }).pipe(Effect.provide(layer, { local: true }))
  )
})
