// How the daemon is asked to stop: by a signal, by its owner over RPC, or by a journal that takes no more writes.
import { Deferred, Effect } from "effect"

export interface Stopping {
  /** The first reason counts. */
  readonly request: (reason: string) => void
  readonly requested: Effect.Effect<string>
  readonly isRequested: () => boolean
}

export const makeStopping = (): Stopping => {
  const reason = Deferred.makeUnsafe<string>()
  return {
    request: (given) => Deferred.doneUnsafe(reason, Effect.succeed(given)),
    requested: Deferred.await(reason),
    isRequested: () => Deferred.isDoneUnsafe(reason)
  }
}

/** The first signal asks, a second one does not. */
export const obeySignals = (stopping: Stopping, atOnce: (signal: string) => void): void => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => (stopping.isRequested() ? atOnce(signal) : stopping.request(signal)))
  }
}
