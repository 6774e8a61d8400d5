// Signs of life while a run goes on: one at once, one after each burst of calls, one every few seconds.

/** Milliseconds between two signs of life: clients count their patience from the last one. */
const heartbeat = 4_000
/** Milliseconds below which a further call is not worth a notification of its own. */
const burst = 1_000

export interface Progress {
  /** How many tool calls the run has made. */
  readonly calls: (count: number) => void
  readonly stop: () => void
}

/** Sends `notifications/progress` bodies until stopped. `progress` counts up by one, as the protocol demands. */
export const startProgress = (send: (progress: number, message: string) => void): Progress => {
  const startedAt = Date.now()
  let progress = 0
  let count = 0
  let told = 0
  let toldAt = startedAt
  const tell = (): void => {
    toldAt = Date.now()
    told = count
    const seconds = Math.round((toldAt - startedAt) / 1_000)
    send(++progress, count === 0 ? `running for ${seconds} s` : `running for ${seconds} s, ${count} tool calls`)
  }
  const timer = setInterval(tell, heartbeat)
  tell()
  return {
    calls: (next) => {
      count = next
      if (count > told && Date.now() - toldAt >= burst) tell()
    },
    stop: () => clearInterval(timer)
  }
}
