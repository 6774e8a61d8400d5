// The local sandbox: isolated-vm in child processes. Node only. Each run gets an isolate that nothing ran in before, in a
// process that holds no secret, no socket and no file of the user's, and that is killed when it does not obey.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ChildPool, type ChildPoolOptions } from "./ChildPool.ts"
import { maxTurnChars, startText } from "./GuestProtocol.ts"
import { makeGuestRun, type GuestRun } from "./GuestRun.ts"
import type { Lease } from "./PoolMember.ts"
import {
  Sandbox,
  SandboxUnavailable,
  type SandboxHost,
  type SandboxLimits,
  type SandboxProgram,
  type SandboxResult
} from "./Sandbox.ts"
import type { Stopped } from "./SandboxProcess.ts"

export type IsolateSandboxOptions = ChildPoolOptions

/** A process that stops while it holds this much more than its heap limit, in MiB, most likely died of that. */
const memoryMargin = 96

const reasonOf = (stopped: Stopped, lastMb: number, limits: SandboxLimits): "memory" | "crashed" =>
  lastMb > limits.memoryMb + memoryMargin || (stopped.signal === "SIGKILL" && !stopped.killed) ? "memory" : "crashed"

/** Leads `program` in the leased process. */
const begin = (
  lease: Lease,
  program: SandboxProgram,
  options: Pick<Parameters<typeof makeGuestRun>[0], "context" | "host" | "onEnd">
): GuestRun => {
  const { limits } = program
  const { process, run } = lease
  let lastMb = 0
  const guest = makeGuestRun({
    ...options,
    program,
    engine: {
      operate: (texts) => lease.send({ _tag: "Operations", run, texts }),
      residentMb: () => (lastMb = process.resident.look()),
      leave: (kill) => lease.leave(kill ? "kill" : "dispose")
    }
  })
  lease.listen(
    (message) => message._tag === "Turn" && guest.onTurn(message),
    (stopped) => guest.onGone(reasonOf(stopped, lastMb, limits))
  )
  const maxChars = maxTurnChars(limits)
  // UTF-8 takes at most three bytes for one UTF-16 unit.
  process.maxFrame = 3 * maxChars + 65_536
  const { cpuMs, memoryMb, turnMs } = limits
  const { javascript } = program
  lease.send({
    _tag: "Start",
    run,
    memoryMb,
    turnMs,
    cpuMs,
    maxTurnChars: maxChars,
    javascript,
    start: startText(program)
  })
  return guest
}

const make = Effect.gen(function* () {
  const pool = yield* ChildPool
  const run = Effect.fn("Sandbox.run")(function* (
    program: SandboxProgram,
    host: SandboxHost
  ): Effect.fn.Return<SandboxResult, SandboxUnavailable> {
    const context = yield* Effect.context<never>()
    return yield* Effect.callback<SandboxResult, SandboxUnavailable>((resume) => {
      let guest: GuestRun | undefined
      const withdraw = pool.request(
        (lease) => {
          // Whatever calls are still open have ended before the run's end is told.
          const onEnd = (result: SandboxResult) => resume(Effect.as(guest!.interruptCalls, result))
          guest = begin(lease, program, { context, host, onEnd })
        },
        (detail) => resume(Effect.fail(new SandboxUnavailable({ detail })))
      )
      return Effect.suspend(() => {
        withdraw()
        guest?.abandon()
        return guest?.interruptCalls ?? Effect.void
      })
    })
  })
  return Sandbox.of({ run })
})

/** The sandbox of the local host, with the processes it runs in: the transpiler shares them (`OxcTranspile`). */
export const layer = (options: IsolateSandboxOptions = {}): Layer.Layer<Sandbox | ChildPool, SandboxUnavailable> =>
  Layer.effect(Sandbox, make).pipe(Layer.provideMerge(ChildPool.layer(options)))
