import { Effect, Fiber } from "effect"
import { assert, describe, it } from "vitest"
import { answerOf, connect, startGateway } from "./support/TestGateway.ts"

describe("a gateway that is to stop", () => {
  it("is drained once every call in flight has its answer, which the client still gets", async () => {
    await using test = await startGateway()
    await using client = await connect("v2 modern", test.host)
    const called = client.call({ code: "return await gate('last')" })
    await test.engine.reached("last")
    let isDrained = false
    const drained = Effect.runFork(Effect.tap(test.gateway.drained, () => Effect.sync(() => (isDrained = true))))
    await client.listTools()
    assert.isFalse(isDrained)
    test.engine.open("last", "delivered")
    await Effect.runPromise(Fiber.join(drained))
    assert.strictEqual(answerOf(await called)["value"], "delivered")
  })

  it("is drained at once when nothing is going on", async () => {
    await using test = await startGateway()
    await Effect.runPromise(test.gateway.warm)
    await Effect.runPromise(test.gateway.drained)
    await using client = await connect("v1", test.host)
    assert.strictEqual(answerOf(await client.call({ code: "return 1" }))["status"], "completed")
  })
})
