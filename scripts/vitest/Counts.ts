// A Vitest reporter that only counts, and writes the figures where scripts/tasks/test.ts reads them.
import { writeFileSync } from "node:fs"
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node"

export interface Counts {
  readonly passed: number
  /** Failed tests, modules that could not be loaded, and errors outside of any test. */
  readonly failed: number
  readonly skipped: number
}

/** The variable that names the file to write. */
export const countsVariable = "EXECUTOR_TEST_COUNTS"

const countModule = (module: TestModule): Counts => {
  const counts = { passed: 0, failed: module.errors().length, skipped: 0 }
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    if (state === "passed" || state === "failed" || state === "skipped") counts[state] += 1
  }
  for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
  return counts
}

export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<unknown>, reason: TestRunEndReason): void {
    const total = modules.map(countModule).reduce(
      (sum, one) => ({
        passed: sum.passed + one.passed,
        failed: sum.failed + one.failed,
        skipped: sum.skipped + one.skipped
      }),
      { passed: 0, failed: errors.length, skipped: 0 }
    )
    const file = process.env[countsVariable]
    if (file !== undefined && reason !== "interrupted") writeFileSync(file, JSON.stringify(total satisfies Counts))
  }
}
