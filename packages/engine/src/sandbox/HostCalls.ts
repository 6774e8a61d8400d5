// The open tool calls of one run, on the host's side: started a few at a time so that a flood never holds the event
// loop, bounded in number, and answered in batches. Only allow-listed JSON goes back; a defect of ours never does.
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { replyText } from "./GuestProtocol.ts"
import type { CallReply, SandboxHost } from "./Sandbox.ts"

export interface HostCalls {
  readonly add: (id: number, path: string, argsJson: string) => void
  /** Calls that the guest still waits for, started or not. */
  readonly open: () => number
  /** Calls handed to the host so far. */
  readonly started: () => number
  /** Starts what waits, if there is room again. */
  readonly pump: () => void
  /** Forgets the calls that were not started, and lets the others end unheard. */
  readonly mute: () => void
  /** Interrupts what is open and waits until it has ended. */
  readonly interrupt: Effect.Effect<void>
}

export interface HostCallsOptions {
  readonly host: SandboxHost
  readonly context: Context.Context<never>
  readonly callResultChars: number
  /** Calls that the host works on at the same time. */
  readonly inFlight: number
  readonly deliver: (operations: ReadonlyArray<string>) => void
  /** The guest's side has so much unread that nothing more should be started. */
  readonly congested: () => boolean
  /** A call has ended and nobody is to be told. */
  readonly onQuiet: () => void
}

/** Longest stretch, in milliseconds, for which starting calls may hold the event loop. */
const sliceMs = 2

/** Node's, where the host is Node: a timeout waits for a millisecond there. */
const { setImmediate: immediately } = globalThis as { readonly setImmediate?: (act: () => void) => unknown }

/** After what can be read now has been read, and other work has had its turn. */
export const soon = (act: () => void): void => {
  if (immediately === undefined) setTimeout(act, 0)
  else immediately(act)
}

const failure = (code: string, message: string): CallReply => ({
  ok: false,
  json: JSON.stringify({ code, message, retryable: false })
})

const bounded = (path: string, reply: CallReply, limit: number): CallReply =>
  reply.json.length <= limit
    ? reply
    : failure(
        "result_too_large",
        `the result of tools.${path} is ${reply.json.length} characters of JSON, and at most ${limit} may enter the code: ` +
          "ask the tool for less (a page, a filter, fewer fields)"
      )

export const makeHostCalls = (options: HostCallsOptions): HostCalls => {
  const fork = Effect.runForkWith(options.context)
  const fibers = new Set<Fiber.Fiber<CallReply>>()
  let waiting: Array<{ readonly id: number; readonly path: string; readonly argsJson: string }> = []
  let next = 0
  let started = 0
  let muted = false
  let pumping = false
  let replies: Array<string> = []

  const flush = () => {
    const operations = replies
    replies = []
    if (muted) options.onQuiet()
    else options.deliver(operations)
  }
  const answer = (id: number, path: string, exit: Exit.Exit<CallReply>) => {
    const reply = Exit.isSuccess(exit) ? exit.value : failure("internal", "the tool call failed inside the host")
    if (replies.push(replyText(id, bounded(path, reply, options.callResultChars))) === 1) queueMicrotask(flush)
  }
  const begin = ({ id, path, argsJson }: (typeof waiting)[number]) => {
    started++
    const fiber = fork(options.host.call(path, argsJson))
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return answer(id, path, exit)
    fibers.add(fiber)
    fiber.addObserver((ended) => {
      fibers.delete(fiber)
      answer(id, path, ended)
      pump()
    })
  }
  const pump = () => {
    if (pumping) return
    pumping = true
    const until = performance.now() + sliceMs
    while (next < waiting.length && fibers.size < options.inFlight && !options.congested()) {
      begin(waiting[next++]!)
      if (performance.now() > until) {
        soon(pump)
        break
      }
    }
    if (next === waiting.length) {
      waiting = []
      next = 0
    }
    pumping = false
  }
  const mute = () => {
    muted = true
    waiting = []
    next = 0
  }
  return {
    add: (id, path, argsJson) => {
      waiting.push({ id, path, argsJson })
    },
    open: () => waiting.length - next + fibers.size + replies.length,
    started: () => started,
    pump,
    mute,
    interrupt: Effect.suspend(() => {
      mute()
      // A call that ends its own run is not among the fibers before it has given way.
      return Effect.andThen(
        Effect.yieldNow,
        Effect.suspend(() => Fiber.interruptAll([...fibers]))
      )
    })
  }
}
