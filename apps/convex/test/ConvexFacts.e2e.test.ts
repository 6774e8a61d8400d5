// The facts that the product relies on, asked of the harness where it can answer; or of a real backend that has the probes
// (apps/convex/facts) deployed, where EXECUTOR_CONVEX_URL and EXECUTOR_CONVEX_SITE name one.
import { startHarness } from "@executor-v2/convex-harness"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { facts, Probe, restartFacts, type Backend } from "../facts/Facts.ts"

const { EXECUTOR_CONVEX_SITE: siteUrl, EXECUTOR_CONVEX_URL: url } = process.env
const given: Backend | undefined = url === undefined || siteUrl === undefined ? undefined : { url, siteUrl }

const folder = join(import.meta.dirname, "../facts/convex")
let backend: Backend
let stop = async (): Promise<void> => {}

beforeAll(async () => {
  if (given !== undefined) return void (backend = given)
  const harness = await startHarness({ functions: folder, environment: { FACTS_VARIABLE: "set" } })
  backend = harness
  stop = () => harness.stop()
})
afterAll(() => stop())

describe("on the backend under test", () => {
  const asked = facts.filter(({ hindered, seen }) =>
    given === undefined ? seen === "anywhere" : hindered?.(given) === undefined
  )
  it.each(asked)("$name: $says", async ({ check }) => {
    assert.isNotEmpty(await check(new Probe(backend)))
  })
})

it("every fact has a row in docs/convex-facts.md, and no other row names one", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../docs/convex-facts.md"), "utf8")
  const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (.*?) \|/gm)].map(([, name, says]) => ({ name, says }))
  const ours = [...facts, restartFacts.after].map(({ name, says }) => ({ name, says }))
  assert.deepStrictEqual(rows, ours)
})
