// A small engine for the gateway's own tests: it really runs code, with gates in place of slow tools.
import {
  HostFailure,
  NotFound,
  Refused,
  RunId,
  type ExecuteResult,
  type RunStatus,
  type WorkspaceId
} from "@executor-v2/schema"
import { Effect, Option } from "effect"
import type { ExecuteBackend } from "../../src/ExecuteTool.ts"

type Asked = Parameters<ExecuteBackend["resume"]>[0]

interface TestRun {
  readonly id: RunId
  readonly workspace: WorkspaceId
  readonly done: Promise<ExecuteResult>
  readonly end: (result: ExecuteResult) => void
  readonly listeners: Set<(progress: { readonly calls: number }) => void>
  status: RunStatus
}

export interface TestEngine {
  readonly backend: ExecuteBackend
  /** What the engine was asked, in order. */
  readonly asked: Array<Omit<Asked, "run" | "onProgress">>
  /** Lets `await gate(name)` in guest code return `value`. */
  readonly open: (name: string, value: unknown) => void
  /** Resolves when guest code stands at the gate. */
  readonly reached: (name: string) => Promise<void>
  /** Resolves with the status of the newest run once it ended. */
  readonly lastEnd: () => Promise<RunStatus>
}

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (
  ...args: Array<string>
) => (gate: (name: string) => Promise<unknown>) => Promise<unknown>

export const makeTestEngine = (): TestEngine => {
  const runs = new Map<RunId, TestRun>()
  const gates = new Map<
    string,
    { readonly reached: PromiseWithResolvers<void>; readonly opened: PromiseWithResolvers<unknown> }
  >()
  const asked: TestEngine["asked"] = []
  let count = 0

  const gateOf = (name: string) => {
    const found = gates.get(name) ?? {
      reached: Promise.withResolvers<void>(),
      opened: Promise.withResolvers<unknown>()
    }
    gates.set(name, found)
    return found
  }

  const start = (workspace: WorkspaceId, code: string): TestRun => {
    const id = RunId.make(`run_${(++count).toString(36)}`)
    const { promise, resolve } = Promise.withResolvers<ExecuteResult>()
    const end = (result: ExecuteResult): void => {
      run.status = result.status
      resolve(result)
    }
    const run: TestRun = { id, workspace, done: promise, end, listeners: new Set(), status: "running" }
    let calls = 0
    const gate = (name: string): Promise<unknown> => {
      calls++
      for (const listener of run.listeners) listener({ calls })
      gateOf(name).reached.resolve()
      return gateOf(name).opened.promise
    }
    const running = async (): Promise<unknown> => new AsyncFunction("gate", code)(gate)
    running().then(
      (value) => end({ status: "completed", runId: id, ...(value === undefined ? {} : { value: value as never }) }),
      (error: Error) =>
        end({
          status: "failed",
          runId: id,
          error: { code: "uncaught_error", message: error.message, line: 1, column: 7 }
        })
    )
    runs.set(id, run)
    return run
  }

  const wait = (run: TestRun, { patienceMs, onProgress }: Pick<Asked, "patienceMs" | "onProgress">) => {
    if (onProgress !== undefined) run.listeners.add(onProgress)
    return Effect.promise(() => run.done).pipe(
      Effect.timeoutOption(patienceMs),
      Effect.map(
        Option.getOrElse((): ExecuteResult => ({
          status: run.status,
          runId: run.id,
          waiting: { resume: run.id, message: `still going on; execute({ resume: "${run.id}" })` }
        }))
      )
    )
  }

  const backend: ExecuteBackend = {
    execute: Effect.fnUntraced(function* ({ code, onOpened, onProgress, ...request }) {
      asked.push(request)
      if (code === "refuse")
        return yield* new Refused({ code: "busy", message: "the daemon is stopping; try again in a moment" })
      if (code === "disk") return yield* new HostFailure({ message: "the disk is full. Run: executor doctor" })
      if (code === "defect") return yield* Effect.die(new Error("canary-secret"))
      const run = start(request.workspace, code)
      onOpened?.(run.id)
      return yield* wait(run, { ...request, ...(onProgress === undefined ? {} : { onProgress }) })
    }),
    resume: Effect.fnUntraced(function* ({ run, onProgress, ...request }) {
      asked.push(request)
      const found = runs.get(run)
      if (found === undefined || found.workspace !== request.workspace) {
        return yield* new NotFound({ what: "run", id: run, hint: "List them with: executor runs list" })
      }
      return yield* wait(found, { ...request, ...(onProgress === undefined ? {} : { onProgress }) })
    }),
    cancel: Effect.fnUntraced(function* (_workspace, _actor, id) {
      const run = runs.get(id)
      if (run === undefined) return yield* new NotFound({ what: "run", id, hint: "It has ended" })
      run.end({ status: "cancelled", runId: id, error: { code: "cancelled", message: "somebody cancelled this run" } })
    })
  }

  return {
    backend,
    asked,
    open: (name, value) => gateOf(name).opened.resolve(value),
    reached: (name) => gateOf(name).reached.promise,
    lastEnd: async () => (await [...runs.values()].at(-1)!.done).status
  }
}
