// One run as the host leads it: it reads what the guest says, starts its calls, keeps its clocks, and decides how it ended.
// It trusts nothing that comes from the guest's engine and knows no particular one: an engine takes operations, answers
// with turns, and can be thrown away.
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { parseTurn, timerText, type Fault, type GuestRecord, type Turn } from "./GuestProtocol.ts"
import { makeHostCalls, soon } from "./HostCalls.ts"
import { ended, refused, threw } from "./Endings.ts"
import { makeRunClock } from "./RunClock.ts"
import { makeRunLogs } from "./RunLogs.ts"
import type { EndReason, SandboxHost, SandboxOutcome, SandboxProgram, SandboxResult } from "./Sandbox.ts"
import { makeTimers } from "./Timers.ts"
import { makeUnread } from "./Unread.ts"

/** What a run needs of the engine that carries it. The engine has been given the start operation already. */
export interface GuestEngine {
  readonly operate: (texts: ReadonlyArray<string>) => void
  /** Memory of the engine's process in MiB, 0 where it is not known. */
  readonly residentMb: () => number
  /** The run is over; with `kill` the engine cannot be trusted or will not come back, and is ended at once. */
  readonly leave: (kill: boolean) => void
}

export interface GuestRunOptions {
  readonly program: SandboxProgram
  readonly host: SandboxHost
  /** Services and references under which the host's calls run. */
  readonly context: Context.Context<never>
  readonly engine: GuestEngine
  readonly onEnd: (result: SandboxResult) => void
}

export interface GuestRun {
  readonly onTurn: (turn: Turn) => void
  /** The engine has stopped by itself; `memory` when that is the likely cause. */
  readonly onGone: (reason: "memory" | "crashed") => void
  /** Ends the run without telling anybody. */
  readonly abandon: () => void
  /** Interrupts the calls that are still open, and waits for them. */
  readonly interruptCalls: Effect.Effect<void>
}

/** How often clocks and memory are looked at. A run shorter than this is never looked at. */
const tickMs = 25
/**
 * An engine that has not come back this long after a turn's limit never will: it is inside a native loop. Long enough for
 * one that stands back behind others on a busy machine: with it would go what the code has said.
 */
const graceMs = 1_000
/** How long calls that were not awaited may go on after the code has returned. */
const settleMs = 2_000
/** Characters of operations that may lie unread on the guest's side before no further call is started. */
const unreadChars = 16 * 1024 * 1024

/** Why a turn's fault ends the run; a program that does not compile has thrown, and ends by itself. */
const reasonOf = (fault: Fault, spent: boolean): EndReason | undefined => {
  if (fault === "timeout") return spent ? "cpu-timeout" : "turn-timeout"
  if (fault === "memory" || fault === "too-much") return "memory"
  return fault === "crash" ? "crashed" : undefined
}

