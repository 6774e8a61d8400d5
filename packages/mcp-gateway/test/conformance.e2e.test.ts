import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { assert, describe, it } from "vitest"
import { fixtureHttp } from "./conformance/FixtureServer.ts"
import { listen } from "./support/TestHost.ts"

const home = dirname(createRequire(import.meta.url).resolve("@modelcontextprotocol/conformance/package.json"))

/** Runs the suite's server mode against a URL and returns what it printed, with its exit code. */
const conformance = async (url: URL, revision: string): Promise<{ readonly output: string; readonly code: number }> => {
  const folder = await mkdtemp(join(tmpdir(), "conformance-"))
  try {
    const args = [join(home, "dist/index.js"), "server", "--url", url.href, "--requirements", revision, "-o", folder]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 })
    return { output: stdout + stderr, code: 0 }
  } catch (error) {
    const failed = error as { readonly stdout: string; readonly stderr: string; readonly code: number }
    return { output: failed.stdout + failed.stderr, code: failed.code }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The scenarios that the suite scores for servers of a revision, by its own list. */
const scored = async (revision: string): Promise<ReadonlyArray<string>> => {
  const yaml = await readFile(join(home, `requirements/${revision}.yaml`), "utf8")
  const section = /^server:\n((?:(?: .*|#.*|)\n)*)/m.exec(yaml)?.[1] ?? ""
  return [...section.matchAll(/^ {2}- (\S+)$/gm)].map((match) => match[1]!)
}

describe("the HTTP stack with the conformance suite's fixtures", () => {
  for (const [revision, count] of [
    ["2025-11-25", 30],
    ["2026-07-28", 37]
  ] as const) {
    it(`passes every scored scenario of ${revision}`, async () => {
      const http = fixtureHttp()
      await using host = await listen(http, { open: true })
      const { output, code } = await conformance(host.url, revision)
      await http.close()
      const scenarios = await scored(revision)
      const passed = new Set([...output.matchAll(/^✓ (\S+): [1-9]\d* passed, 0 failed/gm)].map((match) => match[1]))
      assert.strictEqual(scenarios.length, count)
      assert.deepStrictEqual(
        scenarios.filter((scenario) => !passed.has(scenario)),
        [],
        output.slice(-4_000)
      )
      assert.strictEqual(code, 0, output.slice(-4_000))
      assert.deepStrictEqual(host.errors, [])
    }, 300_000)
  }
})
