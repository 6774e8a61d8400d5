// Promise: the product's own /mcp, behind its doors and with an agent's key, conforms to both protocol revisions. What
// the suite asks for and the product does not have stands in fixtures/conformance-*.yaml, with the reason.
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { proxyWithKey, type KeyProxy } from "./KeyProxy.ts"
import { Product } from "./Product.ts"

const suite = dirname(createRequire(import.meta.url).resolve("@modelcontextprotocol/conformance/package.json"))
const baseline = (revision: string) =>
  fileURLToPath(new URL(`./fixtures/conformance-${revision}.yaml`, import.meta.url))

interface Verdict {
  readonly output: string
  readonly code: number
}

/** Runs the suite against a URL. It fails by its exit code: on a failure that is not expected, and on a stale one. */
const conformance = (url: string, ...args: ReadonlyArray<string>): Promise<Verdict> => {
  const folder = mkdtempSync(join(tmpdir(), "executor-conformance-"))
  const command = [join(suite, "dist/index.js"), "server", "--url", url, "-o", folder, ...args]
  return new Promise((resolve) => {
    execFile(process.execPath, command, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      rmSync(folder, { recursive: true, force: true })
      resolve({ output: stdout + stderr, code: error === null ? 0 : Number(error.code ?? 1) })
    })
  })
}

/** The entries of a list in a YAML file of the suite's own making. */
const listIn = (file: string, section: string): ReadonlyArray<string> => {
  const lines = new RegExp(`^${section}:\\n((?:(?: .*|#.*|)\\n)*)`, "m").exec(readFileSync(file, "utf8"))?.[1] ?? ""
  return [...lines.matchAll(/^ {2}- (\S+)$/gm)].map((match) => match[1]!)
}

const passedIn = (output: string): ReadonlySet<string> =>
  new Set([...output.matchAll(/^✓ (\S+): [1-9]\d* passed, 0 failed/gm)].map((match) => match[1]!))

/** Scenarios that pass as a whole, the unscored ones among them. */
const whole: Readonly<Record<string, ReadonlyArray<string>>> = {
  "2025-11-25": [
    "dns-rebinding-protection",
    "ping",
    "server-initialize",
    "server-session-lifecycle",
    "server-sse-multiple-streams",
    "tools-list"
  ],
  "2026-07-28": [
    "dns-rebinding-protection",
    "http-header-validation",
    "input-required-result-ignore-extra-params",
    "input-required-result-missing-input-response",
    "input-required-result-unsupported-methods",
    "input-required-result-validate-input",
    "sep-2164-resource-not-found",
    "server-sse-multiple-streams",
    "tools-list"
  ]
}

describe("the product's endpoint", () => {
  const product = new Product()
  let proxy: KeyProxy

  beforeAll(async () => {
    const { mcpUrl } = await product.daemon()
    proxy = await proxyWithKey(mcpUrl, product.key("agent-token"))
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await product.dispose()
  })

  for (const [revision, passing] of Object.entries(whole)) {
    it(`passes and fails of ${revision} what is expected, and nothing else`, async () => {
      const scored = listIn(join(suite, `requirements/${revision}.yaml`), "server")
      const expected = new Set(listIn(baseline(revision), "server").map((check) => check.split(":")[0]!))
      const before = proxy.requests()
      const { output, code } = await conformance(
        proxy.url,
        "--requirements",
        revision,
        "--expected-failures",
        baseline(revision)
      )
      assert.strictEqual(code, 0, output.slice(-6_000))
      assert.isAbove(proxy.requests() - before, scored.length)
      const passed = passedIn(output)
      assert.deepStrictEqual([...passed].toSorted(), passing)
      assert.deepStrictEqual(
        scored.filter((scenario) => !passed.has(scenario) && !expected.has(scenario)),
        [],
        "each scored scenario was run, and passes or has an expected failure"
      )
    }, 120_000)
  }

  it("is held to its baseline: a failure that is not in it fails, and so does an entry that passes", async () => {
    const file = join(product.home, "baseline.yaml")
    const one = (scenario: string) => [
      "--scenario",
      scenario,
      "--spec-version",
      "2025-11-25",
      "--expected-failures",
      file
    ]
    writeFileSync(file, "server:\n  - ping:ping\n")
    assert.strictEqual((await conformance(proxy.url, ...one("ping"))).code, 1)
    assert.strictEqual((await conformance(proxy.url, ...one("prompts-list"))).code, 1)
    assert.strictEqual((await conformance(proxy.url, ...one("tools-list"))).code, 0)
  }, 60_000)
})
