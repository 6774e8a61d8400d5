// What goes wrong is told with what to do next, in the same words on both hosts.
import type { ExecuteResult } from "@executor-v2/schema"
import { assert, describe, it } from "vitest"
import { connection, execute, legacyClient, modernClient, run } from "../Clients.ts"
import { sameOnBoth } from "../SameAnswers.ts"
import type { Scenario } from "./Given.ts"

interface Wrong {
  readonly code: string
  readonly status: ExecuteResult["status"]
  readonly error: string
  readonly says: string
  /** Line in the agent's own text. */
  readonly line?: number
  /** Whether the message holds figures that are the host's own (`Differences.ts`). */
  readonly ownWords?: true
}

/** It takes what it can get, a piece at a time: no stretch of it is long, however busy the machine is. */
export const bomb = (piece: string): string =>
  `const all = []; for (;;) { all.push(${piece}); await new Promise((done) => setTimeout(done, 0)) }`

const wrongs: Readonly<Record<string, Wrong>> = {
  "a syntax error, with its position": {
    code: "const a = 1\nconst b: = 2",
    status: "failed",
    error: "syntax_error",
    says: "2 | const b: = 2\n  |          ^",
    line: 2
  },
  "an unknown tool, with the nearest name": {
    code: "const item = 'x'\nreturn await tools.shop.placeOrde({ item })",
    status: "failed",
    error: "unknown_tool",
    says: "Did you mean tools.shop.placeOrder?",
    line: 2
  },
  "an unknown source": {
    code: "return await tools.nowhere.go({})",
    status: "failed",
    error: "unknown_tool",
    says: 'there is no tool "nowhere.go"',
    line: 1
  },
  "wrong arguments, each of them": {
    code: "return await tools.shop.placeOrder({ item: 3 })",
    status: "failed",
    error: "invalid_arguments",
    says: '"quantity" is missing, expected an integer; "item" must be a string, given a number (3)',
    line: 1
  },
  "an upstream that does not know the thing": {
    code: "return await tools.shop.getOrder({ id: 404 })",
    status: "failed",
    error: "upstream_error",
    says: "answered 404",
    line: 1
  },
  "an upstream in trouble": {
    code: "return await tools.shop.haveTrouble({ status: 503 })",
    status: "failed",
    error: "upstream_error",
    says: "answered 503",
    line: 1
  },
  "an MCP tool that refuses": {
    code: "return await tools.desk.refuse({})",
    status: "failed",
    error: "upstream_error",
    says: "the desk is closed",
    line: 1
  },
  "an error of the code's own": {
    code: "console.log('so far')\nthrow new TypeError('no such luck')",
    status: "failed",
    error: "uncaught_error",
    says: "TypeError: no such luck",
    line: 2
  },
  "a promise that never settles": {
    code: "await new Promise(() => {})",
    status: "failed",
    error: "never_settles",
    says: "can never settle"
  },
  "a loop without end": {
    code: "for (;;) {}",
    status: "timed_out",
    error: "turn_timeout",
    says: "more than 1000 ms"
  },
  "a memory bomb of lists": {
    code: bomb("new Array(1e6).fill(1.5)"),
    status: "failed",
    error: "memory",
    says: "work on less data at a time",
    ownWords: true
  },
  "a memory bomb of texts": {
    code: bomb("JSON.stringify('x'.repeat(4e6))"),
    status: "failed",
    error: "memory",
    says: "work on less data at a time",
    ownWords: true
  },
  "a result that is no data": {
    code: "return () => 1",
    status: "failed",
    error: "uncaught_error",
    says: "the code returned a function"
  }
}

