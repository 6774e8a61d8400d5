// Runs driven by fibers of this process: they outlive the request that opened them, and end with the process.
import { RunRules, Runs } from "@executor-v2/domain"
import { HostFailure, type NotFound, type RunId, type TaskRun } from "@executor-v2/schema"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { cutOff, Drive } from "./Drive.ts"
import { Drivers, notActive, type RunOpening, type RunProgress, type Waiting } from "./Drivers.ts"
import { endedBy } from "./Outcome.ts"

interface Active {
  calls: number
  /** Set before the driver is interrupted, so that it can tell a person's wish from the host's end. */
  cancelled: boolean
  readonly listeners: Set<(progress: RunProgress) => void>
}

const stopped = { code: "interrupted", message: "the daemon stopped before this run ended" }

const make = Effect.gen(function* () {
  const runs = yield* Runs
  const drive = yield* Drive
  const fibers = yield* FiberMap.make<RunId, void, unknown>()
  const active = new Map<RunId, Active>()

  const open = Effect.fnUntraced(function* ({ catalog, ...request }: RunOpening) {
    const ledger = yield* runs.open({ ...request, catalog: catalog.version })
    const { id } = ledger.run
    const entry: Active = { calls: 0, cancelled: false, listeners: new Set() }
    active.set(id, entry)
    const driven = drive({
      workspace: request.workspace,
      ledger,
      catalog,
      onCall: (calls) => {
        entry.calls = calls
        for (const listener of entry.listeners) listener({ calls })
      },
      interruptedAs: (calls) =>
        Option.some(
          entry.cancelled ? endedBy("cancelled", RunRules.cancellation, calls) : endedBy("interrupted", stopped, calls)
        )
    })
    const forgotten = Effect.sync(() => active.delete(id))
    const driver = yield* FiberMap.run(fibers, id, Effect.ensuring(driven, forgotten), { startImmediately: true })
    return { run: ledger.run, wait: (waiting: Waiting) => waitFor(id, driver, waiting) }
  }, Effect.uninterruptible) // A caller that leaves in the middle would leave a run that nobody drives.

  const waitFor = Effect.fnUntraced(function* (
    id: RunId,
    driver: Fiber.Fiber<void, unknown>,
    { patienceMs, onProgress }: Waiting
  ): Effect.fn.Return<Option.Option<TaskRun>, HostFailure> {
    const listeners = active.get(id)?.listeners
    if (onProgress !== undefined) listeners?.add(onProgress)
    const exit = yield* Fiber.await(driver).pipe(
      Effect.timeoutOption(patienceMs),
      Effect.ensuring(Effect.sync(() => onProgress !== undefined && listeners?.delete(onProgress)))
    )
    if (Option.isSome(exit) && Exit.isFailure(exit.value) && !Cause.hasInterruptsOnly(exit.value.cause))
      return yield* new HostFailure({ message: messageOf(exit.value.cause) })
    return Option.none()
  })

  const cancel = Effect.fnUntraced(function* (_: unknown, __: unknown, id: RunId): Effect.fn.Return<void, NotFound> {
    const entry = active.get(id)
    if (entry === undefined) return yield* notActive(id)
    entry.cancelled = true
    yield* FiberMap.remove(fibers, id)
  })

  return Drivers.of({
    open,
    wait: (_, id, waiting) =>
      Option.match(FiberMap.getUnsafe(fibers, id), {
        onNone: () => Effect.succeedNone,
        onSome: (driver) => waitFor(id, driver, waiting)
      }),
    cancel,
    callsOf: (id) => active.get(id)?.calls,
    count: () => Effect.sync(() => active.size),
    idle: Effect.ignore(FiberMap.awaitEmpty(fibers))
  })
})

export const layer = Layer.effect(Drivers, make)

/** Why a driver ended without an answer, for the one who waits. */
const messageOf = (cause: Cause.Cause<unknown>): string => {
  const [reason] = cause.reasons
  return reason?._tag === "Fail" && reason.error instanceof Error ? reason.error.message : cutOff
}
