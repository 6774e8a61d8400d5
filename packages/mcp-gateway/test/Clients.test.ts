import { assert, describe, it } from "vitest"
import { instructions } from "../src/Instructions.ts"
import { answerOf, clientKinds, connect, startGateway } from "./support/TestGateway.ts"

for (const kind of clientKinds) {
  describe(`a ${kind} client`, () => {
    it("finds one tool whose description names the sources", async () => {
      await using test = await startGateway()
      await using client = await connect(kind, test.host)
      const tools = await client.listTools()
      assert.deepStrictEqual(
        tools.map((tool) => tool.name),
        ["execute"]
      )
      assert.match(tools[0]?.description ?? "", /Sources: github stripe$/)
      assert.strictEqual(client.instructions, instructions)
      assert.strictEqual(client.era, kind === "v2 modern" ? "2026-07-28" : "2025-11-25")
    })

    it("gets the value of its code once, as JSON text", async () => {
      await using test = await startGateway()
      await using client = await connect(kind, test.host)
      const called = await client.call({ code: "return { sum: 1 + 1 }" })
      assert.deepStrictEqual(answerOf(called), { status: "completed", runId: "run_1", value: { sum: 2 } })
      assert.strictEqual(called.structuredContent, undefined)
      assert.isNotTrue(called.isError)
      assert.deepStrictEqual(test.host.errors, [])
    })

    it("is told line and column when its code throws", async () => {
      await using test = await startGateway()
      await using client = await connect(kind, test.host)
      const called = await client.call({ code: "throw new Error('no such customer')" })
      assert.isTrue(called.isError)
      const error = { code: "uncaught_error", message: "no such customer", line: 1, column: 7 }
      assert.deepStrictEqual(answerOf(called), { status: "failed", runId: "run_1", error })
    })

    it("is told what to pass when the arguments are wrong, and nothing runs", async () => {
      await using test = await startGateway()
      await using client = await connect(kind, test.host)
      for (const args of [{}, { code: 5 }, { code: "return 1", resume: "run_1" }, { script: "return 1" }]) {
        const called = await client.call(args)
        assert.isTrue(called.isError)
        assert.strictEqual((answerOf(called)["error"] as { code: string }).code, "invalid_arguments")
      }
      assert.deepStrictEqual(test.engine.asked, [])
    })

    it("sees progress at once and after tool calls", async () => {
      await using test = await startGateway()
      await using client = await connect(kind, test.host)
      const first = Promise.withResolvers<number>()
      const called = client.call(
        { code: "return await gate('door')" },
        { onprogress: ({ progress }) => first.resolve(progress) }
      )
      assert.strictEqual(await first.promise, 1)
      test.engine.open("door", "open")
      assert.strictEqual(answerOf(await called)["value"], "open")
    })

    it("gets a handle when its patience is over, and the result by it", async () => {
      await using test = await startGateway()
      test.host.principals.set("a", { ...test.host.principals.get("a")!, patienceMs: 20 })
      await using client = await connect(kind, test.host)
      const called = await client.call({ code: "return await gate('slow')" })
      const waiting = answerOf(called)
      assert.isNotTrue(called.isError)
      assert.strictEqual(waiting["status"], "running")
      const { resume } = waiting["waiting"] as { readonly resume: string }
      test.engine.open("slow", 42)
      assert.deepStrictEqual(answerOf(await client.call({ resume })), { status: "completed", runId: resume, value: 42 })
    })

    it("is shown as the actor of its run, with the key's kind", async () => {
      await using test = await startGateway()
      await using client = await connect(kind, test.host)
      await client.call({ code: "return 1" })
      assert.deepStrictEqual(test.engine.asked[0]?.actor, { kind: "agent", client: "gateway-test/1.2.3" })
      assert.strictEqual(test.engine.asked[0]?.workspace, "default")
    })

    it("ends its run by cancelling the call", async () => {
      await using test = await startGateway()
      await using client = await connect(kind, test.host)
      const abort = new AbortController()
      const called = client
        .call({ code: "return await gate('never')" }, { signal: abort.signal })
        .catch(() => "given up")
      await test.engine.reached("never")
      abort.abort("the person pressed escape")
      assert.strictEqual(await called, "given up")
      assert.strictEqual(await test.engine.lastEnd(), "cancelled")
    })

    it("is told the reason in words of ours when a run is refused or the host fails", async () => {
      await using test = await startGateway()
      await using client = await connect(kind, test.host)
      const codes: Array<unknown> = []
      for (const code of ["refuse", "disk", "defect"]) {
        const called = await client.call({ code })
        assert.isTrue(called.isError)
        assert.notInclude(called.content[0]?.text ?? "", "canary-secret")
        codes.push((answerOf(called)["error"] as { code: string }).code)
      }
      codes.push((answerOf(await client.call({ resume: "run_zzz" }))["error"] as { code: string }).code)
      assert.deepStrictEqual(codes, ["busy", "host_failure", "internal", "not_found"])
    })

    it("leaves a run alone by cancelling a resume, which only waits for it", async () => {
      await using test = await startGateway()
      test.host.principals.set("b", { ...test.host.principals.get("b")!, patienceMs: 1 })
      await using starter = await connect("v2 modern", test.host, "b")
      await using client = await connect(kind, test.host)
      await starter.call({ code: "return await gate('shared')" })
      const abort = new AbortController()
      const first = Promise.withResolvers<void>()
      const resumed = client
        .call({ resume: "run_1" }, { signal: abort.signal, onprogress: () => first.resolve() })
        .catch(() => "given up")
      await first.promise
      abort.abort("no more waiting")
      assert.strictEqual(await resumed, "given up")
      test.engine.open("shared", "kept")
      assert.strictEqual(answerOf(await client.call({ resume: "run_1" }))["value"], "kept")
    })
  })
}

describe("a legacy client whose clock ran out", () => {
  it("leaves its run going, and another client fetches the result", async () => {
    await using test = await startGateway()
    await using client = await connect("v1", test.host)
    await using other = await connect("v2 modern", test.host, "o")
    const called = client.call({ code: "return await gate('long')" }, { timeout: 30 }).then(
      () => "answered",
      (error: Error) => error.message
    )
    await test.engine.reached("long")
    assert.match(await called, /timed out/)
    test.engine.open("long", "still done")
    assert.strictEqual(answerOf(await other.call({ resume: "run_1" }))["value"], "still done")
  })
})

describe("two clients at once", () => {
  it("run their code side by side", async () => {
    await using test = await startGateway()
    await using one = await connect("v2 modern", test.host)
    await using two = await connect("v1", test.host, "b")
    const first = one.call({ code: "return await gate('first')" })
    const second = two.call({ code: "return await gate('second')" })
    await Promise.all([test.engine.reached("first"), test.engine.reached("second")])
    test.engine.open("second", 2)
    assert.strictEqual(answerOf(await second)["value"], 2)
    test.engine.open("first", 1)
    assert.strictEqual(answerOf(await first)["value"], 1)
  })
})
