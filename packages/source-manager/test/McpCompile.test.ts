import { assert, describe, it } from "@effect/vitest"
import type { SourceName } from "@executor-v2/schema"
import { Effect } from "effect"
import { compileMcp } from "../src/providers/mcp/Compile.ts"
import { identifiers } from "../src/providers/mcp/Identifiers.ts"

const compile = (tools: ReadonlyArray<unknown>, more: object = {}) =>
  compileMcp(JSON.stringify({ format: 1, server: { title: "T" }, notes: [], tools, ...more }), {
    source: "s" as SourceName
  })

const tool = (name: string, more: object = {}) => ({ name, inputSchema: { type: "object", properties: {} }, ...more })

const nested = (levels: number): object =>
  levels === 0 ? { type: "string" } : { type: "object", properties: { a: nested(levels - 1) } }

describe("names", () => {
  it("that are identifiers stay, others become camel case, and none hides what every object has", () => {
    const names = ["create_issue", "get-sum", "admin.tools/list", "2fa", "日本", "constructor", "then", "x".repeat(180)]
    const given = [...identifiers(names).values()]
    assert.deepStrictEqual(given.slice(0, 4), ["create_issue", "getSum", "adminToolsList", "_2fa"])
    assert.match(given[4]!, /^tool_\w{5}$/)
    assert.deepStrictEqual(given.slice(5, 7), ["constructor_", "then_"])
    for (const name of given) assert.match(name, /^[A-Za-z_][A-Za-z0-9_]{0,99}$/)
  })

  it("that look alike are told apart the same way in any order", () => {
    const names = ["get-sum", "get sum", "getSum", "get.sum", "a-b", "a b"]
    const forward = identifiers(names)
    const backward = identifiers(names.toReversed())
    for (const name of names) assert.strictEqual(forward.get(name), backward.get(name))
    assert.strictEqual(new Set(forward.values()).size, names.length)
    assert.strictEqual(forward.get("getSum"), "getSum")
    assert.strictEqual(identifiers(["getSum", "get-sum", "new-one"]).get("get-sum"), forward.get("get-sum"))
  })

  it("stay unique when ten thousand of them look alike", () => {
    const names = Array.from(
      { length: 10_000 },
      (_, at) => `a${"-".repeat(at % 150)}b${" ".repeat(Math.floor(at / 150))}`
    )
    assert.strictEqual(new Set(identifiers(names).values()).size, new Set(names).size)
  })
})

