// What a gate hands back: what it looked at and what it found. A gate that looked at nothing has not passed.

export interface Violation {
  /** Path from the root of the repository, with forward slashes. */
  readonly file: string
  /** Counted from 1. */
  readonly line?: number | undefined
  /** What is wrong and what to do about it. */
  readonly message: string
}

export interface Report {
  readonly gate: string
  readonly inspected: number
  /** What was counted, in the plural: "modules". */
  readonly unit: string
  readonly violations: ReadonlyArray<Violation>
}

/** A finished report. Nothing inspected is a violation by itself: otherwise a wrong path would pass for good. */
export const report = (
  gate: string,
  unit: string,
  inspected: number,
  violations: ReadonlyArray<Violation>
): Report => ({
  gate,
  inspected,
  unit,
  violations:
    inspected > 0
      ? violations
      : [...violations, { file: ".", message: `the gate "${gate}" inspected no ${unit}: it looks in the wrong place` }]
})

/** One line per violation, in the form that editors and terminals make clickable. */
export const render = ({ file, line, message }: Violation): string =>
  line === undefined ? `${file}  ${message}` : `${file}:${line}  ${message}`
