// All ports of persistence on one folder. Opening takes the lock first, closing gives it back last.
import { ArtifactStore, Journal, JournalUnavailable, MemoryPersistence, Views } from "@executor-v2/persistence-ports"
import { Clock, Context, Deferred, Effect, Layer, Option } from "effect"
import { makeCompactor, type Compactor } from "./Compactor.ts"
import { prepareFolder } from "./DataFolder.ts"
import { DataFolderError, ProviderChanged, toDataFolderError } from "./DataFolderError.ts"
import { nodeDisk, type Disk } from "./Disk.ts"
import { makeLocalArtifactStore } from "./LocalArtifactStore.ts"
import { makeLocalJournal, type QueuedCommit } from "./LocalJournal.ts"
import { lockFolder } from "./Lock.ts"
import { firstManifest, makeManifestWriter } from "./Manifest.ts"
import { openFolder } from "./Opening.ts"
import { makeOwnership } from "./Ownership.ts"
import { repair } from "./Repair.ts"
import { createSegment, segmentName, type ActiveSegment } from "./Segment.ts"
import { makeWalWriter, type WalWriter } from "./WalWriter.ts"

/** Plain data, but for the disk that tests replace. */
export interface LocalPersistenceOptions {
  /** The data folder; created (0700) when absent. */
  readonly home: string
  /** A segment of this many bytes is followed by a new one. Default 8 MiB. */
  readonly segmentBytes?: number
  /** Build a snapshot after this many events since the last one. Default 50,000. */
  readonly compactEvents?: number
  /** Build a snapshot after this many bytes of segments since the last one. Default 16 MiB. */
  readonly compactBytes?: number
  /** How long after the last write a mark is written, in milliseconds. Default 1,000. */
  readonly idleMillis?: number
  /** Script of the compaction thread, where a bundle keeps it elsewhere; "inline" uses no thread. */
  readonly compactionWorker?: URL | "inline"
  readonly disk?: Disk
}

/** What a host wants to know of its data folder beyond the ports. */
export class LocalPersistence extends Context.Service<
  LocalPersistence,
  {
    readonly home: string
    /** Succeeds, with the reason, when the journal stops for good: the host must then leave with a non-zero code. */
    readonly stopped: Effect.Effect<JournalUnavailable>
    /** Name of the file into which opening moved a torn tail, if it found one. */
    readonly torn: Option.Option<string>
    /** Which vault holds the secrets, once chosen. */
    readonly secretsProvider: Effect.Effect<Option.Option<string>>
    /** Records the vault; refuses another one than is recorded. */
    readonly recordSecretsProvider: (provider: string) => Effect.Effect<void, DataFolderError>
    /** Builds a snapshot now and drops what it replaces. */
    readonly compact: Effect.Effect<void, DataFolderError>
  }
>()("@executor-v2/persistence-local/LocalPersistence") {}

const mebibyte = 1024 * 1024

