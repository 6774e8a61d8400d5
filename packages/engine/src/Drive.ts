// One run on its way to its end: the sandbox runs its code, each call goes through the door, the end is written down.
import type { RunEnd, RunLedger } from "@executor-v2/domain"
import type { HostFailure, WorkspaceId } from "@executor-v2/schema"
import type { CatalogSnapshot } from "@executor-v2/source-manager"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { endedBy } from "./Outcome.ts"
import { Program } from "./Program.ts"
import type { SandboxHost } from "./sandbox/Sandbox.ts"
import { ToolCalls, type CallContext } from "./ToolCall.ts"

/** A run that its driver holds: nobody else writes its book. */
export interface HeldRun {
  readonly workspace: WorkspaceId
  readonly ledger: RunLedger
  /** As pinned when the run was opened. */
  readonly catalog: CatalogSnapshot
  /** Told after each call, with how many there have been. */
  readonly onCall: (calls: number) => void
  /** The end of a run whose driver is interrupted; `None` where somebody else has ended it or will. */
  readonly interruptedAs: (calls: number) => Option.Option<RunEnd>
}

export class Drive extends Context.Service<Drive>()("@executor-v2/engine/Drive", {
  make: Effect.gen(function* () {
    const program = yield* Program
    const toolCalls = yield* ToolCalls

    /** It outlives its caller; whatever stops it, the run gets an end. */
    const drive = ({
      workspace,
      ledger,
      catalog,
      onCall,
      interruptedAs
    }: HeldRun): Effect.Effect<void, HostFailure> => {
      const { actor, id } = ledger.run
      const context: CallContext = { workspace, actor, catalog, ledger, occurrences: new Map() }
      let calls = 0
      const called = Effect.sync(() => onCall(++calls))
      const host: SandboxHost = {
        call: (path, argsJson) => Effect.ensuring(toolCalls.reply(context, path, argsJson), called)
      }
      const broken = (message: string) => endedBy("failed", { code: "host_failure", message }, calls)
      return program.run(ledger.run, host).pipe(
        Effect.catchTag("HostFailure", ({ message }) => Effect.succeed(broken(message))),
        Effect.catchDefect((defect) => Effect.as(Effect.logError(`run ${id} was cut off`, defect), broken(cutOff))),
        Effect.flatMap((end) => ledger.end(end)),
        Effect.onInterrupt(() =>
          Option.match(interruptedAs(calls), {
            onNone: () => Effect.void,
            onSome: (end) => Effect.ignore(ledger.end(end))
          })
        ),
        Effect.asVoid
      )
    }

    return drive
  })
}) {
  static readonly layer = Layer.effect(Drive, this.make)
}

/** What people are told of a defect: never the defect itself. */
export const cutOff = "the run was cut off for a reason of the host's; its log has it (executor pm logs)"
