// Guests on isolated-vm, inside the sandbox process: each is one isolate used for one run and thrown away.
// The guest holds nothing of ours. We hold one Reference, call it with text under a timeout, and read back text:
// no callback, Reference or copy of an object ever crosses, and a turn's microtasks run inside its timeout.
import type ivm from "isolated-vm"
import type { Fault } from "./GuestProtocol.ts"
import { prelude } from "./Prelude.ts"

export type Engine = typeof ivm

/** How a turn ended, with the engine's own words where they help. */
export interface TurnEnd {
  readonly fault: Fault
  readonly detail: string
}

const ended: TurnEnd = { fault: "none", detail: "" }

/** Milliseconds that handing over the collected text may take. It runs no agent code, so this is never reached. */
const collectMs = 5_000
/** The same for a guest that a timeout stopped: what it left undone is agent code, and may begin again. */
const stoppedMs = 50

/** Turns longer than this, in milliseconds, may have used more memory than they should. */
const heavyTurnMs = 20

/** A timeout is noticed no earlier than this before its time, in milliseconds. */
const slackMs = 5

const source = `(function () {${prelude}})()`
/** V8's own compilation of the prelude, made once per process: an isolate costs 2 ms with it, 3.2 without. */
let compiled: ivm.ExternalCopy<ArrayBuffer> | undefined

export class Guest {
  readonly memoryMb: number
  readonly #isolate: ivm.Isolate
  readonly #context: ivm.Context
  readonly #turn: ivm.Reference<(text: string, main?: unknown) => string | undefined>

  constructor(engine: Engine, memoryMb: number) {
    this.memoryMb = memoryMb
    // After a catastrophic error nothing in this process can be trusted: end it, the host sees that.
    const onCatastrophicError = () => process.kill(process.pid, "SIGKILL")
    this.#isolate = new engine.Isolate({ memoryLimit: Math.max(8, memoryMb), onCatastrophicError })
    this.#context = this.#isolate.createContextSync()
    const script = this.#isolate.compileScriptSync(source, {
      filename: "sandbox.js",
      ...(compiled === undefined ? { produceCachedData: true } : { cachedData: compiled })
    })
    if (compiled === undefined && "cachedData" in script) compiled = script.cachedData as typeof compiled
    this.#turn = script.runSync(this.#context, { reference: true, timeout: 10_000, release: true })
  }

  /** Microseconds of processor time so far. */
  get cpuUs(): number {
    return this.#isolate.isDisposed ? 0 : Number(this.#isolate.cpuTime / 1_000n)
  }

  /** Compiles the program as the body of a strict async function and starts it. */
  start(javascript: string, start: string, turnMs: number): TurnEnd {
    const began = performance.now()
    let main: ivm.Reference<unknown>
    try {
      main = this.#context.evalSync(`(async function () {"use strict"\n${javascript}\n})`, {
        reference: true,
        filename: "code.js",
        lineOffset: -1,
        timeout: turnMs
      })
    } catch (error) {
      if (error instanceof SyntaxError) return { fault: "syntax", detail: error.message.slice(0, 2_000) }
      return this.#endOf(error, performance.now() - began >= turnMs - slackMs)
    }
    const left = Math.max(1, Math.ceil(turnMs - (performance.now() - began)))
    return this.#enter(left, start, main.derefInto({ release: true }))
  }

  /** One operation: a reply or a timer. */
  operate(text: string, turnMs: number): TurnEnd {
    return this.#enter(turnMs, text)
  }

  /**
   * Ends a slice of turns: what the guest has said since the last time, and how the slice really ended. A guest that
   * was stopped can still tell what it had to say, unless memory has ended it.
   */
  collect(end: TurnEnd): { readonly text: string; readonly end: TurnEnd } {
    const stopped = end.fault !== "none"
    if (this.#isolate.isDisposed) return { text: "", end: { fault: "memory", detail: "" } }
    try {
      const text = this.#turn.applySync(undefined, [""], { timeout: stopped ? stoppedMs : collectMs })
      return { text: typeof text === "string" ? text : "", end }
    } catch (error) {
      if (stopped) return { text: "", end }
      const { fault } = this.#endOf(error, true)
      return { text: "", end: { fault: fault === "none" ? "crash" : fault, detail: "" } }
    }
  }

  dispose(): void {
    if (!this.#isolate.isDisposed) this.#isolate.dispose()
  }

  /** At its limit a heap is mostly collected, not used: what such a turn lacked was memory, not time. */
  #full(share = 0.85): boolean {
    try {
      const { externally_allocated_size, used_heap_size } = this.#isolate.getHeapStatisticsSync()
      return used_heap_size + externally_allocated_size > share * 1_048_576 * this.memoryMb
    } catch {
      return false
    }
  }

  #enter(turnMs: number, text: string, main?: ivm.Dereference<unknown>): TurnEnd {
    const began = performance.now()
    try {
      this.#turn.applySync(undefined, [text, main], { timeout: turnMs })
      // The engine's own limit is soft: one native call can go far beyond it and come back. Looking costs 10 µs, and
      // nothing grows that much in less than this.
      return performance.now() - began > heavyTurnMs && this.#full(1) ? { fault: "memory", detail: "" } : ended
    } catch (error) {
      return this.#endOf(error, performance.now() - began >= turnMs - slackMs)
    }
  }

  /**
   * What an error of the engine means. Our own guest code never throws, but after a turn the engine throws the first
   * promise rejection that nobody handles: its text is the agent's, so no text alone decides anything here.
   */
  #endOf(error: unknown, late: boolean): TurnEnd {
    if (this.#isolate.isDisposed) return { fault: "memory", detail: "" }
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    if (late && text === "Error: Script execution timed out.")
      return { fault: this.#full() ? "memory" : "timeout", detail: "" }
    return { fault: "none", detail: text.slice(0, 500) }
  }
}