export const makeGuestRun = (options: GuestRunOptions): GuestRun => {
  const { engine, program } = options
  const { limits } = program
  const logs = makeRunLogs(limits)
  const clock = makeRunClock(() => performance.now())
  const unread = makeUnread()
  let lastCall = 0
  let cpuUs = 0
  let outcome: SandboxOutcome | undefined
  let settleBy = 0
  let over = false

  const send = (texts: ReadonlyArray<string>) => {
    if (over || outcome?._tag === "Threw" || outcome?._tag === "Ended") return
    unread.given(texts)
    engine.operate(texts)
    step()
  }
  const timers = makeTimers(
    () => !unread.busy(),
    (id) => send([timerText(id)])
  )
  const calls = makeHostCalls({
    host: options.host,
    context: options.context,
    callResultChars: limits.callResultChars,
    inFlight: limits.inFlight ?? 128,
    deliver: send,
    congested: () => unread.chars() > unreadChars,
    onQuiet: () => step()
  })

  const leave = (kill: boolean) => {
    over = true
    clearInterval(ticking)
    timers.stop()
    engine.leave(kill)
  }
  const conclude = (kill: boolean) => {
    const [started, open] = [calls.started(), calls.open()]
    leave(kill)
    const { lines, truncated } = logs
    const told = { logs: lines, logsTruncated: truncated(), calls: started, openCalls: open, cpuMs: cpuUs / 1_000 }
    options.onEnd({ outcome: outcome!, ...told })
  }
  /** Ends the run now. The first outcome stands: code that has returned has returned, whatever its left-overs do. */
  const end = (reason: EndReason, kill: boolean) => {
    if (over) return
    outcome ??= ended(reason, limits)
    conclude(kill)
  }
  const decide = (decided: SandboxOutcome) => {
    if (outcome !== undefined) return
    outcome = decided
    settleBy = performance.now() + settleMs
    timers.stop()
    // Code that threw is not gone on with: its other calls may end, and nobody hears them.
    if (decided._tag !== "Returned") calls.mute()
  }

  const heed = (record: GuestRecord) => {
    switch (record._tag) {
      case "Call":
        if (record.id !== ++lastCall) throw new RangeError("calls are counted from one")
        if (record.id > limits.calls) return decide(ended("call-cap", limits))
        return calls.add(record.id, record.path, record.argsJson)
      case "Log":
        return logs.add(record.line)
      case "LogsCut":
        return logs.cut()
      case "TimerSet":
        return outcome === undefined ? timers.set(record.id, record.delayMs, record.due) : undefined
      case "TimerCleared":
        return timers.clear(record.id)
      case "Returned":
        return decide(
          (record.json?.length ?? 0) > limits.resultChars
            ? ended("result-too-large", limits)
            : { _tag: "Returned", json: record.json }
        )
      case "Threw":
        return decide(threw(record.json))
      case "ResultTooLarge":
        return decide(ended("result-too-large", limits))
      case "CallCap":
        return decide(ended("call-cap", limits))
    }
  }

  /** The clock runs while the guest can go on by itself. */
  const count = () => clock.count(outcome === undefined && (unread.busy() || timers.pending() > 0))

  /** Looks at where the run stands after anything has happened. */
  const step = () => {
    if (over) return
    const busy = unread.busy()
    const open = calls.open()
    count()
    if (outcome === undefined) {
      if (!busy && open === 0 && timers.pending() === 0) return end("never-settles", false)
      if (!busy) timers.ring()
    } else if (outcome._tag === "Ended" || (open === 0 && (!busy || outcome._tag === "Threw"))) {
      conclude(false)
    }
  }

  const onTurn = (turn: Turn) => {
    if (over) return
    unread.done(turn.done)
    cpuUs = Math.max(cpuUs, turn.cpuUs)
    try {
      for (const record of parseTurn(turn.text)) heed(record)
    } catch {
      return end("crashed", true)
    }
    if (turn.fault === "none" && turn.detail !== "")
      logs.add(`[error] nobody handled a rejected promise: ${turn.detail}`)
    if (turn.fault === "syntax") decide(refused(turn.detail))
    const spent = cpuUs >= limits.cpuMs * 1_000
    const reason = reasonOf(turn.fault, spent)
    if (reason !== undefined) return end(reason, true)
    if (outcome === undefined && spent) return end("cpu-timeout", false)
    // What a host does while it starts calls is not the guest's time.
    count()
    calls.pump()
    step()
  }

  const overdue = () => unread.silentFor(limits.turnMs + graceMs)
  const tick = () => {
    if (engine.residentMb() > limits.rssMb) return end("memory", true)
    if (clock.elapsed() > limits.wallMs) return end("wall-timeout", false)
    if (outcome !== undefined && performance.now() > settleBy) return conclude(false)
    // When our own event loop was late, the engine's answer may lie unread: look again after reading.
    if (overdue()) soon(() => overdue() && end("turn-timeout", true))
  }
  const ticking = setInterval(tick, tickMs)
  clock.count(true)

  return {
    onTurn,
    onGone: (reason) => end(reason, true),
    abandon: () => {
      if (!over) leave(false)
    },
    interruptCalls: calls.interrupt
  }
}
