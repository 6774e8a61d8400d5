import { ConvexHttpClient } from "convex/browser"
import { afterAll, assert, beforeAll, beforeEach, it, vi } from "vitest"
import type { Harness } from "../src/index.ts"
import { action, mutation, patient, start } from "./fixture.ts"

vi.setConfig(patient)

let harness: Harness
let client: ConvexHttpClient

beforeAll(async () => {
  harness = await start()
})
beforeEach(() => {
  harness.reset()
  client = new ConvexHttpClient(harness.url, { logger: false })
  // convex-test reports each scheduled function that fails.
  vi.spyOn(console, "error").mockImplementation(() => {})
})
afterAll(() => harness.stop())

const notes = () => harness.deployment.run("notes:list")
const log = (text: string) => harness.deployment.run("notes:log", { text })

it("a mutation that meets a conflict is rolled back and run again: nothing is lost or doubled", async () => {
  harness.conflict({ mutation: "notes:add", times: 2 })
  assert.strictEqual(await client.mutation(mutation("notes:add"), { text: "once" }), 1)
  assert.deepStrictEqual(await notes(), ["once"])
  assert.strictEqual(harness.deployment.faults.conflicts, 2)
})

it("the second run sees what the other writer has committed", async () => {
  harness.conflict({ mutation: "notes:add", between: () => log("other") })
  assert.strictEqual(await client.mutation(mutation("notes:add"), { text: "mine" }), 2)
  assert.deepStrictEqual(await notes(), ["other", "mine"])
})

it("an action's mutation is retried too, and nested mutations are retried with the outermost one", async () => {
  harness.conflict({ mutation: "notes:add" })
  const counts = (await client.action(action("jobs:addTwice"), {})) as Array<number>
  assert.deepStrictEqual(
    counts.toSorted((a, b) => a - b),
    [1, 2]
  )
  harness.conflict({ mutation: "notes:nested" })
  assert.strictEqual(await client.mutation(mutation("notes:nested"), { text: "c" }), 3)
  assert.strictEqual(harness.deployment.faults.conflicts, 2)
  assert.strictEqual(((await notes()) as Array<string>).length, 3)
})

it("after four retries the caller gets the conflict, and nothing is written", async () => {
  harness.conflict({ mutation: "notes:add", times: 5 })
  const error = await client.mutation(mutation("notes:add"), { text: "never" }).catch(String)
  assert.include(String(error), "changed while this mutation was being run")
  assert.deepStrictEqual(await notes(), [])
})

it("a scheduled action that is killed after a step does nothing more, not even clean up", async () => {
  harness.killAt({ action: "jobs:steps", at: "notes:log", nth: 2 })
  await client.mutation(mutation("jobs:start"), {})
  await harness.settled()
  assert.deepStrictEqual(await notes(), ["one", "two"])
  assert.deepStrictEqual(harness.deployment.running, [])
})

it("an action killed before a call has not made it", async () => {
  harness.killAt({ action: "jobs:steps", at: "notes:log", nth: 2, when: "before" })
  await client.mutation(mutation("jobs:start"), {})
  await harness.settled()
  assert.deepStrictEqual(await notes(), ["one"])
})

it("an action that waits can be killed by name", async () => {
  const failed = client.action(action("jobs:hang"), {}).then(() => "done", String)
  await vi.waitFor(() => assert.strictEqual(harness.kill("jobs:hang"), 1), { timeout: 30_000 })
  assert.include(await failed, "killed by the platform")
})

it("without a fault every step of the action is done", async () => {
  await client.mutation(mutation("jobs:start"), {})
  await harness.settled()
  assert.deepStrictEqual(await notes(), ["one", "two", "three", "cleaned up"])
})

it("a cron runs when it is called, and an unknown one names those that exist", async () => {
  assert.strictEqual(await harness.runCron("tick"), 1)
  assert.strictEqual(await harness.runCron("tick"), 2)
  const unknown = await harness.runCron("tock").catch(String)
  assert.include(String(unknown), "tick")
})

it("a reset throws data away, and what was scheduled before it does not run after it", async () => {
  await log("before")
  await client.mutation(mutation("jobs:start"), {})
  harness.reset()
  await harness.settled()
  assert.deepStrictEqual(await notes(), [])
})
