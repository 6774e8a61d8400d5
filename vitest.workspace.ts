// The root Vitest configuration. Vitest does not find this name by itself: every script passes --config.
import { defineConfig } from "vitest/config"

const root = import.meta.dirname
const ignored = ["**/node_modules/**", "**/dist/**", "**/bundle/**"]

export default defineConfig({
  root,
  test: {
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        root,
        test: {
          name: "unit",
          pool: "threads",
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
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          include: ["{packages,apps}/*/test/**/*.e2e.test.ts", "{e2e,scripts}/test/**/*.e2e.test.ts"],
          exclude: ignored
        }
      }
    ]
  }
})
