// The scheduler of queries and mutations. Timers do not fire there: Effect's own scheduler would hang at its first yield, which an ordinary
// program reaches after 2,048 operations.
import * as Scheduler from "effect/Scheduler"

/** Runs `run` in a microtask, unless what it returns is called before. */
export const inMicrotask = (run: () => void) => {
  let live = true
  queueMicrotask(() => {
    if (live) run()
  })
  return () => {
    live = false
  }
}

/** Runs what a fiber yields in a microtask; it holds no state between runs. */
export const microtaskScheduler: Scheduler.Scheduler = new Scheduler.MixedScheduler("async", inMicrotask)
