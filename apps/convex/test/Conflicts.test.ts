// Writers that overtake each other in the middle of a commit: whoever was overtaken goes again, nothing is lost and nothing
// is done twice.
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "vitest"
import { execute, register, rejection, TestDeployment, type House } from "./TestDeployment.ts"
import { Upstream } from "./Upstream.ts"

let upstream: Upstream
let deployment: TestDeployment
let house: House
let workspaces = 0
let workspace: string

/** More in a row than the platform itself takes before it gives up. */
const stubborn = 7
const endless = 1_000

beforeAll(async () => {
  upstream = await Upstream.start()
  deployment = await TestDeployment.start([upstream.url])
}, 60_000)
afterAll(async () => {
  await upstream.stop()
  await deployment.stop()
})
beforeEach(async () => {
  workspace = `conflicts${++workspaces}`
  house = await deployment.house(workspace)
  await register(house.owner, { name: "up" as never, location: { _tag: "Url", url: `${upstream.url}/openapi.json` } })
  upstream.heard.length = 0
})
afterEach(() => deployment.harness.deployment.faults.clear())

const tagsOf = async () => (await deployment.events(workspace)).map(({ event }) => event._tag)

const checkGapless = async () => {
  const events = await deployment.events(workspace)
  assert.deepStrictEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1)
  )
  return events
}

const count = (tags: ReadonlyArray<string>, tag: string) => tags.filter((one) => one === tag).length

const effect = "return await tools.up.doIt({ body: {} })"

describe("a commit that is overtaken", () => {
  it.each(["once", "by a writer of the same workspace", "more often than the platform retries"])(
    "%s is made again: nothing is lost and nothing doubled",
    async (how) => {
      let notes = 0
      deployment.harness.conflict({
        mutation: "persistence:commit",
        times: how === "more often than the platform retries" ? stubborn : 1,
        ...(how === "by a writer of the same workspace"
          ? {
              between: () => {
                notes++
                const profile = { id: "other", workspace, name: "other", createdAt: 1 }
                return deployment.run("persistence:commit", {
                  workspace,
                  actor: { kind: "system" },
                  eventsJson: JSON.stringify([{ _tag: "ProfileCreated", profile }]),
                  expect: [],
                  wake: []
                })
              }
            }
          : {})
      })
      const { result } = await execute(house.agent, { code: effect })
      assert.strictEqual(result.status, "completed", JSON.stringify(result))
      assert.strictEqual(upstream.done, 1)
      assert.isAbove(deployment.harness.deployment.faults.conflicts, 0)
      const tags = (await checkGapless()).map(({ event }) => event._tag)
      for (const tag of ["RunOpened", "RunMoved", "ToolCallIntended", "ToolCallSettled", "RunEnded"])
        assert.strictEqual(count(tags, tag), 1, tag)
      assert.strictEqual(count(tags, "ProfileCreated"), 1 + notes)
    }
  )

  it.each([1, 2, 3, 4, 5])("at the step %i of a run does not drive the run or its effects twice", async (step) => {
    const faults = deployment.harness.deployment.faults
    const before = faults.conflicts
    // Commits of a run: opened, two intents, the end; the claim is one of its own.
    deployment.harness.conflict({ mutation: step === 5 ? "persistence:leaseClaim" : "persistence:commit", times: step })
    const { result } = await execute(house.agent, {
      code: "return [await tools.up.doIt({ body: {} }), await tools.up.doIt({ body: {} })]"
    })
    assert.deepStrictEqual(result.value, [{ done: 1 }, { done: 2 }])
    assert.strictEqual(faults.conflicts, before + step)
    assert.strictEqual(upstream.done, 2)
    const tags = (await checkGapless()).map(({ event }) => event._tag)
    assert.deepStrictEqual(
      ["RunOpened", "RunMoved", "ToolCallIntended", "ToolCallSettled", "RunEnded"].map((tag) => count(tags, tag)),
      [1, 1, 2, 2, 1]
    )
  })

  it("by a person who cancels the run gives way: the run is cancelled, and nothing more is sent", async () => {
    const { runId: run } = await house.owner.runs.execute({
      code: "return [await tools.up.doSlowly({ body: {} }), await tools.up.doIt({ body: {} })]",
      patienceMs: 0
    })
    await upstream.held()
    let cancelled: Promise<unknown> | undefined
    // The driver's next commit, its second intent, meets the cancelling.
    deployment.harness.conflict({
      mutation: "persistence:commit",
      between: () => (cancelled = house.owner.runs.cancel({ run }))
    })
    upstream.release()
    await deployment.harness.settled()
    await cancelled
    const { result } = await house.owner.runs.get({ run })
    assert.strictEqual(result.status, "cancelled")
    assert.strictEqual(upstream.done, 1)
    assert.strictEqual(
      count(
        (await checkGapless()).map(({ event }) => event._tag),
        "RunEnded"
      ),
      1
    )
  })
})

