// One `execute`, from code to answer: open the run, pin the catalog, hand the code to the sandbox, settle.
import { Runs, type RunLedger } from "@executor-v2/domain"
import {
  HostFailure,
  Refused,
  type Actor,
  type ExecuteResult,
  type NotFound,
  type RunId,
  type TaskRun,
  type WorkspaceId
} from "@executor-v2/schema"
import { Catalog } from "@executor-v2/source-manager"
import { Cause, Context, Effect, Exit, Layer, Option, type Fiber } from "effect"
import { ActiveRuns, cutOff, messageOf, type RunProgress } from "./ActiveRuns.ts"
import { endedBy } from "./Outcome.ts"
import { Program } from "./Program.ts"
import { previewBytes, toExecuteResult } from "./ResultBudget.ts"
import type { SandboxHost } from "./sandbox/Sandbox.ts"
import { ToolCalls, type CallContext } from "./ToolCall.ts"
import { maxCodeChars, tooLongCode } from "./Transpile.ts"

/** Code to run, for whom, and how long its caller can wait for the end (milliseconds). */
export interface ExecuteRequest {
  readonly workspace: WorkspaceId
  readonly actor: Actor
  readonly code: string
  readonly patienceMs?: number
  readonly onProgress?: (progress: RunProgress) => void
  /** Told the run's id once it goes on, so that a caller who stops waiting can cancel it. */
  readonly onOpened?: (run: RunId) => void
}

/** A run whose result is to be fetched. */
export interface ResumeRequest extends Omit<ExecuteRequest, "code" | "onOpened"> {
  readonly run: RunId
}

/** A caller that names no patience waits as long as a run may take. */
const patient = 24 * 60 * 60 * 1_000

export class Execute extends Context.Service<Execute>()("@executor-v2/engine/Execute", {
  make: Effect.gen(function* () {
    const runs = yield* Runs
    const catalog = yield* Catalog
    const calls = yield* ToolCalls
    const program = yield* Program
    const active = yield* ActiveRuns
    let draining = false

    const execute = Effect.fn("Execute.execute")(function* (
      request: ExecuteRequest
    ): Effect.fn.Return<ExecuteResult, Refused | HostFailure> {
      const { workspace, actor, code } = request
      if (code.length > maxCodeChars) return yield* new Refused({ code: "invalid", message: tooLongCode(code.length) })
      if (draining)
        return yield* new Refused({
          code: "busy",
          message: "the daemon is stopping and takes no new runs; try again in a moment"
        })
      const pinned = yield* catalog.snapshot(workspace)
      // A caller that leaves between these two would leave a run that nobody drives.
      const { ledger, driver } = yield* Effect.uninterruptible(
        Effect.gen(function* () {
          const ledger = yield* runs.open({ workspace, actor, code, catalog: pinned.version })
          const context = { workspace, actor, catalog: pinned, ledger, occurrences: new Map() }
          return { ledger, driver: yield* active.start(ledger.run.id, drive(ledger, context)) }
        })
      )
      request.onOpened?.(ledger.run.id)
      yield* ended(ledger.run.id, driver, request)
      // A run is in the views once its opening is durable; until then the ledger knows it.
      const run = yield* Effect.catchTag(runs.get(workspace, ledger.run.id), "NotFound", () =>
        Effect.succeed(ledger.run)
      )
      return yield* answer(run)
    })

    /** The driver of one run. It outlives its caller; whatever stops it, the run gets an end. */
    const drive = (ledger: RunLedger, context: CallContext): Effect.Effect<void, HostFailure> => {
      const { id } = ledger.run
      const called = Effect.sync(() => active.called(id))
      const host: SandboxHost = {
        call: (path, argsJson) => Effect.ensuring(calls.reply(context, path, argsJson), called)
      }
      const broken = (message: string) => endedBy("failed", { code: "host_failure", message }, active.callsOf(id))
      return program.run(ledger.run, host).pipe(
        Effect.catchTag("HostFailure", ({ message }) => Effect.succeed(broken(message))),
        Effect.catchDefect((defect) => Effect.as(Effect.logError(`run ${id} was cut off`, defect), broken(cutOff))),
        Effect.flatMap((end) => ledger.end(end)),
        Effect.onInterrupt(() =>
          Effect.ignore(
            ledger.end(
              active.wasCancelled(id)
                ? endedBy(
                    "cancelled",
                    { code: "cancelled", message: "somebody cancelled this run" },
                    active.callsOf(id)
                  )
                : endedBy(
                    "interrupted",
                    { code: "interrupted", message: "the daemon stopped before this run ended" },
                    active.callsOf(id)
                  )
            )
          )
        ),
        Effect.asVoid
      )
    }

    /** Waits for a driver as long as its caller can; fails if the host could not bring the run to an end. */
    const ended = Effect.fnUntraced(function* (
      id: RunId,
      driver: Fiber.Fiber<void, unknown>,
      { patienceMs = patient, onProgress }: Pick<ExecuteRequest, "patienceMs" | "onProgress">
    ): Effect.fn.Return<void, HostFailure> {
      const exit = yield* active.wait(id, driver, patienceMs, onProgress)
      if (Option.isSome(exit) && Exit.isFailure(exit.value) && !Cause.hasInterruptsOnly(exit.value.cause)) {
        return yield* new HostFailure({ message: messageOf(exit.value.cause) })
      }
    })

    /** What a caller is told of a run as it stands. */
    const answer = Effect.fnUntraced(function* (run: TaskRun): Effect.fn.Return<ExecuteResult, HostFailure> {
      const long = run.result?._tag === "Artifact" ? yield* runs.readJson(run.result, 0, previewBytes) : undefined
      const result = toExecuteResult(run, long)
      if (runs.hasEnded(run)) return result
      const message = `still going on after ${active.callsOf(run.id)} tool calls; fetch the result with execute({ resume: "${run.id}" })`
      return { ...result, waiting: { resume: run.id, message } }
    })

    /** The result of a run, or where it stands when the caller's patience is over. */
    const resume = Effect.fn("Execute.resume")(function* (
      request: ResumeRequest
    ): Effect.fn.Return<ExecuteResult, NotFound | HostFailure> {
      const { workspace, run } = request
      yield* runs.get(workspace, run)
      const driver = active.find(run)
      if (Option.isSome(driver)) yield* ended(run, driver.value, request)
      return yield* answer(yield* runs.get(workspace, run))
    })

    /** Ends a run that is going on. */
    const cancel = Effect.fn("Execute.cancel")(function* (
      workspace: WorkspaceId,
      run: RunId
    ): Effect.fn.Return<TaskRun, NotFound> {
      yield* runs.get(workspace, run)
      yield* active.cancel(run)
      return yield* runs.get(workspace, run)
    })

    /** Takes no new runs and waits until the running ones have ended. */
    const drain = Effect.suspend(() => {
      draining = true
      return active.awaitAll
    })

    return { execute, resume, answer, cancel, drain, activeRuns: active.count }
  })
}) {
  static readonly layer = Layer.effect(Execute, this.make)
}
