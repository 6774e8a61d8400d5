// The sandbox of hosts without processes (Convex): QuickJS in WebAssembly, on the host's own thread. Each run gets a fresh
// engine in memory that cannot grow beyond its cap. No Node, no code made from text. The same rules as IsolateSandbox's,
// except that a native loop cannot be interrupted: the host's own limit on its functions is the last resort.
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { startText } from "./GuestProtocol.ts"
import { makeGuestRun, type GuestRun } from "./GuestRun.ts"
import { usualMb, type Handover } from "./quickjs/Handover.ts"
import type { CompiledQuickJs } from "./quickjs/QuickJs.ts"
import { makeQuickJsEngine } from "./quickjs/QuickJsEngine.ts"
import { QuickJsGuest } from "./quickjs/QuickJsGuest.ts"
import {
  Sandbox,
  SandboxUnavailable,
  type SandboxHost,
  type SandboxLimits,
  type SandboxProgram,
  type SandboxResult
} from "./Sandbox.ts"

export interface QuickJsSandboxOptions {
  /** The compiled WebAssembly module of `@jitl/quickjs-wasmfile-release-sync/wasm`. */
  readonly compiled: CompiledQuickJs
  /** Most memory of one run, in MiB, whatever its limits say; 32 when absent (a Convex action has 64). At least 16. */
  readonly memoryMb?: number
  /** From the transpiler of this sandbox's only run. */
  readonly handover?: Handover
}

/** A call's result is in memory several times while it is read: as bytes, as text, as its part, as values. */
const copies = 16

/** The limits as they really are here, so that what is said of them is true. */
const limitsOf = (limits: SandboxLimits, cap: number): SandboxLimits => {
  const memoryMb = Math.max(16, Math.min(limits.memoryMb, cap))
  const callResultChars = Math.min(limits.callResultChars, (memoryMb * 1_048_576) / copies)
  return { ...limits, memoryMb, rssMb: memoryMb, callResultChars }
}

const guestFor = (
  { compiled, handover }: QuickJsSandboxOptions,
  memoryMb: number
): Effect.Effect<QuickJsGuest, SandboxUnavailable> =>
  Effect.tryPromise({
    try: async () => handover?.take(memoryMb) ?? QuickJsGuest.make(compiled, memoryMb),
    catch: (error) =>
      new SandboxUnavailable({
        detail:
          "the sandbox engine QuickJS cannot be started on this host: it needs WebAssembly, " +
          `and ${memoryMb} MB of memory for it. Details: ${error instanceof Error ? error.message : String(error)}`
      })
  })

/** Leads the program on its guest. */
const lead = (program: SandboxProgram, guest: QuickJsGuest, host: SandboxHost): Effect.Effect<SandboxResult> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.callback((resume) => {
      const engine = makeQuickJsEngine(guest, program)
      // Whatever calls are still open have ended before the run's end is told.
      const onEnd = (result: SandboxResult) => resume(Effect.as(run.interruptCalls, result))
      const run: GuestRun = makeGuestRun({ program, host, context, engine, onEnd })
      engine.start(startText(program), run.onTurn)
      return Effect.suspend(() => {
        run.abandon()
        return run.interruptCalls
      })
    })
  )

export const layer = (options: QuickJsSandboxOptions): Layer.Layer<Sandbox> =>
  Layer.succeed(
    Sandbox,
    Sandbox.of({
      run: Effect.fn("Sandbox.run")(function* (
        asked: SandboxProgram,
        host: SandboxHost
      ): Effect.fn.Return<SandboxResult, SandboxUnavailable> {
        const program = { ...asked, limits: limitsOf(asked.limits, options.memoryMb ?? usualMb) }
        return yield* Effect.acquireUseRelease(
          guestFor(options, program.limits.memoryMb),
          (guest) => lead(program, guest, host),
          (guest) => Effect.sync(() => guest.release())
        )
      })
    })
  )
