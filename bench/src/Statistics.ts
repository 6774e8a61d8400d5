// Numbers out of repeated measurements. Machines are noisy: figures are medians, taken in turn with their floors.

const sorted = (values: ReadonlyArray<number>): ReadonlyArray<number> => [...values].sort((a, b) => a - b)

/** The value below which a share of the others lies (nearest rank). `NaN` of nothing. */
export const quantile = (values: ReadonlyArray<number>, share: number): number => {
  const order = sorted(values)
  return order[Math.max(0, Math.ceil(share * order.length) - 1)] ?? Number.NaN
}

/** Middle value; the mean of the two middle ones of an even number. `NaN` of nothing. */
export const median = (values: ReadonlyArray<number>): number => {
  const order = sorted(values)
  const middle = order.length / 2
  if (order.length === 0) return Number.NaN
  return order.length % 2 === 1 ? order[Math.floor(middle)]! : (order[middle - 1]! + order[middle]!) / 2
}

/** Milliseconds that something takes. */
export const timed = async (work: () => unknown): Promise<number> => {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}

/** What is measured in one round: it gives its own figure. */
export type Probe = () => Promise<number>

/**
 * Takes all probes in turn, round by round, so that a change of the machine's mood meets all of them. The first
 * `warmUp` rounds are thrown away.
 */
export const interleaved = async <K extends string>(
  rounds: number,
  probes: Readonly<Record<K, Probe>>,
  warmUp = 1
): Promise<Readonly<Record<K, ReadonlyArray<number>>>> => {
  const names = Object.keys(probes) as Array<K>
  const figures = Object.fromEntries(names.map((name) => [name, [] as Array<number>])) as Record<K, Array<number>>
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of names) {
      const figure = await probes[name]()
      if (round >= 0) figures[name].push(figure)
    }
  }
  return figures
}
