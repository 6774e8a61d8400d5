// How a batch gets to the disk. A sync on the event loop is the fastest for one writer (no thread to wake, twice), but it
// must be short: while the disk proves quick, small batches are synced in place; else, and while compaction keeps the
// disk busy, a thread of the pool does it.
import type { Disk } from "./Disk.ts"

/** Longest time in milliseconds for which a sync may hold the event loop, as far as the last ones tell. */
const quickMillis = 1
/** Larger batches always go to a thread (bytes). */
const smallBytes = 64 * 1024
/** So many quick ones in a row prove a quick disk. */
const proof = 4

/** Syncs a file after a batch of `bytes`; a promise when it happens off the event loop. Throws or rejects on failure. */
export const makeBatchSync = (disk: Disk, isBusy: () => boolean, now = () => performance.now()) => {
  let quickInARow = 0

  const learn = (begin: number) => {
    quickInARow = now() - begin <= quickMillis ? quickInARow + 1 : 0
  }

  return (fd: number, bytes: number): Promise<void> | undefined => {
    const begin = now()
    if (quickInARow < proof || bytes > smallBytes || isBusy()) {
      return disk.syncLater(fd).then(() => learn(begin))
    }
    disk.sync(fd)
    learn(begin)
    return undefined
  }
}
