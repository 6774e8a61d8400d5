// The runs that are going on in this process: they outlive the request that started them, and end with the host.
import { NotFound, type RunId } from "@executor-v2/schema"
import { Context, Effect, Exit, Fiber, FiberMap, Layer, Option, type Cause } from "effect"

/** A line about a run that is going on. */
export interface RunProgress {
  readonly calls: number
}

interface Active {
  calls: number
  /** Set before the driver is interrupted, so that it can tell a person's wish from the host's end. */
  cancelled: boolean
  readonly listeners: Set<(progress: RunProgress) => void>
}

export class ActiveRuns extends Context.Service<ActiveRuns>()("@executor-v2/engine/ActiveRuns", {
  make: Effect.gen(function* () {
    const fibers = yield* FiberMap.make<RunId, void, unknown>()
    const active = new Map<RunId, Active>()

    /** Drives a run in the background until it ends or the host does. */
    const start = <E>(id: RunId, drive: Effect.Effect<void, E>): Effect.Effect<Fiber.Fiber<void, E>> =>
      Effect.suspend(() => {
        active.set(id, { calls: 0, cancelled: false, listeners: new Set() })
        return FiberMap.run(
          fibers,
          id,
          Effect.ensuring(
            drive,
            Effect.sync(() => active.delete(id))
          ),
          { startImmediately: true }
        )
      })

    const called = (id: RunId): void => {
      const entry = active.get(id)
      if (entry === undefined) return
      entry.calls++
      for (const listener of entry.listeners) listener({ calls: entry.calls })
    }

    /** The driver of a run, while it is going on. */
    const find = (id: RunId): Option.Option<Fiber.Fiber<void, unknown>> => FiberMap.getUnsafe(fibers, id)

    /** Waits at most `patienceMs` for a driver's end. `None`: it is still going on. */
    const wait = Effect.fnUntraced(function* (
      id: RunId,
      driver: Fiber.Fiber<void, unknown>,
      patienceMs: number,
      onProgress?: (progress: RunProgress) => void
    ): Effect.fn.Return<Option.Option<Exit.Exit<void, unknown>>> {
      const listeners = active.get(id)?.listeners
      if (onProgress !== undefined) listeners?.add(onProgress)
      return yield* Fiber.await(driver).pipe(
        Effect.timeoutOption(patienceMs),
        Effect.ensuring(Effect.sync(() => onProgress !== undefined && listeners?.delete(onProgress)))
      )
    })

    const cancel = Effect.fnUntraced(function* (id: RunId): Effect.fn.Return<void, NotFound> {
      const entry = active.get(id)
      if (entry === undefined)
        return yield* new NotFound({
          what: "active run",
          id,
          hint: "It has ended, or was never there: executor runs list"
        })
      entry.cancelled = true
      yield* FiberMap.remove(fibers, id)
    })

    return {
      start,
      find,
      called,
      wait,
      cancel,
      wasCancelled: (id: RunId): boolean => active.get(id)?.cancelled ?? false,
      callsOf: (id: RunId): number => active.get(id)?.calls ?? 0,
      count: Effect.sync(() => active.size),
      awaitAll: Effect.ignore(FiberMap.awaitEmpty(fibers))
    }
  })
}) {
  static readonly layer = Layer.effect(ActiveRuns, this.make)
}

/** What people are told of a defect: never the defect itself. */
export const cutOff = "the run was cut off for a reason of the host's; its log has it (executor pm logs)"

/** Why a driver ended without an answer, for the one who waits. */
export const messageOf = (cause: Cause.Cause<unknown>): string => {
  const [reason] = cause.reasons
  return reason?._tag === "Fail" && reason.error instanceof Error ? reason.error.message : cutOff
}
