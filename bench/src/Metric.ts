// One figure with its floor and its goal, and the judgement whether it is reached.
import { median, quantile } from "./Statistics.ts"

/** What must hold; every part that is given. Without any part the figure is only reported. */
export interface Goal {
  readonly atMost?: number
  readonly atLeast?: number
  /** Of value / floor. */
  readonly ratioAtMost?: number
  readonly ratioAtLeast?: number
  /** Of value - floor. */
  readonly overFloorAtMost?: number
}

/** One line of output. */
export interface Metric {
  readonly suite: string
  readonly metric: string
  readonly unit: string
  /** `null` when it could not be measured; `error` then says why. */
  readonly value: number | null
  readonly p95?: number
  readonly floor?: number
  readonly ratio?: number
  readonly goal: string
  readonly ok: boolean
  readonly error?: string
}

/** A measurement: many samples (the median counts) or one number. */
export type Figure = number | ReadonlyArray<number>

const rounded = (value: number): number => Number(value.toPrecision(4))
const middle = (figure: Figure): number => (typeof figure === "number" ? figure : median(figure))
const high = (figure: Figure): number => (typeof figure === "number" ? figure : quantile(figure, 0.95))

/** The goal in words. */
export const goalText = (goal: Goal, unit: string): string => {
  const parts = [
    goal.atMost === undefined ? "" : `≤ ${goal.atMost} ${unit}`,
    goal.atLeast === undefined ? "" : `≥ ${goal.atLeast} ${unit}`,
    goal.ratioAtMost === undefined ? "" : `≤ ${goal.ratioAtMost} × floor`,
    goal.ratioAtLeast === undefined ? "" : `≥ ${goal.ratioAtLeast} × floor`,
    goal.overFloorAtMost === undefined ? "" : `≤ floor + ${goal.overFloorAtMost} ${unit}`
  ].filter((part) => part !== "")
  return parts.length === 0 ? "reported" : parts.join(", ").trimEnd()
}

/** A comparison with what was not measured (`NaN`) never holds. */
const holds = (goal: Goal, value: number, floor: number): boolean =>
  Number.isFinite(value) &&
  (goal.atMost === undefined || value <= goal.atMost) &&
  (goal.atLeast === undefined || value >= goal.atLeast) &&
  (goal.ratioAtMost === undefined || value / floor <= goal.ratioAtMost) &&
  (goal.ratioAtLeast === undefined || value / floor >= goal.ratioAtLeast) &&
  (goal.overFloorAtMost === undefined || value - floor <= goal.overFloorAtMost)

/** Judges a figure. */
export const judge = (
  suite: string,
  metric: string,
  unit: string,
  figure: Figure,
  given: { readonly floor?: Figure; readonly goal?: Goal } = {}
): Metric => {
  const { floor, goal = {} } = given
  const value = middle(figure)
  const beneath = floor === undefined ? Number.NaN : middle(floor)
  return {
    suite,
    metric,
    unit,
    value: Number.isFinite(value) ? rounded(value) : null,
    ...(typeof figure === "number" || figure.length < 5 ? {} : { p95: rounded(high(figure)) }),
    ...(floor === undefined ? {} : { floor: rounded(beneath), ratio: rounded(value / beneath) }),
    goal: goalText(goal, unit),
    ok: holds(goal, value, beneath)
  }
}

/** A suite that broke: never reached, whatever its goal was. */
export const broken = (suite: string, error: unknown): Metric => ({
  suite,
  metric: "the suite itself",
  unit: "",
  value: null,
  goal: "runs to its end",
  ok: false,
  error: error instanceof Error ? error.message : String(error)
})
