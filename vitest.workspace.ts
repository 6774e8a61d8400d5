// The root Vitest configuration. Vitest does not find this name by itself: every script passes --config.
import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

/**
 * Files at the same time. Vitest leaves one processor to itself and would use one of two; much of the time here is spent
 * waiting for processes. No more than four: the end-to-end tests each start several.
 */
const maxWorkers = Math.min(4, Math.max(2, availableParallelism()))

const root = import.meta.dirname
const ignored = ["**/node_modules/**", "**/dist/**", "**/bundle/**"]

export default defineConfig({
  root,
  test: {
    passWithNoTests: false,
    // Of tests in one file that run at the same time.
    maxConcurrency: 4,
    projects: [
      {
        extends: true,
        root,
        test: {
          name: "unit",
          // A process for each file: some count, signal or end the processes that they have started.
          pool: "forks",
          maxWorkers,
          // A last resort, not an assertion: nothing fails because the machine is slow.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          include: ["{packages,apps}/*/test/**/*.test.ts", "{bench,scripts}/test/**/*.test.ts"],
          exclude: [...ignored, "**/*.e2e.test.ts"]
        }
      },
      {
        extends: true,
        root,
        test: {
          name: "e2e",
          pool: "forks",
          maxWorkers,
          // After the unit tests, which say sooner and more exactly what is wrong.
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          include: ["{packages,apps}/*/test/**/*.e2e.test.ts", "{e2e,scripts}/test/**/*.e2e.test.ts"],
          exclude: ignored
        }
      }
    ]
  }
})
