// Carries out the operations of one run on a guest in this very thread, a slice at a time, and gives way between slices:
// what a guest in a process of its own does by itself (child.ts).
import type { Turn } from "../GuestProtocol.ts"
import { maxTurnChars } from "../GuestProtocol.ts"
import type { GuestEngine } from "../GuestRun.ts"
import { soon } from "../HostCalls.ts"
import type { SandboxProgram } from "../Sandbox.ts"
import type { QuickJsGuest } from "./QuickJsGuest.ts"

/** Queued operations are worked on for at most so many milliseconds in a row. */
const sliceMs = 8

export interface QuickJsEngine extends GuestEngine {
  /** Starts the program; turns are told from then on, never before this returns. */
  readonly start: (text: string, onTurn: (turn: Turn) => void) => void
}

export const makeQuickJsEngine = (guest: QuickJsGuest, program: SandboxProgram): QuickJsEngine => {
  const { limits } = program
  const mostChars = maxTurnChars(limits)
  let queue: Array<string> = []
  let onTurn: (turn: Turn) => void = () => {}
  let started = false
  let waiting = false
  let over = false
  /** When the host's other work last had its turn. */
  let yieldedAt = performance.now()

  /** Milliseconds the next turn may take: the turn's own limit, or what is left of the run's processor time. */
  const allowance = () => Math.max(1, Math.min(limits.turnMs, Math.ceil(limits.cpuMs - guest.cpuUs / 1_000)))

  const carryOut = (text: string) =>
    started ? guest.operate(text, allowance()) : guest.start(program.javascript, text, allowance())

  const work = () => {
    waiting = false
    if (over || queue.length === 0) return
    const until = performance.now() + sliceMs
    let done = 0
    let fault: Turn["fault"]
    do {
      fault = carryOut(queue[done++]!)
      started = true
    } while (fault === "none" && done < queue.length && performance.now() < until)
    queue = queue.slice(done)
    const collected = guest.collect(fault)
    const tooMuch = collected.text.length > mostChars
    if (tooMuch || collected.fault !== "none") queue = []
    const text = tooMuch ? "" : collected.text
    onTurn({ done, cpuUs: guest.cpuUs, fault: tooMuch ? "too-much" : collected.fault, detail: "", text })
    schedule()
  }

  /** A microtask is cheap, and a chain of them starves everybody else: now and then the way goes through a task. */
  const schedule = () => {
    if (waiting || over || queue.length === 0) return
    waiting = true
    if (performance.now() - yieldedAt < sliceMs) return queueMicrotask(work)
    soon(() => {
      yieldedAt = performance.now()
      work()
    })
  }

  return {
    start: (text, listener) => {
      onTurn = listener
      queue.push(text)
      schedule()
    },
    operate: (texts) => {
      for (const text of texts) queue.push(text)
      schedule()
    },
    residentMb: () => guest.memoryMb,
    leave: () => {
      over = true
      queue = []
    }
  }
}