export const errors: Scenario = (given) => {
  describe("an error is told with what to do next", () => {
    it.each(Object.entries(wrongs))("%s", async (name, { code, error, line, ownWords, says, status }) => {
      const { host } = given()
      const result = await run(host, code)
      assert.deepInclude(result, { status })
      assert.deepInclude(result.error, { code: error, ...(line === undefined ? {} : { line }) })
      assert.include(result.error?.message, says)
      const { message, ...rest } = result.error!
      sameOnBoth(host.name, name, { ...result, error: ownWords === true ? rest : { ...rest, message } })
      assert.strictEqual((await run(host, "return 1 + 1")).value, 2)
    })
  })

  it("code may catch each of them, with code, status and whether a second try makes sense", async () => {
    const { host } = given()
    const { status, value } = await run(
      host,
      `const seen = []
       for (const call of [
         () => tools.shop.getOrder({ id: 404 }),
         () => tools.shop.haveTrouble({ status: 503 }),
         () => tools.shop.haveTrouble({ status: 429 }),
         () => tools.shop.placeOrder({}),
         () => tools.shop.nothing({}),
         () => tools.desk.refuse({})
       ]) await call().catch((error) => seen.push({
         name: error.name, code: error.code, status: error.status, retryable: error.retryable, text: error.message
       }))
       return seen`
    )
    assert.strictEqual(status, "completed")
    const seen = value as ReadonlyArray<{ name: string; code: string; status?: number; retryable: boolean }>
    assert.deepStrictEqual(
      seen.map(({ code, name, retryable, status }) => [name, code, status, retryable]),
      [
        ["ToolError", "upstream_error", 404, false],
        ["ToolError", "upstream_error", 503, true],
        ["ToolError", "upstream_error", 429, true],
        ["ToolError", "invalid_arguments", undefined, false],
        ["ToolError", "unknown_tool", undefined, false],
        ["ToolError", "upstream_error", undefined, false]
      ]
    )
    sameOnBoth(host.name, "errors that code catches", seen)
  })

  it("what a rule denies is not called, by nobody, until the rule is gone", async () => {
    const { host, named, upstream } = given()
    const item = named("denied")
    const code = `return (await tools.shop.placeOrder({ item: ${JSON.stringify(item)}, quantity: 1 })).quantity`
    const { policy } = await host.json<{ readonly policy: { readonly id: string } }>(
      "policies",
      "set",
      "shop.placeOrder",
      "deny"
    )
    const denied = await run(host, code)
    assert.deepInclude(denied, { status: "denied" })
    sameOnBoth(host.name, "denied by a rule", denied)
    assert.strictEqual((await host.json<ExecuteResult>("run", "-e", code)).status, "denied")
    const test = await host.json<{ readonly effect: string }>("policies", "test", "shop.placeOrder")
    assert.strictEqual(test.effect, "deny")
    assert.strictEqual(upstream.count(item), 0)
    assert.strictEqual((await host.cli("policies", "remove", policy.id)).code, 0)
    assert.strictEqual((await run(host, code)).value, 1)
    assert.strictEqual(upstream.count(item), 1)
  })

  it("wrong arguments of the one tool are told, in both generations", async () => {
    const { host } = given()
    const cases = [{}, { code: 3 }, { code: "" }, { cod: "return 1" }, { resume: "no" }, { code: "1", resume: "run_x" }]
    const clients = [await modernClient(host), await legacyClient(host)]
    for (const client of clients) {
      const answers = await Promise.all(cases.map((args) => execute(client, args)))
      for (const { error } of answers) assert.strictEqual(error?.code, "invalid_arguments")
      sameOnBoth(host.name, `wrong arguments ${clients.indexOf(client)}`, answers)
    }
    const lost = await execute(clients[0]!, { resume: "run_0000000000000000000000000" })
    assert.strictEqual(lost.error?.code, "not_found")
    sameOnBoth(host.name, "resuming no run", lost)
  })

  it("an agent's key opens /mcp and no RPC; without a key, or with a wrong one, nothing opens", async () => {
    const { host } = given()
    const knock = async (url: string, key: string | undefined) => {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` })
        },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" })
      })
      const text = await response.text()
      for (const secret of [host.agentKey, host.ownerKey]) assert.notInclude(text, secret)
      return response.status
    }
    for (const url of [host.mcpUrl, host.rpcUrl, `${host.rpcUrl}/`])
      for (const key of [undefined, "wrong", `${host.ownerKey}x`]) assert.strictEqual(await knock(url, key), 401, url)
    for (const url of [host.rpcUrl, `${host.rpcUrl}/`]) assert.strictEqual(await knock(url, host.agentKey), 403, url)
    for (const key of [host.agentKey, host.ownerKey])
      assert.strictEqual((await (await modernClient(host, key)).listTools()).tools.length, 1)
    const executor = await connection(host)
    const { runId } = await executor.runs.execute({ code: "return 1" })
    assert.strictEqual((await executor.runs.get({ run: runId })).run.actor.kind, "owner")
  })
}
