// `npm test`: every test of the workspace, the architecture gates among them. The last line on stdout is the count,
// alone.
//   npm test                        everything
//   npm test -- packages/engine     the tests whose path contains it, or any other argument of vitest
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Counts, countsVariable } from "../vitest/Counts.ts"
import { binOf, inherit, root } from "../check/Commands.ts"

const none: Counts = { passed: 0, failed: 0, skipped: 0 }

const read = (file: string): Counts => {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Counts
  } catch {
    return none
  }
}

const main = async (): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), "executor-test-counts-"))
  const file = join(folder, "counts.json")
  try {
    const code = await inherit(
      binOf("vitest"),
      [
        "run",
        "--config",
        join(root, "vitest.workspace.ts"),
        "--reporter=default",
        `--reporter=${join(root, "scripts/vitest/Counts.ts")}`,
        ...process.argv.slice(2)
      ],
      { [countsVariable]: file }
    )
    const { failed, passed, skipped } = read(file)
    if (passed + failed === 0) process.stderr.write("no test ran\n")
    process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`)
    return code !== 0 ? code : passed === 0 || failed > 0 ? 1 : 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

process.exitCode = await main()
