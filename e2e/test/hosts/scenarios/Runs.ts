// Runs that take longer than somebody waits: fetched, watched, cancelled, and looked at afterwards.
import type { ExecuteResult, RunId, TaskRun, ToolCall } from "@executor-v2/schema"
import { assert, it } from "vitest"
import { connection, execute, legacyClient, modernClient, run } from "../Clients.ts"
import { sameOnBoth } from "../SameAnswers.ts"
import type { Given, Scenario } from "./Given.ts"

/** Code that waits for a delivery and then orders `after`. */
export const delivering = (parcel: string, after: string): string => `
  const { delivered } = await tools.shop.deliver({ parcel: ${JSON.stringify(parcel)} })
  await tools.shop.placeOrder({ item: ${JSON.stringify(after)}, quantity: 1 })
  return delivered`

/** A run of the owner that is in the middle of a delivery. */
export const inTheMiddle = async ({ host, named, upstream }: Given, word: string) => {
  const [parcel, after] = [named(word), named(`after ${word}`)]
  const executor = await connection(host)
  const waiting = await executor.runs.execute({ code: delivering(parcel, after), patienceMs: 1 })
  await upstream.arrived(parcel)
  return { parcel, after, waiting, run: waiting.runId, executor }
}

/** The calls of a run without what is made anew for each: identifiers and times. */
const callsOf = (calls: ReadonlyArray<ToolCall>) =>
  calls.map(({ endedAt: _, id: _id, run: _run, startedAt: _at, ...call }) => call)

export const runs: Scenario = (given) => {
  it("a call that outlives its caller's patience is fetched by another client, and has happened once", async () => {
    const { host, upstream } = given()
    const { after, parcel, run: id, waiting } = await inTheMiddle(given(), "patience")
    assert.include(["queued", "running"], waiting.status)
    assert.strictEqual(waiting.waiting?.resume, id)
    assert.include(waiting.waiting?.message, `execute({ resume: "${id}" })`)
    const clients = [await modernClient(host), await legacyClient(host)]
    const asked = clients.map((client) => execute(client, { resume: id }))
    const command = host.json<ExecuteResult>("runs", "resume", id)
    upstream.release(parcel)
    for (const result of [...(await Promise.all(asked)), await command])
      assert.deepStrictEqual(result, { status: "completed", runId: id, value: parcel })
    assert.deepStrictEqual([upstream.count(parcel), upstream.count(after)], [1, 1])
  })

  it("a run is watched from where it stands to its end", async () => {
    const { upstream } = given()
    const { executor, parcel, run: id } = await inTheMiddle(given(), "watched")
    const seen: Array<string> = []
    for await (const update of executor.runs.watch({ run: id as RunId })) {
      if (update._tag === "Status") seen.push(update.run.status)
      if (update._tag === "Call") seen.push(`${update.call.key.path} ${update.call.outcome?._tag ?? "open"}`)
      if (update._tag === "Done") seen.push(`done: ${update.result.status}`)
      upstream.release(parcel)
    }
    assert.strictEqual(seen[0], "running")
    assert.strictEqual(seen[1], "shop.deliver open")
    assert.includeMembers(seen, ["shop.deliver Returned", "shop.placeOrder Returned", "completed"])
    assert.strictEqual(seen.at(-1), "done: completed")
  })

  it("a cancelled run ends at once, calls nothing any more, and says what is not known of its open call", async () => {
    const { host, upstream } = given()
    const { after, executor, parcel, run: id } = await inTheMiddle(given(), "cancelled")
    const waiting = execute(await modernClient(host), { resume: id })
    assert.strictEqual((await host.json<TaskRun>("runs", "cancel", id)).status, "cancelled")
    const result = await waiting
    assert.strictEqual(result.status, "cancelled")
    upstream.release(parcel)
    const { calls, run: ended } = await executor.runs.get({ run: id as RunId })
    assert.strictEqual(ended.status, "cancelled")
    assert.deepStrictEqual(
      calls.map(({ outcome }) => outcome?._tag),
      ["Unknown"]
    )
    sameOnBoth(host.name, "a cancelled run", result)
    const again = await host.cli("runs", "cancel", id)
    sameOnBoth(host.name, "cancelling a run that has ended", [again.code, again.stderr.replaceAll(id, "ID")])
    assert.strictEqual((await run(host, "return 1")).value, 1)
    assert.deepStrictEqual([upstream.count(parcel), upstream.count(after)], [1, 0])
  })

  it("runs are listed newest first, by whom, and shown call by call", async () => {
    const { host } = given()
    const code = `
      const order = await tools.shop.getOrder({ id: 404 }).catch(({ code }) => code)
      const note = await tools.desk.leave_note({ note: "back at noon" })
      console.log(order)
      return [order, await tools.desk.add_numbers({ a: 1, b: 2 })]`
    const { runId } = await run(host, code)
    const second = await host.json<ExecuteResult>("run", "-e", "return 2")
    const listed = await host.json<ReadonlyArray<TaskRun>>("runs", "list", "--limit", "2")
    assert.deepStrictEqual(
      listed.map(({ actor, id, status }) => [id, status, actor.kind]),
      [
        [second.runId, "completed", "owner"],
        [runId, "completed", "agent"]
      ]
    )
    assert.strictEqual(listed[1]?.actor.client, "modern/1")
    const failed = await host.json<ReadonlyArray<TaskRun>>("runs", "list", "--status", "failed", "--limit", "50")
    assert.isTrue(failed.every(({ status }) => status === "failed"))
    assert.notInclude(
      failed.map(({ id }) => id),
      runId
    )
    const detail = await host.json<{ readonly calls: ReadonlyArray<ToolCall>; readonly run: TaskRun }>(
      "runs",
      "show",
      runId
    )
    sameOnBoth(host.name, "a run's calls", callsOf(detail.calls))
    assert.deepStrictEqual(
      // What an MCP server says of its own tools is not believed: each may have effects.
      detail.calls.map(({ hasEffects, key, outcome }) => [String(key.path), hasEffects, outcome?._tag]),
      [
        ["shop.getOrder", false, "Failed"],
        ["desk.leave_note", true, "Returned"],
        ["desk.add_numbers", true, "Returned"]
      ]
    )
    assert.deepStrictEqual([detail.run.code, detail.run.callCount], [code, 3])
    const text = (await host.cli("runs", "show", runId)).stdout
    for (const words of ["shop.getOrder", "upstream_error", "desk.add_numbers", '{"a":1,"b":2}'])
      assert.include(text, words)
    const seen = await run(
      host,
      `return (await tools.executor.runs.get({ id: "${runId}" })).calls.map(({ path }) => path)`
    )
    assert.deepStrictEqual(seen.value, ["shop.getOrder", "desk.leave_note", "desk.add_numbers"])
    sameOnBoth(host.name, "no such run", (await host.cli("runs", "show", "run_0000000000000000000000000")).stderr)
  })
}
