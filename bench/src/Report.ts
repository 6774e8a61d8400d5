// How figures are shown: one JSON line each, or a table for people.
import type { Metric } from "./Metric.ts"

/** One metric as one line of JSON. */
export const jsonLine = (metric: Metric): string => JSON.stringify(metric)

const cells = ({ suite, metric, unit, value, p95, floor, ratio, goal, ok, error }: Metric): ReadonlyArray<string> => [
  suite,
  metric,
  value === null ? "not measured" : `${value} ${unit}`.trimEnd(),
  p95 === undefined ? "" : String(p95),
  floor === undefined ? "" : String(floor),
  ratio === undefined ? "" : `${ratio} ×`,
  goal,
  goal === "reported" && ok
    ? ""
    : ok
      ? "yes"
      : error === undefined
        ? "NO"
        : `NO: ${error.split("\n")[0]!.slice(0, 200)}`
]

const titles = ["suite", "metric", "value", "p95", "floor", "ratio", "goal", "ok"]

/** All metrics as an aligned table. */
export const table = (metrics: ReadonlyArray<Metric>): string => {
  const rows = [titles, ...metrics.map(cells)]
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

/** 1 when a suite broke, or when a goal was missed and that is to count; else 0. */
export const exitCode = (metrics: ReadonlyArray<Metric>, strict: boolean): 0 | 1 =>
  metrics.some((metric) => metric.value === null || (strict && !metric.ok)) ? 1 : 0
