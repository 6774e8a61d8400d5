// The agent's code on its way through the sandbox: TypeScript in, the end of its run out.
import { Runs, type RunEnd } from "@executor-v2/domain"
import type { HostFailure, TaskRun } from "@executor-v2/schema"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"
import { endedBy, endOf } from "./Outcome.ts"
import { resultBudget } from "./ResultBudget.ts"
import { agentRuns, RunLimits } from "./RunLimits.ts"
import { Sandbox, type SandboxHost, type SandboxOutcome } from "./sandbox/Sandbox.ts"
import { Transpile } from "./Transpile.ts"

export class Program extends Context.Service<Program>()("@executor-v2/engine/Program", {
  make: Effect.gen(function* () {
    const runs = yield* Runs
    const sandbox = yield* Sandbox
    const transpile = yield* Transpile
    const limits = yield* RunLimits
    const agents = yield* Semaphore.make(agentRuns)

    /** An error's position in the agent's own text; what cannot be traced back is left out rather than wrong. */
    const placed = Effect.fnUntraced(function* (
      code: string,
      outcome: SandboxOutcome
    ): Effect.fn.Return<SandboxOutcome> {
      if (outcome._tag !== "Threw" || outcome.line === undefined) return outcome
      const { line, column = 1, ...error } = outcome
      const place = yield* Effect.orElseSucceed(transpile.locate(code, { line, column }), () => Option.none())
      return Option.match(place, { onNone: () => error, onSome: (found) => ({ ...error, ...found }) })
    })

    /** Runs a run's code to its end; `host` answers its calls. */
    const run = (opened: TaskRun, host: SandboxHost): Effect.Effect<RunEnd, HostFailure> =>
      opened.actor.kind === "agent" ? agents.withPermits(1)(drive(opened, host)) : drive(opened, host)

    const drive = ({ code, replay }: TaskRun, host: SandboxHost): Effect.Effect<RunEnd, HostFailure> =>
      Effect.gen(function* () {
        const javascript = yield* transpile.transpile(code)
        const { seed, startedAt } = replay
        const result = yield* sandbox.run({ javascript, seed, startedAt, limits }, host)
        const outcome = yield* placed(code, result.outcome)
        const json = outcome._tag === "Returned" ? outcome.json : undefined
        return endOf({ ...result, outcome }, json === undefined ? undefined : yield* runs.storeJson(json, resultBudget))
      }).pipe(
        Effect.catchTags({
          TranspileError: ({ reason, excerpt, line, column }) => {
            const message = excerpt === "" ? reason : `${reason}\n${excerpt}`
            return Effect.succeed(endedBy("failed", { code: "syntax_error", message, line, column, retryable: false }))
          },
          SandboxUnavailable: ({ message }) =>
            Effect.succeed(endedBy("failed", { code: "sandbox_unavailable", message }))
        })
      )

    return { run }
  })
}) {
  static readonly layer = Layer.effect(Program, this.make)
}
