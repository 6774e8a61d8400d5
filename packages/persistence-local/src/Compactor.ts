// Decides when to compact and sees it through while the daemon serves.
import { Worker } from "node:worker_threads"
import { adoptSnapshot, buildSnapshot, type SnapshotPlan } from "./Compaction.ts"
import { decodeDataFolderError } from "./DataFolderError.ts"
import type { Disk } from "./Disk.ts"
import type { ManifestWriter } from "./Manifest.ts"

export interface CompactorOptions {
  readonly disk: Disk
  readonly home: string
  /** Compact after this many events, or this many bytes of segments, since the last snapshot. */
  readonly events: number
  readonly bytes: number
  /** Script of the thread; "inline" builds on the event loop (tests with a disk of their own). */
  readonly worker: URL | "inline"
  readonly seal: () => Promise<number>
  readonly manifest: ManifestWriter
  /** A failed compaction loses nothing: it is told, and tried again later. */
  readonly onFailure: (error: unknown) => void
}

export interface Compactor {
  /** Counts what was written, and starts a compaction when it is time. */
  readonly wrote: (events: number, bytes: number) => void
  readonly underWay: () => boolean
  /** Compacts now, or joins the compaction under way. */
  readonly compact: () => Promise<void>
  /** Abandons a compaction under way: what it had begun is replaced by the next one. */
  readonly close: () => Promise<void>
}

export const makeCompactor = (
  options: CompactorOptions,
  sinceSnapshot: { events: number; bytes: number }
): Compactor => {
  const { disk, home } = options
  let { events, bytes } = sinceSnapshot
  let closed = false
  let worker: Worker | undefined
  let underWay: Promise<void> | undefined

  const build = (plan: SnapshotPlan): Promise<void> => {
    if (options.worker === "inline") return buildSnapshot(disk, plan)
    const url = options.worker
    return new Promise((resolve, reject) => {
      worker = new Worker(url, { workerData: plan, execArgv: [], name: "compaction" })
      worker.unref()
      worker.once("message", (answer: unknown) =>
        answer === "done" ? resolve() : reject(decodeDataFolderError(answer))
      )
      worker.once("error", reject)
      worker.once("exit", (code) => reject(new Error(`the compaction thread ended with code ${code}`)))
    })
  }

  const run = async (): Promise<void> => {
    const through = await options.seal()
    events = 0
    bytes = 0
    const { snapshot, firstSegment } = options.manifest.current()
    await build({ home, snapshot, firstSegment, through })
    worker = undefined
    if (!closed) await adoptSnapshot(disk, home, options.manifest, through)
  }

  const compact = (): Promise<void> => {
    underWay ??= run().finally(() => (underWay = undefined))
    return underWay
  }

  return {
    wrote: (moreEvents, moreBytes) => {
      events += moreEvents
      bytes += moreBytes
      if (closed || underWay !== undefined || (events < options.events && bytes < options.bytes)) return
      compact().catch((error: unknown) => {
        if (!closed) options.onFailure(error)
      })
    },
    underWay: () => underWay !== undefined,
    compact,
    close: async () => {
      closed = true
      await worker?.terminate()
      await underWay?.catch(() => undefined)
    }
  }
}
