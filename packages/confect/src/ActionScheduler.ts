// The scheduler of actions. The runtime has timers and nothing quicker, and a timer takes a millisecond or more: too much for
// every fiber that is forked or woken. Fibers go on in microtasks, which starve everything else: now and then one goes
// through a timer.
import * as Scheduler from "effect/Scheduler"
import { inMicrotask } from "./MicrotaskScheduler.ts"

/** How long fibers may go on without giving way to timers and the network (milliseconds). */
const sliceMs = 8

/** Made for each action: it remembers when the action last gave way. */
export const makeActionScheduler = (): Scheduler.Scheduler => {
  let gaveWayAt = performance.now()
  return new Scheduler.MixedScheduler("async", (run) => {
    if (performance.now() - gaveWayAt < sliceMs) return inMicrotask(run)
    const timer = setTimeout(() => {
      gaveWayAt = performance.now()
      run()
    }, 0)
    return () => clearTimeout(timer)
  })
}
