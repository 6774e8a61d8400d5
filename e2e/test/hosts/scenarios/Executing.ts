// Running code: by every client, with every kind of answer.
import type { ExecuteResult } from "@executor-v2/schema"
import { assert, it } from "vitest"
import { connection, execute, legacyClient, modernClient, run } from "../Clients.ts"
import { sameOnBoth } from "../SameAnswers.ts"
import type { Scenario } from "./Given.ts"

export const executing: Scenario = (given) => {
  it("one program over both services gives the same to every client", async () => {
    const { host, named, upstream } = given()
    const code = (item: string) => `
      const [order, { sum }] = await Promise.all([
        tools.shop.placeOrder({ item: ${JSON.stringify(item)}, quantity: 3 }),
        tools.desk.add_numbers({ a: 20, b: 22 })
      ])
      console.log("ordered", { quantity: order.quantity })
      console.error("nothing is wrong")
      return { quantity: order.quantity, sum }`
    const executor = await connection(host)
    const ways: Readonly<Record<string, (code: string) => Promise<ExecuteResult>>> = {
      modern: async (code) => execute(await modernClient(host), { code }),
      legacy: async (code) => execute(await legacyClient(host), { code }),
      "modern, with the owner's key": async (code) => execute(await modernClient(host, host.ownerKey), { code }),
      "command line": (code) => host.json("run", "-e", code),
      SDK: (code) => executor.runs.execute({ code })
    }
    for (const [way, ask] of Object.entries(ways)) {
      const item = named(way)
      const { runId, ...result } = await ask(code(item))
      assert.match(runId, /^run_/)
      assert.deepStrictEqual(
        result,
        {
          status: "completed",
          value: { quantity: 3, sum: 42 },
          logs: ['ordered {"quantity":3}', "[error] nothing is wrong"]
        },
        way
      )
      assert.strictEqual(upstream.count(item), 1, way)
    }
  })

  it("the one tool and its instructions read the same", async () => {
    const { host } = given()
    for (const [era, client] of [
      ["modern", await modernClient(host)],
      ["legacy", await legacyClient(host)]
    ] as const) {
      const { tools } = await client.listTools()
      assert.deepStrictEqual(
        tools.map(({ name }) => name),
        ["execute"]
      )
      assert.include(tools[0]?.description, "desk shop")
      sameOnBoth(host.name, `tools/list, ${era}`, [tools, client.getInstructions()])
    }
  })

  it("values come back as they were sent", async () => {
    const { host } = given()
    const values = [
      null,
      true,
      -0.5,
      "ünï\u0000 \ud83d\ude80",
      [],
      {},
      { $type: "a", _id: "b", "ü ö": [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]] }
    ]
    const code = `return ${JSON.stringify(values)}`
    assert.deepStrictEqual((await run(host, code)).value, values)
    const kept = await host.json<ExecuteResult>("run", "-e", code)
    const shown = await host.json<{ readonly result: ExecuteResult }>("runs", "show", kept.runId)
    assert.deepStrictEqual(shown.result.value, values)
    assert.notProperty(await run(host, "return undefined"), "value")
  })

  it("a long result is a handle with its type and a sample; code reads all of it, or a slice", async () => {
    const { host } = given()
    const long = await run(host, "return await tools.shop.listOrders({ count: 500 })")
    const { artifact, runId, status } = long
    assert.strictEqual(status, "completed")
    assert.notProperty(long, "value")
    assert(artifact !== undefined)
    assert.strictEqual(artifact.type, "Array<{ id: number; item: string; quantity: number }>")
    assert.isAbove(artifact.bytes, 50_000)
    sameOnBoth(host.name, "a long result", artifact)
    const read = await run(
      host,
      `const all = await tools.executor.artifacts.read({ run: "${runId}" })
       const slice = await tools.executor.artifacts.read({ run: "${runId}", offset: 1, length: 40 })
       return [all.length, all.at(-1).id, slice]`
    )
    sameOnBoth(host.name, "reading a long result", read)
    assert.deepStrictEqual((read.value as ReadonlyArray<unknown>).slice(0, 2), [500, 499])
    const nobody = await run(
      host,
      'return await tools.executor.artifacts.read({ run: "run_0000000000000000000000000" })'
    )
    assert.strictEqual(nobody.status, "failed")
    sameOnBoth(host.name, "reading the result of no run", nobody)
  })

  it("time, chance and timers work, and nothing of the host is there", async () => {
    const { host } = given()
    const { value } = await run(
      host,
      `const began = Date.now()
       await new Promise((done) => setTimeout(done, 20))
       const names = ["process", "require", "fetch", "Buffer", "WebAssembly", "SharedArrayBuffer"]
       return {
         passed: Date.now() - began >= 20,
         chance: Math.random() !== Math.random(),
         id: /^[0-9a-f-]{36}$/.test(crypto.randomUUID()),
         host: names.filter((name) => name in globalThis)
       }`
    )
    assert.deepStrictEqual(value, { passed: true, chance: true, id: true, host: [] })
  })

  it("two clients at once get each their own answers, and each effect happens once", async () => {
    const { host, named, upstream } = given()
    const clients = [await modernClient(host), await legacyClient(host)]
    const asked = Array.from({ length: 8 }, (_, index) => ({
      client: clients[index % clients.length]!,
      item: named(`order ${index}`)
    }))
    const answers = await Promise.all(
      asked.map(({ client, item }) =>
        execute(client, {
          code: `return (await tools.shop.placeOrder({ item: ${JSON.stringify(item)}, quantity: 1 })).item`
        })
      )
    )
    assert.deepStrictEqual(
      answers.map(({ value }) => value),
      asked.map(({ item }) => item)
    )
    for (const { item } of asked) assert.strictEqual(upstream.count(item), 1)
  })
}
