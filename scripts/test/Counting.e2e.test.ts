// The last line of `npm test` tells the truth, and the exit code agrees with it.
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { environment, plant, withCopies, withTools } from "./Plant.ts"

const head = `import { expect, it } from "vitest"\n`
const passing = `${head}it("is one", () => expect(1).toBe(1))\n`

const test = (files: { readonly [path: string]: string }, ...args: ReadonlyArray<string>) => {
  const root = withTools(plant({ "package.json": { type: "module" }, ...files }))
  withCopies(root, "vitest.workspace.ts", "scripts/tasks", "scripts/check", "scripts/vitest")
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(root, "scripts/tasks/test.ts"), ...args], {
    cwd: root,
    env: Object.fromEntries(
      Object.entries(environment).filter(([name]) => !/^VITEST|^NODE_ENV$|^TEST$|^MODE$|^DEV$|^PROD$/.test(name))
    ),
    encoding: "utf8"
  })
  return { status, stderr, last: stdout.trimEnd().split("\n").at(-1) }
}

describe("npm test", () => {
  it("counts unit and end-to-end tests, passed and skipped", () => {
    const { last, status } = test({
      "packages/a/test/A.test.ts": `${passing}it.skip("later", () => {})\nit.todo("some day")\n`,
      "packages/a/test/B.e2e.test.ts": passing
    })
    assert.deepStrictEqual([last, status], ["2 passed, 0 failed, 2 skipped", 0])
  })

  it("passes arguments on to vitest", () => {
    const files = { "packages/a/test/A.test.ts": passing, "packages/b/test/B.test.ts": passing }
    assert.strictEqual(test(files, "packages/b").last, "1 passed, 0 failed, 0 skipped")
  })

  it.each([
    ["a failed test", `${passing}it("is two", () => expect(1).toBe(2))`, "1 passed, 1 failed, 0 skipped"],
    ["a module that cannot be loaded", `import "./gone.ts"\n${passing}`, "0 passed, 1 failed, 0 skipped"],
    [
      "an error outside of any test",
      `${passing}void Promise.reject(new Error("lost"))`,
      "1 passed, 1 failed, 0 skipped"
    ],
    ["a module without a test", head, "0 passed, 1 failed, 0 skipped"]
  ])("counts %s as failed", (_, code, expected) => {
    const { last, status } = test({ "packages/a/test/A.test.ts": code })
    assert.deepStrictEqual([last, status], [expected, 1])
  })

  it.each([
    ["there is no test", {}, []],
    ["all tests are skipped", { "packages/a/test/A.test.ts": `${head}it.skip("later", () => {})` }, []],
    ["no test matches", { "packages/a/test/A.test.ts": passing }, ["packages/nothing"]]
  ])("fails when %s", (_, files, args) => {
    const { last, status, stderr } = test(files, ...args)
    assert.match(last ?? "", /^0 passed, 0 failed, \d skipped$/)
    assert.strictEqual(status, 1)
    assert.match(stderr, /no test ran/)
  })
})
