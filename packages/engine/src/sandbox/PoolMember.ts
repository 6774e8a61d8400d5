// One process of the pool: its life from start to stop, and the lease that a run has on it.
import { noEngine, start, type SandboxProcess, type SpawnOptions, type Stopped } from "./SandboxProcess.ts"
import type { FromChild, ToChild } from "./WireFormat.ts"

/** A process for one run. */
export interface Lease {
  /** Number of the run, which every frame of it carries. */
  readonly run: number
  readonly process: SandboxProcess
  readonly send: (message: ToChild) => void
  /** Who hears the run's frames, and the end of the process. Set before anything is sent. */
  readonly listen: (onMessage: (message: FromChild) => void, onStopped: (stopped: Stopped) => void) => void
  /** Gives the process back: at once, after its guest is thrown away, or not at all. May be called again. */
  readonly leave: (how: "as-it-is" | "dispose" | "kill") => void
}

export interface Member {
  readonly process: SandboxProcess
  state: "starting" | "idle" | "busy" | "leaving" | "gone"
  runs: number
  onMessage: (message: FromChild) => void
  onStopped: (stopped: Stopped) => void
  /** Ends the process when an answer that is due does not come. */
  alarm: ReturnType<typeof setTimeout> | undefined
}

/** What the pool hears of its members. A member that is gone says nothing more. */
export interface MemberEvents {
  /** It has started, or its guest has been thrown away: it can be leased. `rssMb` is what it still holds. */
  readonly onRest: (member: Member, rssMb: number) => void
  /** It has ended, or was ended because it did not answer; `during` is what it was doing. */
  readonly onGone: (member: Member, during: Member["state"], how: string) => void
  /** It cannot work on this machine. */
  readonly onUnavailable: (member: Member, detail: string) => void
}

/** A process that has not become ready after this long never will; behind others on a busy machine it takes its time. */
const startMs = 60_000
/** A process that has not thrown its guest away after this long is stuck in it. */
const leaveMs = 100

const guard = (member: Member, ms: number, act: () => void) => {
  clearTimeout(member.alarm)
  member.alarm = setTimeout(act, ms).unref()
}

/** Ends a member at once and for good. */
export const drop = (member: Member): void => {
  clearTimeout(member.alarm)
  member.state = "gone"
  member.process.kill()
}

const hear = (member: Member, message: FromChild, events: MemberEvents): void => {
  const rest = (rssMb: number) => {
    clearTimeout(member.alarm)
    events.onRest(member, rssMb)
  }
  if (message._tag === "Ready") {
    if (member.state === "starting") rest(0)
  } else if (message._tag === "Unavailable") {
    drop(member)
    events.onUnavailable(member, noEngine(message.detail))
  } else if (message.run !== member.runs) {
    return // of a run that is over
  } else if (member.state === "busy") {
    member.onMessage(message)
  } else if (member.state === "leaving" && message._tag === "Idle") {
    rest(message.rssMb)
  }
}

/** Starts a process. Throws when its parts are not installed. */
export const startMember = (options: SpawnOptions, events: MemberEvents): Member => {
  const process = start(options)
  const member: Member = {
    process,
    state: "starting",
    runs: 0,
    onMessage: () => {},
    onStopped: () => {},
    alarm: undefined
  }
  guard(member, startMs, () => {
    drop(member)
    events.onGone(member, "starting", `not ready after ${startMs / 1_000} s`)
  })
  process.onMessage = (message) => hear(member, message, events)
  process.onStopped = (stopped) => {
    const during = member.state
    if (during === "gone") return
    drop(member)
    if (during === "busy") member.onStopped(stopped)
    events.onGone(member, during, stopped.signal ?? `exit code ${stopped.code ?? "unknown"}`)
  }
  return member
}

/** Leases an idle member to one run. */
export const leaseOf = (member: Member, events: MemberEvents): Lease => {
  const run = ++member.runs
  let left = false
  member.state = "busy"
  return {
    run,
    process: member.process,
    send: (message) => {
      if (!left) member.process.send(message)
    },
    listen: (onMessage, onStopped) => {
      Object.assign(member, { onMessage, onStopped })
    },
    leave: (how) => {
      if (left) return
      left = true
      if (member.state !== "busy") return
      if (how === "as-it-is") return events.onRest(member, 0)
      if (how === "kill") {
        drop(member)
        return events.onGone(member, "busy", "killed")
      }
      member.state = "leaving"
      // The answer leaves first: waking the process costs more than telling the caller.
      setImmediate(() => {
        if (member.state === "leaving" && member.runs === run) member.process.send({ _tag: "Dispose", run })
      })
      guard(member, leaveMs, () => {
        drop(member)
        events.onGone(member, "leaving", "stuck")
      })
    }
  }
}
