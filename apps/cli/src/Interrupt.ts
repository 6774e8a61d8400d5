// Ctrl-C and its kin while a command works: once means "stop in order", twice means "now".
import { constants } from "node:os"

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** What stops the work that is going on, while some is. */
let stopping: (() => void) | undefined

/** Ends the program because nobody reads it any more; work that is going on is stopped in order. */
export const endUnread = (): void => {
  if (stopping === undefined) process.exit()
  stopping()
}

/**
 * Calls back with the exit code that the signal asks for (130 for Ctrl-C); a second signal ends the process. Returns what
 * takes the listeners away again.
 */
export const onInterrupt = (stop: (exitCode: number) => void): (() => void) => {
  let asked = false
  stopping = () => {
    if (asked) return
    asked = true
    stop(0)
  }
  const hear = (signal: NodeJS.Signals) => {
    const exitCode = 128 + constants.signals[signal]
    if (asked) process.exit(exitCode)
    asked = true
    stop(exitCode)
  }
  for (const signal of signals) process.on(signal, hear)
  return () => {
    stopping = undefined
    for (const signal of signals) process.off(signal, hear)
  }
}
