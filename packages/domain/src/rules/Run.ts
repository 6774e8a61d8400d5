// The life of a run: queued → running ⇄ waiting_for_input → one of the terminal states, which it never leaves.
import type { Failure, RunStatus } from "@executor-v2/schema"
import { terminalStatuses } from "@executor-v2/schema"

const moves: Partial<Record<RunStatus, ReadonlyArray<RunStatus>>> = {
  queued: ["running", "cancelled", "interrupted"],
  running: ["waiting_for_input", "completed", "failed", "timed_out", "denied", "cancelled", "interrupted"],
  waiting_for_input: ["running", "failed", "timed_out", "denied", "cancelled"]
}

/** Whether a run may go from one state to another. */
export const canMove = (from: RunStatus, to: RunStatus): boolean => moves[from]?.includes(to) ?? false

export const hasEnded = (status: RunStatus): boolean => terminalStatuses.has(status)

/**
 * Why a run that a stopped host was driving is over. Calls with effects may have happened (`open`), or have: only a run
 * without any (`effects`, which counts the open ones too) can be executed again without doing something twice.
 */
export const interruption = (open: number, effects: number): Failure => ({
  code: "interrupted",
  message:
    open > 0
      ? `the host stopped while ${open} call(s) with effects were in flight: their outcome is unknown. ` +
        "Check upstream before executing this again (executor runs show lists them)"
      : effects > 0
        ? `the host stopped after ${effects} call(s) with effects were done: executing this again would repeat them ` +
          "(executor runs show lists them)"
        : "the host stopped while this run was going on; nothing was changed, so it can be executed again",
  retryable: effects === 0
})

/** Why a run that somebody did not want any more is over. */
export const cancellation: Failure = { code: "cancelled", message: "somebody cancelled this run" }
