// Two workspaces of one deployment, with the same names for everything: a key of one sees, calls, lists, ends and guesses
// nothing of the other.
import type { RunId } from "@executor-v2/schema"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { all, execute, register, rejection, TestDeployment, type House } from "./TestDeployment.ts"
import { Upstream } from "./Upstream.ts"

let deployment: TestDeployment
let upstreams: readonly [Upstream, Upstream]
let ours: House
let theirs: House
/** A run of theirs, with a result that is kept as an artifact. */
let theirRun: RunId

const canary = "CANARY-OF-THE-OTHER-WORKSPACE"
/** Longer than what an answer holds, and longer than a row. Ours is the same text: the same hash. */
const shared = `return "${"s".repeat(100)}".repeat(9_000)`
const nowhere = "run_0mwstdka07k8e0z4tlo83dk4a" as RunId

/** What is told of a thing must not differ between "not there" and "not yours". */
const like = (message: string, id: string) => message.replaceAll(id, "ID")

beforeAll(async () => {
  upstreams = [
    await Upstream.start("ours"),
    await Upstream.start("theirs", {
      "/canary": { get: { operationId: "canaryOnly", summary: canary, responses: { "200": { description: "ok" } } } }
    })
  ]
  deployment = await TestDeployment.start(upstreams.map(({ url }) => url))
  ours = await deployment.house("ours")
  theirs = await deployment.house("theirs")
  for (const [index, { owner }] of [ours, theirs].entries())
    await register(owner, {
      name: "up" as never,
      location: { _tag: "Url", url: `${upstreams[index]!.url}/openapi.json` }
    })
  await theirs.owner.policies.set({ pattern: "up.look" as never, effect: "deny", note: canary })
  theirRun = (await execute(theirs.agent, { code: shared })).result.runId
  await execute(theirs.agent, { code: `console.log("${canary}"); return "${canary}"` })
}, 60_000)
afterAll(async () => {
  for (const upstream of upstreams) await upstream.stop()
  await deployment.stop()
})

describe("sources of the same name", () => {
  it("are two sources, each with its own tools at its own address", async () => {
    const before = upstreams[1].done
    assert.deepStrictEqual(
      (await execute(ours.agent, { code: "return await tools.up.doIt({ body: {} })" })).result.value,
      {
        done: 1
      }
    )
    assert.strictEqual(upstreams[0].done, 1)
    assert.strictEqual(upstreams[1].done, before)
    assert.strictEqual((await ours.owner.sources.get({ name: "up" as never })).toolCount, 4)
    assert.strictEqual((await theirs.owner.sources.get({ name: "up" as never })).toolCount, 5)
  })

  it("are searched, listed and described apart, by people and by runs", async () => {
    const found = await ours.owner.tools.search({ query: canary })
    const listed = await ours.owner.tools.list({})
    const program = `return [await tools.executor.tools.search({ query: "canary of the other" }), await tools.executor.sources.list()]`
    const seen = await execute(ours.agent, { code: program })
    const listing = await ours.agent.listTools()
    assert.notInclude(JSON.stringify([found.hits, listed, seen.result.value, listing]), canary)
    assert.strictEqual((await rejection(ours.owner.tools.describe({ path: "up.canaryOnly" })))._tag, "NotFound")
    const called = await execute(ours.agent, { code: "return await tools.up.canaryOnly({})" })
    assert.strictEqual(called.result.error?.code, "unknown_tool")
    assert.isFalse(upstreams[1].heard.some(({ path }) => path === "/canary"))
  })

  it("are removed apart", async () => {
    const upstream = await Upstream.start("third")
    const other = await deployment.house("third")
    await other.owner.policies.set({ pattern: "up.**" as never, effect: "deny" })
    assert.strictEqual((await rejection(other.owner.sources.remove({ name: "up" as never })))._tag, "NotFound")
    assert.strictEqual(
      (await rejection(all(other.owner.sources.refresh({ name: "up" as never })) as never))._tag,
      "NotFound"
    )
    assert.strictEqual((await theirs.owner.sources.get({ name: "up" as never })).state, "connected")
    await upstream.stop()
  })
})

describe("policies", () => {
  it("of one workspace decide nothing in the other, and are neither listed nor removed from there", async () => {
    const look = "return await tools.up.look()"
    assert.strictEqual((await execute(ours.agent, { code: look })).result.status, "completed")
    assert.strictEqual((await execute(theirs.agent, { code: look })).result.error?.code, "denied")
    assert.lengthOf(await ours.owner.policies.list(), 0)
    const [policy] = await theirs.owner.policies.list()
    assert.strictEqual((await rejection(ours.owner.policies.remove({ id: policy!.id })))._tag, "NotFound")
    assert.lengthOf(await theirs.owner.policies.list(), 1)
    const seen = await execute(ours.agent, { code: "return await tools.executor.policies.list()" })
    assert.deepStrictEqual(seen.result.value, [])
  })
})

