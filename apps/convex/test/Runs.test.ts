// Runs whose drivers die, are cut off from their upstream, or are overtaken: they come to an end that is true, and nothing
// that has effects is done twice.
import type { RunId, ToolCall } from "@executor-v2/schema"
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "vitest"
import { all, execute, register, rejection, TestDeployment, type House } from "./TestDeployment.ts"
import { Upstream } from "./Upstream.ts"

let upstream: Upstream
let deployment: TestDeployment
let house: House
let workspaces = 0
let workspace: string

/** Longer than a driver may show no sign of life, and than a run may wait for its driver (milliseconds). */
const leaseOver = 31_000
const queueOver = 301_000

beforeAll(async () => {
  upstream = await Upstream.start()
  deployment = await TestDeployment.start([upstream.url])
}, 60_000)
afterAll(async () => {
  await upstream.stop()
  await deployment.stop()
})
beforeEach(async () => {
  workspace = `runs${++workspaces}`
  house = await deployment.house(workspace)
  await register(house.owner, { name: "up" as never, location: { _tag: "Url", url: `${upstream.url}/openapi.json` } })
  upstream.heard.length = 0
})
afterEach(async () => {
  upstream.release()
  await deployment.harness.settled()
  deployment.harness.advance(queueOver)
  await deployment.sweep()
})

/** Opens a run without waiting for its end. */
const begun = async (code: string): Promise<RunId> => (await house.owner.runs.execute({ code, patienceMs: 0 })).runId

const outcomes = (calls: ReadonlyArray<ToolCall>) => calls.map(({ outcome }) => outcome?._tag)

/** The journal has no gap, and each call was intended and settled at most once. */
const checkJournal = async () => {
  const events = await deployment.events(workspace)
  assert.deepStrictEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1)
  )
  const ended = events.flatMap(({ event }) => (event._tag === "RunEnded" ? [event.id] : []))
  assert.strictEqual(new Set(ended).size, ended.length, "a run ends once")
  const settled = events.flatMap(({ event }) => (event._tag === "ToolCallSettled" ? [event.id] : []))
  assert.strictEqual(new Set(settled).size, settled.length, "a call is settled once")
  const sent = events.flatMap(({ event }) => (event._tag === "ToolCallIntended" ? [event.call.id] : []))
  assert.strictEqual(new Set(sent).size, sent.length, "a call is sent once")
  return events
}

/** Two effects, one after the other, and a result that is kept as an artifact. */
const twoEffects = `
  await tools.up.doIt({ body: { first: true } })
  await tools.up.doIt({ body: { second: true } })
  return "r".repeat(30_000)`

/**
 * Where a driver of `twoEffects` may die, and what is true then: requests that the upstream got, and outcomes of the calls
 * that were written down. A call whose outcome is only in the dead driver's memory is unknown.
 */
const deaths = [
  { at: "persistence:leaseClaim", nth: 1, when: "before", done: 0, calls: [], status: "interrupted" },
  { at: "persistence:leaseClaim", nth: 1, when: "after", done: 0, calls: [], status: "interrupted" },
  { at: "persistence:commit", nth: 1, when: "before", done: 0, calls: [], status: "interrupted" },
  { at: "persistence:commit", nth: 1, when: "after", done: 0, calls: ["Unknown"], status: "interrupted" },
  { at: "persistence:commit", nth: 2, when: "before", done: 1, calls: ["Unknown"], status: "interrupted" },
  { at: "persistence:commit", nth: 2, when: "after", done: 1, calls: ["Returned", "Unknown"], status: "interrupted" },
  {
    at: "persistence:artifactKeep",
    nth: 1,
    when: "before",
    done: 2,
    calls: ["Returned", "Unknown"],
    status: "interrupted"
  },
  {
    at: "persistence:artifactKeep",
    nth: 1,
    when: "after",
    done: 2,
    calls: ["Returned", "Unknown"],
    status: "interrupted"
  },
  { at: "persistence:commit", nth: 3, when: "before", done: 2, calls: ["Returned", "Unknown"], status: "interrupted" },
  { at: "persistence:commit", nth: 3, when: "after", done: 2, calls: ["Returned", "Returned"], status: "completed" }
] as const

