// One `execute`, from code to answer: open the run, pin the catalog, hand the code to the sandbox, settle.
import { Runs } from "@executor-v2/domain"
import {
  Refused,
  type Actor,
  type ExecuteResult,
  type HostFailure,
  type NotFound,
  type RunId,
  type TaskRun,
  type WorkspaceId
} from "@executor-v2/schema"
import { Catalog } from "@executor-v2/source-manager"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Drivers, type RunProgress } from "./Drivers.ts"
import { previewBytes, toExecuteResult } from "./ResultBudget.ts"
import { codeProblem } from "./Transpile.ts"

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

const patienceOf = ({ patienceMs = patient, onProgress }: Pick<ExecuteRequest, "patienceMs" | "onProgress">) => ({
  patienceMs,
  onProgress
})

export class Execute extends Context.Service<Execute>()("@executor-v2/engine/Execute", {
  make: Effect.gen(function* () {
    const runs = yield* Runs
    const catalog = yield* Catalog
    const drivers = yield* Drivers
    let draining = false

    const execute = Effect.fn("Execute.execute")(function* (
      request: ExecuteRequest
    ): Effect.fn.Return<ExecuteResult, Refused | HostFailure> {
      const { workspace, actor, code } = request
      const problem = codeProblem(code)
      if (problem !== undefined) return yield* new Refused({ code: "invalid", message: problem })
      if (draining)
        return yield* new Refused({
          code: "busy",
          message: "the daemon is stopping and takes no new runs; try again in a moment"
        })
      const pinned = yield* catalog.snapshot(workspace)
      const opened = yield* drivers.open({ workspace, actor, code, catalog: pinned })
      request.onOpened?.(opened.run.id)
      const seen = yield* opened.wait(patienceOf(request))
      if (Option.isSome(seen)) return yield* answer(seen.value)
      // A run is in the views once its opening is durable; until then its opener knows it.
      return yield* answer(yield* Effect.orElseSucceed(runs.get(workspace, opened.run.id), () => opened.run))
    })

    /** What a caller is told of a run as it stands. */
    const answer = Effect.fnUntraced(function* (run: TaskRun): Effect.fn.Return<ExecuteResult, HostFailure> {
      const long = run.result?._tag === "Artifact" ? yield* runs.readJson(run.result, 0, previewBytes) : undefined
      const result = toExecuteResult(run, long)
      if (runs.hasEnded(run)) return result
      const calls = drivers.callsOf(run.id)
      const sofar = calls === undefined ? "" : ` after ${calls} tool calls`
      const message = `still going on${sofar}; fetch the result with execute({ resume: "${run.id}" })`
      return { ...result, waiting: { resume: run.id, message } }
    })

    /** The result of a run, or where it stands when the caller's patience is over. */
    const resume = Effect.fn("Execute.resume")(function* (
      request: ResumeRequest
    ): Effect.fn.Return<ExecuteResult, NotFound | HostFailure> {
      const { workspace, run } = request
      yield* runs.get(workspace, run)
      const seen = yield* drivers.wait(workspace, run, patienceOf(request))
      return yield* answer(Option.isSome(seen) ? seen.value : yield* runs.get(workspace, run))
    })

    /** Ends a run that is going on. */
    const cancel = Effect.fn("Execute.cancel")(function* (
      workspace: WorkspaceId,
      actor: Actor,
      run: RunId
    ): Effect.fn.Return<TaskRun, NotFound | HostFailure> {
      yield* runs.get(workspace, run)
      yield* drivers.cancel(workspace, actor, run)
      return yield* runs.get(workspace, run)
    })

    /** Takes no new runs and waits until the running ones have ended. */
    const drain = Effect.suspend(() => {
      draining = true
      return drivers.idle
    })

    return { execute, resume, answer, cancel, drain, activeRuns: drivers.count }
  })
}) {
  static readonly layer = Layer.effect(Execute, this.make)
}