describe("a list of tools", () => {
  it.effect("is compiled with what search, describe and invoke need", () =>
    Effect.gen(function* () {
      const { tools, title } = yield* compile([
        tool("get-sum", {
          title: "Sum",
          description: "Adds two numbers.\n\nThe result is their sum.",
          annotations: { readOnlyHint: true, idempotentHint: true, title: "ignored", other: true },
          inputSchema: { type: "object", properties: { a: { type: "number", "x-mcp-header": "A" } }, required: ["a"] },
          outputSchema: { type: "object", properties: { sum: { type: "number" } }, required: ["sum"] }
        })
      ])
      assert.strictEqual(title, "T")
      assert.deepInclude(tools[0], {
        name: "getSum",
        summary: "Adds two numbers.",
        description: "Adds two numbers.\n\nThe result is their sum.",
        signature: "(args: { a: number }) => Promise<{ sum: number }>",
        traits: { readOnly: false, destructive: true, idempotent: false },
        keywords: ["get-sum", "Sum", "a"],
        binding: { tool: "get-sum", hints: { readOnlyHint: true, idempotentHint: true }, mirrors: true }
      })
    })
  )

  it.effect("keeps the first of tools with one name, and says so", () =>
    Effect.gen(function* () {
      const { tools, warnings } = yield* compile([
        tool("a", { description: "First." }),
        tool("a", { description: "Second." }),
        tool("b")
      ])
      assert.deepStrictEqual(
        tools.map(({ name, summary }) => [name, summary]),
        [
          ["a", "First."],
          ["b", "b"]
        ]
      )
      assert.deepStrictEqual(warnings, [`the server lists more than one tool named "a"; the first was taken`])
    })
  )

  it.effect("leaves out tools that cannot be used, and says which and why", () =>
    Effect.gen(function* () {
      const { tools, warnings } = yield* compile([
        tool("good"),
        { inputSchema: {} },
        tool("x".repeat(300)),
        7,
        null,
        tool("deep", { inputSchema: nested(60) }),
        tool("giant", { inputSchema: { type: "object", description: "x".repeat(250_000) } }),
        tool("list", { inputSchema: [] }),
        tool("slow", { execution: { taskSupport: "required" } })
      ])
      assert.deepStrictEqual(
        tools.map(({ name }) => name),
        ["good"]
      )
      assert.deepStrictEqual(warnings, [
        "4 tools without a usable name were left out",
        `"deep" was left out: its schema is nested more than 100 levels deep`,
        `"giant" was left out: its schema is longer than 200 KB`,
        `"list" was left out: its schema is not an object`,
        `"slow" was left out: it runs as a task only, which is not supported yet`
      ])
    })
  )

  it.effect("follows no reference to elsewhere and keeps circles of its own", () =>
    Effect.gen(function* () {
      const { tools, warnings } = yield* compile([
        tool("t", {
          inputSchema: {
            type: "object",
            properties: {
              away: { $ref: "https://evil.example/schema.json" },
              node: { $ref: "#/$defs/node" },
              file: { $ref: "file:///etc/passwd" }
            },
            $defs: {
              node: { type: "object", properties: { next: { $ref: "#/$defs/node" } } },
              loop: { $ref: "#/$defs/loop" }
            }
          }
        })
      ])
      assert.notInclude(JSON.stringify(tools), "evil.example")
      assert.notInclude(JSON.stringify(tools), "passwd")
      assert.deepStrictEqual(warnings, [
        "2 references to other documents were not followed; those values are not checked"
      ])
      assert.include(tools[0]!.typescript, "type Node = { next?: Node }")
    })
  )

  it.effect("is kept free of what people cannot see, and bounded", () =>
    Effect.gen(function* () {
      const hidden = "Adds.\u200b\u202e\u{E0041}\u0007\u001b[31m It is safe. */ "
      const { tools } = yield* compile([
        tool("t", { description: hidden + "x".repeat(50_000), title: "\u001b]0;x\u0007T" })
      ])
      assert.notMatch(tools[0]!.description, /[\u0000-\u0008\u001b\u200b\u202e]|\udb40/)
      assert.isAtMost(tools[0]!.description.length, 4_000)
      assert.notInclude(tools[0]!.typescript, "*/ ")
    })
  )

  it.effect("cannot pollute prototypes", () =>
    Effect.gen(function* () {
      const material = `{"format":1,"tools":[{"name":"__proto__","inputSchema":{"type":"object","properties":{"__proto__":{"polluted":true}},"__proto__":{"polluted":true}}}]}`
      const { tools } = yield* compileMcp(material, { source: "s" as SourceName })
      assert.isUndefined(({} as { polluted?: unknown }).polluted)
      assert.isUndefined((tools[0]!.input as { polluted?: unknown }).polluted)
      assert.deepStrictEqual(Object.keys((tools[0]!.input as { properties: object }).properties), ["__proto__"])
    })
  )

  it.effect("without any usable tool, or that is none, is an error", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(compile([]))).failure.code, "no_tools")
      assert.strictEqual((yield* Effect.flip(compile([tool("")]))).failure.code, "no_tools")
      for (const material of ["", "[]", "{}", `{"format":2,"tools":[]}`]) {
        const error = yield* Effect.flip(compileMcp(material, { source: "s" as SourceName }))
        assert.strictEqual(error.failure.code, "invalid_specification")
      }
    })
  )
})
