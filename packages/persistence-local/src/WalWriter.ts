// Group commit: one write and one fdatasync for whatever queued meanwhile.
import { makeBatchSync } from "./BatchSync.ts"
import { writeAll, type Disk } from "./Disk.ts"
import { createSegment, segmentName, type ActiveSegment } from "./Segment.ts"
import { encodeMark, makeBatchEncoder, type PendingLine } from "./WalLine.ts"

/** Lines that become durable together, and are acknowledged together. */
export interface Entry {
  readonly lines: ReadonlyArray<PendingLine>
  readonly bytes: number
}

export interface WriterOptions<E extends Entry> {
  readonly disk: Disk
  readonly home: string
  /** Where to go on, or how to make the first segment once something is written. */
  readonly active: ActiveSegment | (() => Promise<ActiveSegment>)
  /** Sequence of the last line that is on disk. */
  readonly last: number
  /** The last line on disk is a mark. */
  readonly marked: boolean
  /** A segment of this size is followed by a new one, in bytes. */
  readonly segmentBytes: number
  /** After this long without a write a mark says that all is on disk, in milliseconds. */
  readonly idleMillis: number
  /** Something else keeps the disk busy: a sync may take long. */
  readonly isBusy: () => boolean
  /** Throws when the named file of the folder, or the folder itself, is not ours any more. */
  readonly checkOwn?: (name: string) => void
  /** Entries that are on disk now, in order. */
  readonly onDurable: (entries: ReadonlyArray<E>) => void
  /** The first error of the disk: these entries are not acknowledged, and no later one ever will be. */
  readonly onBroken: (error: unknown, entries: ReadonlyArray<E>) => void
}

/** Most lines of one write, in characters: a burst must not hold the event loop with one huge write. */
const batchCharacters = 1024 * 1024

export interface WalWriter<E extends Entry> {
  /** Queues an entry. False when the writer is broken or closed: it will never be written. */
  readonly append: (entry: E) => boolean
  /** Begins a new segment; gives the number of the one before, all of which is on disk. */
  readonly seal: () => Promise<number>
  /** Takes no more entries, writes the queued ones and a mark, and closes the file. */
  readonly close: () => Promise<void>
}

export const makeWalWriter = <E extends Entry>(options: WriterOptions<E>): WalWriter<E> => {
  const { disk, home } = options
  const encode = makeBatchEncoder()
  const sync = makeBatchSync(disk, options.isBusy)
  const tasks: Array<() => Promise<void>> = []
  let active = typeof options.active === "function" ? undefined : options.active
  let queue: Array<E> = []
  let { last, marked } = options
  let state: "open" | "closing" | "broken" | "closed" = "open"
  let running = false
  /** A sync has held the event loop: others get their turn before the next batch. */
  let heldLoop = false
  let idle: NodeJS.Timeout | undefined

  const breakWith = (error: unknown, batch: ReadonlyArray<E>) => {
    state = "broken"
    const lost = [...batch, ...queue]
    queue = []
    options.onBroken(error, lost)
  }

  const begin = async (sealed: ActiveSegment): Promise<ActiveSegment> => {
    // A mark that an earlier, killed process wrote may still be in memory only: a sealed segment is whole on disk.
    await disk.syncLater(sealed.fd)
    const segment = await createSegment(disk, home, sealed.number + 1, last)
    active = segment
    disk.close(sealed.fd)
    return segment
  }

  const segmentToWrite = async (): Promise<ActiveSegment> => {
    if (active === undefined) return (active = await (options.active as () => Promise<ActiveSegment>)())
    return active.bytes >= options.segmentBytes ? begin(active) : active
  }

  const write = async (into: ActiveSegment, bytes: Buffer): Promise<void> => {
    options.checkOwn?.(segmentName(into.number))
    writeAll(disk, into.fd, bytes)
    into.bytes += bytes.length
    const later = sync(into.fd, bytes.length)
    if (later === undefined) heldLoop = true
    else await later
  }

  const takeBatch = (): Array<E> => {
    let size = 0
    let count = 0
    while (count < queue.length && (count === 0 || size + queue[count]!.bytes <= batchCharacters)) {
      size += queue[count++]!.bytes
    }
    return queue.splice(0, count)
  }

  const writeBatch = async (): Promise<void> => {
    const batch = takeBatch()
    try {
      const into = await segmentToWrite()
      const lines = batch.length === 1 ? batch[0]!.lines : batch.flatMap((entry) => entry.lines)
      await write(into, encode(lines, last, into.salt))
      last = lines.at(-1)!.s
      marked = false
    } catch (error) {
      return breakWith(error, batch)
    }
    options.onDurable(batch)
  }

  const mark = async (): Promise<void> => {
    if (state === "broken" || state === "closed" || marked || active === undefined || last === 0) return
    try {
      await write(active, encodeMark(last, active.salt))
      marked = true
    } catch (error) {
      breakWith(error, [])
    }
  }

  // The check for more work and the end of the run are one synchronous step: nothing can queue in between unseen.
  const loop = async (): Promise<void> => {
    for (;;) {
      if (heldLoop) {
        heldLoop = false
        await new Promise(setImmediate)
      }
      const task = tasks.shift()
      if (task !== undefined) await task()
      else if (queue.length > 0) await writeBatch()
      else break
    }
    running = false
    if (state !== "open") return
    if (idle === undefined) idle = setTimeout(() => void run(mark), options.idleMillis).unref()
    else idle.refresh()
  }

  const wake = () => {
    if (running) return
    running = true
    queueMicrotask(() => void loop())
  }

  const run = <A>(task: () => Promise<A>): Promise<A> =>
    new Promise((resolve, reject) => {
      tasks.push(() => task().then(resolve, reject))
      wake()
    })

  const seal = async (): Promise<number> => {
    if (state === "broken" || state === "closed" || active === undefined) throw new Error("nothing can be written")
    const sealed = active
    try {
      await begin(sealed)
    } catch (error) {
      breakWith(error, [])
      throw error
    }
    return sealed.number
  }

  const close = async (): Promise<void> => {
    while (queue.length > 0) await writeBatch()
    await mark()
    state = "closed"
    if (active !== undefined) disk.close(active.fd)
  }

  return {
    append: (entry) => {
      if (state !== "open") return false
      queue.push(entry)
      wake()
      return true
    },
    seal: () => run(seal),
    close: () => {
      if (state === "open") state = "closing"
      clearTimeout(idle)
      return run(close)
    }
  }
}