describe("a driver that dies", () => {
  it.each(deaths)("$when $at $nth leaves a run that ends $status after $done effects", async (death) => {
    const { at, nth, when } = death
    deployment.harness.killAt({ action: "runs:drive", at, nth, when })
    const run = await begun(twoEffects)
    await deployment.harness.settled()
    assert.strictEqual(upstream.done, death.done)
    const before = await house.owner.runs.get({ run })
    if (death.status === "interrupted") assert.include(["queued", "running"], before.run.status)
    // Too early: it might still be alive.
    assert.strictEqual(await deployment.sweep(), 0)
    deployment.harness.advance(queueOver)
    assert.strictEqual(await deployment.sweep(), death.status === "interrupted" ? 1 : 0)
    assert.strictEqual(await deployment.sweep(), 0)

    const { calls, result, run: after } = await house.owner.runs.get({ run })
    assert.strictEqual(after.status, death.status)
    assert.deepStrictEqual(outcomes(calls), [...death.calls])
    assert.strictEqual(upstream.done, death.done, "nothing is done again")
    if (death.status === "interrupted") {
      const { message, retryable } = result.error!
      const open = death.calls.some((outcome) => outcome === "Unknown")
      assert.strictEqual(retryable, death.calls.length === 0)
      assert.match(
        message,
        open ? /outcome is unknown.*Check upstream/ : /nothing was changed, so it can be executed again/
      )
    }
    const events = await checkJournal()
    assert.lengthOf(
      events.filter(({ event }) => event._tag === "RunOpened"),
      1
    )
    assert.lengthOf(
      events.filter(({ event }) => event._tag === "RunEnded"),
      1
    )
  })

  it("is noticed once its lease is over, not only when a run has waited as long as it may for one", async () => {
    deployment.harness.killAt({ action: "runs:drive", at: "persistence:leaseClaim" })
    const run = await begun("return 1")
    await deployment.harness.settled()
    deployment.harness.advance(leaseOver)
    assert.strictEqual(await deployment.sweep(), 1)
    assert.strictEqual((await house.owner.runs.get({ run })).run.status, "interrupted")
  })

  it("gives whoever waits for the run its true end, over RPC, as a watcher and over MCP", async () => {
    deployment.harness.killAt({ action: "runs:drive", at: "persistence:commit", nth: 1 })
    const run = await begun(twoEffects)
    await deployment.harness.settled()
    const watched = all(house.owner.runs.watch({ run }))
    const resumed = house.owner.runs.resume({ run })
    const asked = execute(house.agent, { resume: run })
    deployment.harness.advance(leaseOver)
    assert.strictEqual(await deployment.sweep(), 1)
    assert.strictEqual((await resumed).error?.code, "interrupted")
    assert.strictEqual((await asked).result.error?.code, "interrupted")
    const last = (await watched).at(-1)
    assert.strictEqual(last?._tag === "Done" && last.result.status, "interrupted")
  })

  it("before it has started leaves a run that has changed nothing", async () => {
    deployment.harness.killAt({ action: "runs:drive", at: "persistence:leaseClaim", when: "before" })
    const run = await begun(twoEffects)
    await deployment.harness.settled()
    assert.strictEqual((await house.owner.runs.get({ run })).run.status, "queued")
    deployment.harness.advance(leaseOver)
    assert.strictEqual(await deployment.sweep(), 0, "a busy deployment may start it late")
    deployment.harness.advance(queueOver - leaseOver)
    assert.strictEqual(await deployment.sweep(), 1)
    const { calls, result } = await house.owner.runs.get({ run })
    assert.lengthOf(calls, 0)
    assert.match(result.error!.message, /nothing was changed/)
    assert.isTrue(result.error!.retryable)
  })

  it("and comes too late finds the run ended, and does nothing", async () => {
    deployment.harness.killAt({ action: "runs:drive", at: "persistence:leaseClaim", when: "before" })
    const run = await begun(twoEffects)
    await deployment.harness.settled()
    deployment.harness.advance(queueOver)
    await deployment.sweep()
    await deployment.run("runs:drive", { workspace, run })
    assert.strictEqual(upstream.done, 0)
    assert.strictEqual((await house.owner.runs.get({ run })).run.status, "interrupted")
    await checkJournal()
  })
})

