// This repository keeps its own rules: the same gates as in `npm run check`, so that `npm test` alone shows a broken
// one.
import { assert, describe, it } from "vitest"
import { root } from "../check/Commands.ts"
import { gates } from "../check/Gates.ts"
import { render } from "../check/Report.ts"

describe("this repository", () => {
  it.each(Object.entries(gates))("passes the gate %s", { timeout: 60_000 }, async (_, gate) => {
    const report = await gate(root)
    assert.strictEqual(report.violations.map(render).join("\n"), "")
  })
})
