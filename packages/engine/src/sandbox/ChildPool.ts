// The sandbox processes: one run at a time each, one spare kept warm so that the run after a kill finds a process ready,
// all of them released when nothing has run for a while. Runs beyond the number of processes wait in order.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { realpathSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { agentRuns } from "../RunLimits.ts"
import { defaultLimits, SandboxUnavailable } from "./Sandbox.ts"
import { drop, leaseOf, startMember, type Lease, type Member, type MemberEvents } from "./PoolMember.ts"
import { defaultEntry } from "./SandboxProcess.ts"

interface PoolOptions {
  /** Path of the child's entry, with symbolic links resolved. */
  readonly entry: string
  /** Runs at the same time. */
  readonly concurrency: number
  /** Processes end after this many milliseconds without any run. */
  readonly idleReleaseMs: number
  /** A process is replaced after this many runs. */
  readonly runsPerProcess: number
  /** Heap limit of the isolates that are kept warm before the first run, in MiB. */
  readonly memoryMb: number
}

interface Pool {
  /** Asks for a process. Exactly one of the two is called, unless the returned function is called first. */
  readonly request: (grant: (lease: Lease) => void, refuse: (detail: string) => void) => () => void
  /** Starts a process if there is none; one that nobody uses is released like any other. */
  readonly warm: () => void
  /** Processes alive now. */
  readonly size: () => number
  readonly close: () => void
}

interface Waiter {
  readonly grant: (lease: Lease) => void
  readonly refuse: (detail: string) => void
}

/** A process that holds more than this between runs, in MiB, is replaced. */
const wornMb = 256
/** Processes that the last runs did not need are ended after this long. */
const trimMs = 5_000

/** How often something happens that keeps the host alive while somebody waits for a process, in milliseconds. */
const holdMs = 60_000

/** The processes themselves never keep the host alive, but somebody who waits for one does. */
const holding = (grant: (lease: Lease) => void, refuse: (detail: string) => void) => {
  const hold = setInterval(() => {}, holdMs)
  const letGo = () => clearInterval(hold)
  const waiter: Waiter = {
    grant: (lease) => {
      letGo()
      grant(lease)
    },
    refuse: (detail) => {
      letGo()
      refuse(detail)
    }
  }
  return { waiter, letGo }
}