describe("runs", () => {
  it("of the other are not listed", async () => {
    const listed = await ours.owner.runs.list({ limit: 1_000 })
    const seen = await execute(ours.agent, { code: "return await tools.executor.runs.list({ limit: 200 })" })
    assert.isFalse(listed.some(({ id }) => id === theirRun))
    assert.notInclude(JSON.stringify([listed, seen.result.value]), canary)
    assert.notInclude(seen.text, theirRun)
  })

  it("of the other are as little there as those that never were, whatever is asked of them", async () => {
    const { runs } = ours.owner
    const asks: ReadonlyArray<(run: RunId) => Promise<unknown>> = [
      (run) => runs.get({ run }),
      (run) => runs.resume({ run, patienceMs: 0 }),
      (run) => runs.cancel({ run }),
      (run) => all(runs.watch({ run }))
    ]
    for (const ask of asks) {
      const [known, unknown] = [await rejection(ask(theirRun)), await rejection(ask(nowhere))]
      assert.strictEqual(known._tag, "NotFound")
      assert.strictEqual(like(known.message, theirRun), like(unknown.message, nowhere))
    }
  })

  it("of the other are not resumed or read by an agent either", async () => {
    for (const program of ["artifacts.read({ run: ID })", "runs.get({ id: ID })"]) {
      const [known, unknown] = await Promise.all(
        [theirRun, nowhere].map((run) =>
          execute(ours.agent, { code: `return await tools.executor.${program.replace("ID", JSON.stringify(run))}` })
        )
      )
      assert.strictEqual(known!.result.status, "failed")
      assert.strictEqual(known!.result.error?.code, unknown!.result.error?.code)
      assert.strictEqual(like(known!.result.error!.message, theirRun), like(unknown!.result.error!.message, nowhere))
    }
    const [known, unknown] = await Promise.all([theirRun, nowhere].map((resume) => execute(ours.agent, { resume })))
    assert.include(known!.text, "not_found")
    assert.strictEqual(like(known!.text, theirRun), like(unknown!.text, nowhere))
  })

  it("of the other are not cancelled while they go on", async () => {
    const asked = theirs.owner.runs.execute({ code: "return await tools.up.doSlowly({ body: {} })" })
    await upstreams[1].held()
    const [going] = await theirs.owner.runs.list({ status: "running" })
    assert.strictEqual((await rejection(ours.owner.runs.cancel({ run: going!.id })))._tag, "NotFound")
    upstreams[1].release()
    assert.strictEqual((await asked).status, "completed")
  })
})

describe("artifacts", () => {
  it("of the same content are kept apart: knowing a hash opens nothing", async () => {
    const mine = await execute(ours.agent, { code: shared })
    const theirsNow = (await theirs.owner.runs.get({ run: theirRun })).run.result
    const oursNow = (await ours.owner.runs.get({ run: mine.result.runId })).run.result
    assert.strictEqual(theirsNow?._tag === "Artifact" && theirsNow.hash, oursNow?._tag === "Artifact" && oursNow.hash)
    const rows = await deployment.harness.deployment.test.run((ctx) => ctx.db.query("artifacts" as never).collect())
    const same = (rows as ReadonlyArray<{ workspaceId: string; hash: string; pieces?: ReadonlyArray<string> }>).filter(
      ({ hash }) => oursNow?._tag === "Artifact" && hash === oursNow.hash
    )
    assert.sameMembers(
      same.map(({ workspaceId }) => workspaceId),
      ["ours", "theirs"]
    )
    assert.notDeepEqual(same[0]!.pieces, same[1]!.pieces)
  })
})

describe("keys", () => {
  it("of the other are not listed and not revoked", async () => {
    const listed = await theirs.owner.tokens.list()
    assert.lengthOf(listed, 2)
    const mine = (await ours.owner.tokens.list()).map(({ id }) => id)
    for (const { id } of listed) {
      assert.notInclude(mine, id)
      assert.strictEqual((await rejection(ours.owner.tokens.revoke({ id })))._tag, "NotFound")
    }
    assert.isTrue((await theirs.owner.tokens.list()).every(({ revokedAt }) => revokedAt === undefined))
    assert.strictEqual((await theirs.owner.host.status()).workspace, "theirs")
  })

  it("say nothing of how many workspaces there are", async () => {
    const status = await ours.owner.host.status()
    assert.strictEqual(status.workspace, "ours")
    assert.strictEqual(status.sources, 1)
    assert.notInclude(JSON.stringify(status), "theirs")
  })
})

it("nothing that the one workspace holds was ever told to the other", async () => {
  assert.include(JSON.stringify(await deployment.events("theirs")), canary)
  assert.notInclude(JSON.stringify(await deployment.events("ours")), canary)
})