describe("a driver that was overtaken", () => {
  /** A run in the middle of a slow effect, whose lease is over and taken by another driver. */
  const overtaken = async () => {
    const run = await begun(`
      const slow = await tools.up.doSlowly({ body: {} }).catch((error) => error.code)
      return [slow, await tools.up.doIt({ body: {} }).catch((error) => error.code)]`)
    await upstream.held()
    deployment.harness.advance(leaseOver)
    const now = Date.now() + deployment.harness.deployment.clock.ahead
    const claim = await deployment.run<{ readonly attempt: number } | null>("persistence:leaseClaim", {
      workspace,
      run,
      now,
      ttlMs: 30_000
    })
    assert.strictEqual(claim?.attempt, 2)
    return run
  }

  it("neither sends its next effect nor ends the run", async () => {
    const run = await overtaken()
    upstream.release()
    await deployment.harness.settled()
    assert.strictEqual(upstream.done, 1)
    const { calls, run: after } = await house.owner.runs.get({ run })
    assert.strictEqual(after.status, "running")
    assert.strictEqual(after.attempt, 2)
    assert.deepStrictEqual(outcomes(calls), [undefined])
    await checkJournal()
  })

  it("leaves a call of unknown outcome when the second driver dies too", async () => {
    const run = await overtaken()
    upstream.release()
    await deployment.harness.settled()
    deployment.harness.advance(leaseOver)
    assert.strictEqual(await deployment.sweep(), 1)
    const { calls, run: after } = await house.owner.runs.get({ run })
    assert.strictEqual(after.status, "interrupted")
    assert.deepStrictEqual(outcomes(calls), ["Unknown"])
    assert.strictEqual(upstream.done, 1)
    await checkJournal()
  })

  it("by the sweep does not bring the run back", async () => {
    const run = await begun("return [await tools.up.doSlowly({ body: {} }), await tools.up.doIt({ body: {} })]")
    await upstream.held()
    deployment.harness.advance(leaseOver)
    assert.strictEqual(await deployment.sweep(), 1)
    upstream.release()
    await deployment.harness.settled()
    assert.strictEqual(upstream.done, 1)
    const { calls, run: after } = await house.owner.runs.get({ run })
    assert.strictEqual(after.status, "interrupted")
    assert.deepStrictEqual(outcomes(calls), ["Unknown"])
    await checkJournal()
  })

  it("does not exist while it shows signs of life: two schedulings of one run drive it once", async () => {
    const run = await begun("return [await tools.up.doSlowly({ body: {} }), await tools.up.doIt({ body: {} })]")
    await upstream.held()
    await deployment.run("runs:drive", { workspace, run })
    assert.strictEqual(await deployment.sweep(), 0)
    upstream.release()
    assert.strictEqual((await house.owner.runs.resume({ run })).status, "completed")
    assert.strictEqual(upstream.done, 2)
    assert.strictEqual((await house.owner.runs.get({ run })).run.attempt, 1)
  })
})

describe("a run that is cancelled", () => {
  it("in the middle of an effect ends at once, says that its outcome is unknown, and does no other", async () => {
    const run = await begun("return [await tools.up.doSlowly({ body: {} }), await tools.up.doIt({ body: {} })]")
    await upstream.held()
    assert.strictEqual((await house.owner.runs.cancel({ run })).status, "cancelled")
    upstream.release()
    await deployment.harness.settled()
    const { calls, result } = await house.owner.runs.get({ run })
    assert.strictEqual(result.error?.code, "cancelled")
    assert.deepStrictEqual(outcomes(calls), ["Unknown"])
    assert.strictEqual(upstream.done, 1)
    assert.strictEqual((await rejection(house.owner.runs.cancel({ run })))._tag, "NotFound")
    await checkJournal()
  })

  it("before its driver starts is never driven", async () => {
    deployment.harness.killAt({ action: "runs:drive", at: "persistence:leaseClaim", when: "before" })
    const run = await begun(twoEffects)
    await deployment.harness.settled()
    assert.strictEqual((await house.owner.runs.cancel({ run })).status, "cancelled")
    await deployment.run("runs:drive", { workspace, run })
    deployment.harness.advance(queueOver)
    assert.strictEqual(await deployment.sweep(), 0)
    assert.strictEqual(upstream.done, 0)
    assert.strictEqual((await house.owner.runs.get({ run })).run.status, "cancelled")
  })
})

