// What a suite is, and what it gets.
import { judge, type Figure, type Goal, type Metric } from "./Metric.ts"

export interface Bench {
  /** Judges a figure and shows it. */
  readonly report: (metric: string, unit: string, figure: Figure, given?: { floor?: Figure; goal?: Goal }) => void
  /** Tells a person what is being done. */
  readonly say: (text: string) => void
  /** Undoes something when the suite is over, however it ends; last first. */
  readonly defer: (undo: () => unknown) => void
}

export interface Suite {
  readonly name: string
  /** One sentence: what it measures. */
  readonly about: string
  /** Runs only when named: it takes minutes, or the network. */
  readonly onlyWhenNamed?: true
  readonly run: (bench: Bench) => Promise<void>
}

/** Runs a suite to its end and undoes what it left. */
export const runSuite = async (
  suite: Suite,
  onMetric: (metric: Metric) => void,
  say: (text: string) => void
): Promise<void> => {
  const undos: Array<() => unknown> = []
  try {
    await suite.run({
      report: (metric, unit, figure, given) => onMetric(judge(suite.name, metric, unit, figure, given)),
      say,
      defer: (undo) => undos.push(undo)
    })
  } finally {
    for (const undo of undos.toReversed()) await undo()
  }
}
