// Scheduling functions for later. In a mutation what it schedules commits or rolls back with it.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Scheduler as ConvexScheduler, SchedulableFunctionReference, OptionalRestArgs } from "convex/server"
import type { GenericId } from "convex/values"

type Scheduled = GenericId<"_scheduled_functions">

/** Convex's scheduler. References are typed over encoded arguments; a failure is a defect, and rolls a mutation back. */
export class Scheduler extends Context.Service<
  Scheduler,
  {
    /** `delay` in milliseconds; 0 is right after the commit. */
    readonly runAfter: <F extends SchedulableFunctionReference>(
      delay: number,
      reference: F,
      ...args: OptionalRestArgs<F>
    ) => Effect.Effect<Scheduled>
    /** `at` in milliseconds since 1970. */
    readonly runAt: <F extends SchedulableFunctionReference>(
      at: number,
      reference: F,
      ...args: OptionalRestArgs<F>
    ) => Effect.Effect<Scheduled>
    /** Also stops what a running action would still schedule. */
    readonly cancel: (id: Scheduled) => Effect.Effect<void>
  }
>()("@executor-v2/confect/Scheduler") {}

export const makeScheduler = (scheduler: ConvexScheduler): Scheduler["Service"] => ({
  runAfter: (delay, reference, ...args) => Effect.promise(() => scheduler.runAfter(delay, reference, ...args)),
  runAt: (at, reference, ...args) => Effect.promise(() => scheduler.runAt(at, reference, ...args)),
  cancel: (id) => Effect.promise(() => scheduler.cancel(id))
})