describe("a caller that leaves", () => {
  const slowly = { code: "return [await tools.up.doSlowly({ body: {} }), await tools.up.doIt({ body: {} })]" }
  const bodies = {
    "POST /mcp": JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "execute", arguments: slowly }
    }),
    "POST /rpc": `${JSON.stringify({ _tag: "Request", id: "1", tag: "Runs.Execute", payload: slowly, headers: [] })}\n`
  }
  const doors = Object.keys(bodies) as ReadonlyArray<keyof typeof bodies>

  const ask = (door: keyof typeof bodies, signal?: AbortSignal) =>
    deployment.request(door.slice("POST ".length), house.token, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
      body: bodies[door],
      ...(signal === undefined ? {} : { signal })
    })

  const ended = async () => {
    const [{ id } = { id: "" as RunId }] = await house.owner.runs.list({})
    upstream.release()
    const result = await house.owner.runs.resume({ run: id })
    assert.strictEqual(result.status, "completed")
    assert.strictEqual(upstream.done, 2)
    await checkJournal()
  }

  it.each(doors)("in the middle of %s leaves a run that goes on to its end", async (door) => {
    const leaving = new AbortController()
    const asked = ask(door, leaving.signal).then((response) => response.text())
    await upstream.held()
    leaving.abort()
    assert.strictEqual(((await rejection(asked)) as Error).name, "AbortError")
    await ended()
  })

  it.each(doors)("because its %s was killed leaves a run that goes on to its end", async (door) => {
    const asked = ask(door).then((response) => response.text())
    const failed = asked.catch(() => "")
    await upstream.held()
    assert.isAtLeast(deployment.harness.kill(door), 1)
    assert.notInclude(await failed, "completed")
    await ended()
  })

  it.each(doors)(
    "because its %s died when the run was just opened leaves a run that goes on to its end",
    async (door) => {
      deployment.harness.killAt({ action: door, at: "persistence:commit" })
      await ask(door)
        .then((response) => response.text())
        .catch(() => "")
      await upstream.held()
      assert.strictEqual(upstream.done, 1)
      await ended()
    }
  )

  it.each(doors)("because its %s died before the run was opened leaves nothing", async (door) => {
    deployment.harness.killAt({ action: door, at: "persistence:commit", when: "before" })
    await ask(door)
      .then((response) => response.text())
      .catch(() => "")
    await deployment.harness.settled()
    assert.lengthOf(await house.owner.runs.list({}), 0)
    assert.strictEqual(upstream.done, 0)
  })
})

describe("a registration that is cut off", () => {
  const sweepRegistrations = () => deployment.harness.runCron("end registrations that were cut off")
  const draft = () => ({
    name: "cut" as never,
    location: { _tag: "Url", url: `${upstream.url}/openapi.json` } as const
  })
  const add = () => {
    const request = { _tag: "Request", id: "1", tag: "Sources.Add", payload: draft(), headers: [] }
    return deployment
      .request("/rpc", house.token, { method: "POST", body: `${JSON.stringify(request)}\n` })
      .then((response) => response.text())
      .catch(() => "")
  }

  it.each([
    { nth: 1, when: "after", state: "draft" },
    { nth: 2, when: "after", state: "probing" },
    { nth: 3, when: "before", state: "probing" }
  ] as const)("$when commit $nth is ended by the sweep, and can be taken up again", async ({ nth, state, when }) => {
    deployment.harness.killAt({ action: "POST /rpc", at: "persistence:commit", nth, when })
    await add()
    assert.strictEqual((await house.owner.sources.get({ name: "cut" as never })).state, state)
    await sweepRegistrations()
    assert.strictEqual(
      (await house.owner.sources.get({ name: "cut" as never })).state,
      state,
      "it may still be going on"
    )
    deployment.harness.advance(16 * 60_000)
    await sweepRegistrations()
    const ended = await house.owner.sources.get({ name: "cut" as never })
    assert.strictEqual(ended.state, "error")
    assert.match(ended.failure!.message, /cut off.*executor sources refresh cut/)
    const again = (await all(house.owner.sources.refresh({ name: "cut" as never }))).at(-1)
    assert.strictEqual(again?.state, "connected")
    await checkJournal()
  })

  it("does not hold its name for ever: adding again replaces it", async () => {
    deployment.harness.killAt({ action: "POST /rpc", at: "persistence:commit", nth: 2 })
    await add()
    deployment.harness.advance(16 * 60_000)
    await sweepRegistrations()
    assert.strictEqual((await register(house.owner, draft())).state, "connected")
  })
})
