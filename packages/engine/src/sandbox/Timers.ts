// The guest's timers on the host's clock. They fire in the order of the guest's own clock, which a run can repeat, one at a
// time and while the guest rests (a turn may set an earlier one), and never before the real time that was asked for.

export interface Timers {
  /** `due` orders the timers; it is on the guest's clock. */
  readonly set: (id: number, delayMs: number, due: number) => void
  readonly clear: (id: number) => void
  readonly pending: () => number
  /** Fires the next timer if it is due and the guest rests. To be called whenever the guest comes to rest. */
  readonly ring: () => void
  readonly stop: () => void
}

interface Timer {
  readonly id: number
  readonly due: number
  readonly realDue: number
}

const longest = 2_147_483_647

export const makeTimers = (resting: () => boolean, fire: (id: number) => void): Timers => {
  let timers: Array<Timer> = []
  let alarm: ReturnType<typeof setTimeout> | undefined
  const arm = () => {
    clearTimeout(alarm)
    const head = timers[0]
    if (head === undefined) return
    alarm = setTimeout(ring, Math.min(longest, Math.max(0, Math.ceil(head.realDue - performance.now()))))
  }
  const ring = () => {
    if (timers.length === 0 || !resting()) return
    if (timers[0]!.realDue > performance.now() + 0.5) return arm()
    const { id } = timers.shift()!
    arm()
    fire(id)
  }
  return {
    set: (id, delayMs, due) => {
      const timer = { id, due, realDue: performance.now() + delayMs }
      const at = timers.findIndex((other) => other.due > due)
      timers.splice(at < 0 ? timers.length : at, 0, timer)
      if (timers[0] === timer) arm()
    },
    clear: (id) => {
      const at = timers.findIndex((timer) => timer.id === id)
      if (at < 0) return
      timers.splice(at, 1)
      if (at === 0) arm()
    },
    pending: () => timers.length,
    ring,
    stop: () => {
      timers = []
      clearTimeout(alarm)
    }
  }
}