const makePool = (options: PoolOptions): Pool => {
  // Idle members stand in the order in which they came to rest. The last one is taken: its memory is still in the caches,
  // and it has made its next isolate while the answer was on its way.
  const members = new Set<Member>()
  const waiters: Array<Waiter> = []
  let closed = false
  let failedStarts = 0
  let peak = 0
  let releasing: ReturnType<typeof setTimeout> | undefined
  let trimming: ReturnType<typeof setTimeout> | undefined

  const having = (state: Member["state"]) => [...members].filter((member) => member.state === state)
  const refuseAll = (detail: string) => {
    for (const waiter of waiters.splice(0)) waiter.refuse(detail)
  }
  const remove = (member: Member) => {
    members.delete(member)
    drop(member)
  }
  const last = (member: Member) => {
    members.delete(member)
    members.add(member)
  }

  const events: MemberEvents = {
    onRest: (member, rssMb) => {
      failedStarts = 0
      if (member.runs >= options.runsPerProcess || rssMb > wornMb) {
        remove(member)
      } else {
        member.state = "idle"
        last(member)
      }
      settle()
    },
    onGone: (member, during, how) => {
      members.delete(member)
      // A process that dies while it starts may have been killed from outside: once is no news.
      if (during === "starting" && ++failedStarts > 1) {
        refuseAll(
          `the sandbox process ended while it started (${how}): install the package again, or run \`executor doctor\``
        )
      }
      settle()
    },
    onUnavailable: (member, detail) => {
      members.delete(member)
      refuseAll(detail)
    }
  }
  const spawn = () => {
    try {
      members.add(startMember(options, events))
    } catch (error) {
      refuseAll(error instanceof Error ? error.message : String(error))
    }
  }

  /** Hands idle processes to whoever waits, and starts the processes that are missing. */
  const settle = () => {
    for (const member of having("idle").reverse()) {
      if (waiters.length === 0 || having("busy").length >= options.concurrency) break
      last(member)
      waiters.shift()!.grant(leaseOf(member, events))
    }
    const busy = having("busy").length
    const idle = having("idle").length
    peak = Math.max(peak, busy)
    // The first process starts alone; the spare follows once it is there, and not while processes fail to start.
    const spare = busy + idle > 0 && failedStarts === 0 ? 1 : 0
    const wanted = Math.min(options.concurrency, busy + waiters.length) + spare
    // Those that are throwing a guest away will be idle within a moment.
    const coming = having("starting").length + having("leaving").length
    for (let have = busy + idle + coming; have < wanted && !closed; have++) spawn()
    clearTimeout(releasing)
    if (busy + waiters.length > 0) return
    releasing = setTimeout(() => having("idle").forEach(remove), options.idleReleaseMs).unref()
    trimming ??= setTimeout(trim, trimMs).unref()
  }
  const trim = () => {
    trimming = undefined
    const idle = having("idle")
    idle.slice(0, Math.max(0, idle.length - peak - 1)).forEach(remove)
    peak = having("busy").length
  }

  return {
    request: (grant, refuse) => {
      const { letGo, waiter } = holding(grant, refuse)
      if (closed) {
        waiter.refuse("the sandbox has been closed")
      } else {
        waiters.push(waiter)
        settle()
      }
      return () => {
        letGo()
        const at = waiters.indexOf(waiter)
        if (at >= 0) waiters.splice(at, 1)
      }
    },
    warm: () => {
      if (members.size === 0 && !closed) spawn()
    },
    size: () => members.size,
    close: () => {
      closed = true
      clearTimeout(releasing)
      clearTimeout(trimming)
      members.forEach(remove)
      refuseAll("the sandbox has been closed")
    }
  }
}

export interface ChildPoolOptions {
  /** Entry of the child process: `child.ts`, or its bundle. Default: beside this module. */
  readonly childEntry?: string | URL
  /** Runs at the same time; others wait in order. Default 5: see `agentRuns`. */
  readonly concurrency?: number
  /** Processes end after this many milliseconds without a run. Default 30,000. */
  readonly idleReleaseMs?: number
  /** A process is replaced after this many runs. Default 1,000. */
  readonly runsPerProcess?: number
  /** Heap limit for which isolates are kept ready, in MiB; runs with another one start some milliseconds later. Default 128. */
  readonly warmMemoryMb?: number
}

const entryOf = (given: string | URL | undefined): string => {
  if (given === undefined) return defaultEntry(import.meta.url)
  return given instanceof URL || given.startsWith("file:") ? fileURLToPath(given) : given
}

const make = (options: ChildPoolOptions) =>
  Effect.gen(function* () {
    const given = entryOf(options.childEntry)
    const entry = yield* Effect.try({
      try: () => realpathSync(given),
      catch: () => new SandboxUnavailable({ detail: `the sandbox's own code is missing: ${given} cannot be read` })
    })
    const pool = yield* Effect.acquireRelease(
      Effect.sync(() =>
        makePool({
          entry,
          concurrency: Math.max(1, options.concurrency ?? agentRuns + 1),
          idleReleaseMs: options.idleReleaseMs ?? 30_000,
          runsPerProcess: options.runsPerProcess ?? 1_000,
          memoryMb: options.warmMemoryMb ?? defaultLimits.memoryMb
        })
      ),
      (pool) => Effect.sync(pool.close)
    )
    return ChildPool.of(pool)
  })

/** Building its layer starts nothing; closing it kills every process. */
export class ChildPool extends Context.Service<ChildPool, Omit<Pool, "close">>()(
  "@executor-v2/engine/sandbox/ChildPool"
) {
  static readonly layer = (options: ChildPoolOptions = {}): Layer.Layer<ChildPool, SandboxUnavailable> =>
    Layer.effect(ChildPool, make(options))
}
