// What outlives the host's own process.
import type { ExecuteResult, RunId } from "@executor-v2/schema"
import { assert, it } from "vitest"
import { connection, execute, modernClient, run } from "../Clients.ts"
import { sameOnBoth } from "../SameAnswers.ts"
import type { Scenario } from "./Given.ts"
import { inTheMiddle } from "./Runs.ts"

export const restarting: Scenario = (given) => {
  it("after a restart sources, rules, results and keys are as they were, and tools can be called at once", async () => {
    const { host, named, upstream } = given()
    const item = named("before the restart")
    const before = await run(host, "return (await tools.shop.listOrders({ count: 500 }))")
    const { agentKey, ownerKey } = host
    await host.json("policies", "set", "shop.haveTrouble", "deny")
    await host.restart()
    assert.deepStrictEqual([host.agentKey, host.ownerKey], [agentKey, ownerKey])
    assert.strictEqual((await run(host, "return await tools.shop.haveTrouble({ status: 500 })")).status, "denied")
    const { value } = await run(
      host,
      `const { item } = await tools.shop.placeOrder({ item: ${JSON.stringify(item)}, quantity: 1 })
       const { sum } = await tools.desk.add_numbers({ a: 1, b: 2 })
       const all = await tools.executor.artifacts.read({ run: "${before.runId}" })
       return [item, sum, all.length]`
    )
    assert.deepStrictEqual(value, [item, 3, 500])
    assert.strictEqual(upstream.count(item), 1)
    const resumed = await execute(await modernClient(host), { resume: before.runId })
    assert.deepStrictEqual(resumed, before)
  })

  it("a run that was cut off is told as interrupted, its open call as unknown, and nothing is done again", async () => {
    const { host, upstream } = given()
    const { after, parcel, run: id } = await inTheMiddle(given(), "cut off")
    await host.crash()
    const executor = await connection(host)
    const resumed = await executor.runs.resume({ run: id as RunId })
    assert.strictEqual(resumed.status, "interrupted")
    const { calls } = await executor.runs.get({ run: id as RunId })
    assert.deepStrictEqual(
      calls.map(({ key, outcome }) => [String(key.path), outcome?._tag]),
      [["shop.deliver", "Unknown"]]
    )
    sameOnBoth(host.name, "a run that was cut off", resumed)
    assert.strictEqual((await host.json<ExecuteResult>("runs", "resume", id)).status, "interrupted")
    upstream.release(parcel)
    assert.strictEqual((await run(host, "return 1")).value, 1)
    assert.deepStrictEqual([upstream.count(parcel), upstream.count(after)], [1, 0])
  })
}
