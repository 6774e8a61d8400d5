// The wall clock of one run. It counts only while the guest can go on by itself: while code runs or a timer is pending.
// While nothing but host calls is open it stands still, because the time is then an upstream's or a human's.

export interface RunClock {
  /** Tells the clock whether it should be counting from now on. */
  readonly count: (counting: boolean) => void
  /** Milliseconds counted so far. */
  readonly elapsed: () => number
}

export const makeRunClock = (now: () => number): RunClock => {
  let total = 0
  let since: number | undefined
  return {
    count: (counting) => {
      if (counting === (since !== undefined)) return
      if (since === undefined) {
        since = now()
      } else {
        total += now() - since
        since = undefined
      }
    },
    elapsed: () => total + (since === undefined ? 0 : now() - since)
  }
}