describe("ten writers at once", () => {
  it("in one workspace leave one history", async () => {
    const made = await Promise.all([
      ...Array.from({ length: 6 }, () => execute(house.agent, { code: effect })),
      ...Array.from({ length: 4 }, (_, index) =>
        house.owner.policies.set({ pattern: `up.tool${index}` as never, effect: "deny" })
      )
    ])
    assert.lengthOf(made, 10)
    assert.strictEqual(upstream.done, 6)
    assert.lengthOf(await house.owner.policies.list(), 4)
    const tags = (await checkGapless()).map(({ event }) => event._tag)
    assert.strictEqual(count(tags, "RunEnded"), 6)
    assert.strictEqual(count(tags, "PolicySet"), 4)
  })

  it("of one name register one source", async () => {
    const draft = { name: "one" as never, location: { _tag: "Url", url: `${upstream.url}/openapi.json` } as const }
    const made = await Promise.allSettled(Array.from({ length: 5 }, () => register(house.owner, draft)))
    assert.lengthOf(
      made.filter(({ status }) => status === "fulfilled"),
      1
    )
    for (const one of made)
      if (one.status === "rejected") assert.strictEqual((one.reason as { _tag: string })._tag, "Refused")
    assert.strictEqual(count(await tagsOf(), "SourceDrafted"), 2)
  })
})

describe("a workspace in which nothing can be written", () => {
  it("says so to a run that should open, and writes nothing of it", async () => {
    const before = await deployment.events(workspace)
    deployment.harness.conflict({ mutation: "persistence:commit", times: endless })
    const failed = await rejection(house.owner.runs.execute({ code: effect }))
    assert.strictEqual(failed._tag, "HostFailure")
    assert.match(failed.message, /nothing was written.*try again/)
    assert.notMatch(failed.message, /OptimisticConcurrency|persistence:commit|persistence-convex/)
    assert.deepStrictEqual(await deployment.events(workspace), before)
    assert.strictEqual(upstream.done, 0)
  }, 30_000)

  it("sends no effect whose intent is not written, and tells the code", async () => {
    const { runId: run } = await house.owner.runs.execute({
      code: `
        await tools.up.doSlowly({ body: {} })
        return await tools.up.doIt({ body: {} }).catch((error) => [error.code, error.message])`,
      patienceMs: 0
    })
    await upstream.held()
    // Enough for all tries of one commit: those of the platform, for each of ours.
    deployment.harness.conflict({ mutation: "persistence:commit", times: 5 * 8 })
    upstream.release()
    const { status, value } = await house.owner.runs.resume({ run })
    assert.strictEqual(upstream.done, 1)
    assert.strictEqual(status, "completed")
    assert.strictEqual((value as ReadonlyArray<string>)[0], "host_failure")
    assert.match((value as ReadonlyArray<string>)[1]!, /nothing was written/)
    const { calls } = await house.owner.runs.get({ run })
    assert.deepStrictEqual(
      calls.map(({ outcome }) => outcome?._tag),
      ["Returned"]
    )
    await checkGapless()
  }, 30_000)
})