const make = Effect.fnUntraced(function* (options: LocalPersistenceOptions) {
  const { home, disk = nodeDisk } = options
  const failing = <A>(use: () => A) => Effect.try({ try: use, catch: (cause) => toDataFolderError(home, cause) })
  const failingLater = <A>(use: () => Promise<A>) =>
    Effect.tryPromise({ try: use, catch: (cause) => toDataFolderError(home, cause) })

  yield* failing(() => prepareFolder(disk, home))
  yield* Effect.acquireRelease(
    failing(() => lockFolder(disk, home)),
    (release) => Effect.sync(release)
  )
  const checkOwn = makeOwnership(disk, home)
  const now = yield* Clock.currentTimeMillis
  const opened = yield* failing(() => openFolder(disk, home))
  const { active, torn } = yield* failing(() => repair(disk, home, opened, now))
  if (torn !== undefined) {
    yield* Effect.logWarning(`the last write was cut off before it was acknowledged; its bytes are kept in ${torn}`)
  }

  if (active !== undefined) yield* failing(() => checkOwn(segmentName(active.number)))

  const { state } = opened
  const manifest = makeManifestWriter(disk, home, opened.manifest ?? firstManifest)
  let begun: Promise<ActiveSegment> | undefined
  /** A new folder gets its first segment, then its manifest, when something is written to it. */
  const begin = (): Promise<ActiveSegment> =>
    (begun ??= (async () => {
      const segment = active ?? (await createSegment(disk, home, manifest.current().firstSegment, state.seq))
      await manifest.update((found) => found)
      return segment
    })())

  const stopped = yield* Deferred.make<JournalUnavailable>()
  const context = yield* Effect.context<never>()
  // The writer calls the journal and the other way round: the writer is made second.
  const parts: { writer?: WalWriter<QueuedCommit>; compactor?: Compactor } = {}
  const local = yield* makeLocalJournal(state, (commit) => parts.writer?.append(commit) ?? false)
  const writer = (parts.writer = makeWalWriter<QueuedCommit>({
    disk,
    home,
    active: opened.manifest === undefined || active === undefined ? begin : active,
    last: state.seq,
    marked: opened.tail?.marked ?? false,
    segmentBytes: options.segmentBytes ?? 8 * mebibyte,
    idleMillis: options.idleMillis ?? 1000,
    isBusy: () => parts.compactor?.underWay() ?? false,
    checkOwn,
    onDurable: (commits) => {
      local.onDurable(commits)
      let events = 0
      let bytes = 0
      for (const commit of commits) {
        events += commit.lines.length
        bytes += commit.bytes
      }
      parts.compactor?.wrote(events, bytes)
    },
    onBroken: (error, commits) => {
      Deferred.doneUnsafe(stopped, Effect.succeed(local.onBroken(error, commits)))
    }
  }))
  const compactor = (parts.compactor = makeCompactor(
    {
      disk,
      home,
      manifest,
      events: options.compactEvents ?? 50_000,
      bytes: options.compactBytes ?? 16 * mebibyte,
      worker: options.compactionWorker ?? new URL("./CompactionWorker.ts", import.meta.url),
      seal: writer.seal,
      onFailure: (error) => {
        const { message } = toDataFolderError(home, error)
        Effect.runForkWith(context)(Effect.logWarning(`compaction failed and will be tried again: ${message}`))
      }
    },
    { events: opened.events, bytes: opened.bytes }
  ))
  yield* Effect.addFinalizer(() =>
    Effect.promise(async () => {
      await compactor.close()
      await writer.close()
    })
  )

  const recordSecretsProvider = Effect.fnUntraced(function* (provider: string) {
    const recorded = manifest.current().secrets?.provider
    if (recorded === provider) return
    if (recorded !== undefined) {
      return yield* new DataFolderError({ home, reason: new ProviderChanged({ recorded, asked: provider }) })
    }
    yield* failingLater(async () => {
      if (opened.manifest === undefined) await begin()
      await manifest.update((found) => ({ ...found, secrets: { provider } }))
    })
  })

  return Context.make(Journal, local.journal).pipe(
    Context.add(Views, MemoryPersistence.viewsOver(state)),
    Context.add(ArtifactStore, makeLocalArtifactStore(disk, home)),
    Context.add(
      LocalPersistence,
      LocalPersistence.of({
        home,
        stopped: Deferred.await(stopped),
        torn: Option.fromUndefinedOr(torn),
        secretsProvider: Effect.sync(() => Option.fromUndefinedOr(manifest.current().secrets?.provider)),
        recordSecretsProvider,
        compact: failingLater(compactor.compact)
      })
    )
  )
})

/** Journal, views and artifacts of the data folder, for as long as the scope lives. */
export const layer = (
  options: LocalPersistenceOptions
): Layer.Layer<Journal | Views | ArtifactStore | LocalPersistence, DataFolderError> =>
  Layer.effectContext(make(options))
