// The pure rules: policy, run and source lifecycles, addresses, tool paths, redaction.
import { assert, describe, it } from "@effect/vitest"
import {
  Policy,
  PolicyPattern,
  RunStatus,
  SourceState,
  ToolPath,
  terminalStatuses,
  type Actor
} from "@executor-v2/schema"
import { Option, Schema } from "effect"
import {
  canMoveSource,
  parseToolPath,
  PolicyRules,
  previewArguments,
  redact,
  RunRules,
  SourceAddress,
  suggestSourceName
} from "../src/index.ts"

const policy = (pattern: string, effect: Policy["effect"], scope: Policy["scope"] = "workspace"): Policy =>
  Schema.decodeUnknownSync(Policy)({
    id: `policy_${pattern.length}${effect.length}`,
    pattern,
    effect,
    scope,
    createdAt: 1
  })
const path = (text: string) => ToolPath.make(text)
const matches = (pattern: string, tool: string) => PolicyRules.matches(PolicyPattern.make(pattern), path(tool))

describe("a policy pattern", () => {
  it.each([
    ["**", "a.b", true],
    ["a.**", "a.b", true],
    ["a.**", "a.b.c", true],
    ["a.*", "a.b", true],
    ["a.*", "a.b.c", false],
    ["a.b", "a.b", true],
    ["a.b", "a.bc", false],
    ["*.delete", "a.delete", true],
    ["*.delete", "a.b.delete", false],
    ["a.b.**", "a.b", false],
    ["*.*.delete", "a.b.delete", true],
    ["b.**", "a.b", false]
  ] as const)("%s against %s: %s", (pattern, tool, expected) => assert.strictEqual(matches(pattern, tool), expected))

  it.each(["a.**.b", "a..b", "", "a.b*", "**.a", "a b"])("%s does not parse", (pattern) => {
    assert.isFalse(Schema.is(PolicyPattern)(pattern))
  })
})

describe("a policy decision", () => {
  it("allows what no rule covers", () =>
    assert.strictEqual(PolicyRules.decide([policy("b.**", "deny")], path("a.b")).effect, "allow"))

  it("follows the most specific pattern within a scope", () => {
    const rules = [policy("a.**", "deny"), policy("a.get", "allow")]
    assert.strictEqual(PolicyRules.decide(rules, path("a.get")).effect, "allow")
    assert.strictEqual(PolicyRules.decide(rules, path("a.set")).effect, "deny")
  })

  it("follows the most restrictive between scopes", () => {
    const rules = [policy("a.get", "allow", "profile"), policy("a.**", "deny", "workspace")]
    assert.strictEqual(PolicyRules.decide(rules, path("a.get")).effect, "deny")
  })

  it("does not depend on the order of the rules", () => {
    const rules = [policy("*.get", "allow"), policy("a.*", "deny"), policy("**", "allow")]
    for (const order of [rules, rules.toReversed()])
      assert.strictEqual(PolicyRules.decide(order, path("a.get")).effect, "deny")
  })
})

describe("the life of a run", () => {
  it.prop("never leaves a terminal state", { from: RunStatus, to: RunStatus }, ({ from, to }) => {
    if (terminalStatuses.has(from)) assert.isFalse(RunRules.canMove(from, to))
  })
  it("goes between running and waiting", () => {
    assert.isTrue(RunRules.canMove("running", "waiting_for_input"))
    assert.isTrue(RunRules.canMove("waiting_for_input", "running"))
    assert.isFalse(RunRules.canMove("queued", "completed"))
  })
  it("calls an interrupted run repeatable only when it changed nothing", () => {
    assert.isTrue(RunRules.interruption(0, 0).retryable)
    assert.isFalse(RunRules.interruption(0, 1).retryable)
    assert.include(RunRules.interruption(0, 1).message, "repeat")
    assert.isFalse(RunRules.interruption(2, 3).retryable)
    assert.include(RunRules.interruption(2, 3).message, "unknown")
  })
})

describe("the life of a source", () => {
  it.prop("reaches every settled state only from probing", { from: SourceState, to: SourceState }, ({ from, to }) => {
    const settled = to === "connected" || to === "auth_required" || to === "error"
    if (settled) assert.strictEqual(canMoveSource(from, to), from === "probing")
  })
})

const owner: Actor = { kind: "owner" }
const agent: Actor = { kind: "agent" }

describe("who may register what", () => {
  it("lets a human reach the origin that was typed", () => {
    const decision = SourceAddress.decideAddress(owner, { _tag: "Url", url: "http://127.0.0.1:4000/openapi.json?x=1" })
    assert.deepStrictEqual(decision, { _tag: "Allowed", privateOrigins: ["http://127.0.0.1:4000"] })
  })
  it("takes no text that would not fit an event", () => {
    assert.isUndefined(SourceAddress.addressProblem({ _tag: "Text", text: "{}" }))
    assert.include(SourceAddress.addressProblem({ _tag: "Text", text: "x".repeat(2 ** 21) }) ?? "", "save it to a file")
  })
  it("gives a run no private origin", () => {
    const decision = SourceAddress.decideAddress(agent, { _tag: "Url", url: "http://127.0.0.1:4000/openapi.json" })
    assert.deepStrictEqual(decision, { _tag: "Allowed", privateOrigins: [] })
  })
  it("refuses processes and files from a run, with a command that can be pasted", () => {
    const decision = SourceAddress.decideAddress(
      agent,
      { _tag: "Stdio", command: "npx", args: ["-y", "it's; rm -rf /"] },
      "evil"
    )
    assert.strictEqual(decision._tag, "Refused")
    if (decision._tag === "Refused") {
      assert.strictEqual(decision.command, `executor sources add --name evil -- npx -y 'it'\\''s; rm -rf /'`)
    }
    assert.strictEqual(SourceAddress.decideAddress(agent, { _tag: "File", path: "/etc/passwd" })._tag, "Refused")
  })
})

describe("names", () => {
  it.each([
    ["https://api.github.com/openapi.json", "github"],
    ["https://petstore3.swagger.io/api/v3/openapi.json", "swagger"],
    ["http://localhost:3000/openapi.json", "local3000"],
    ["http://127.0.0.1:1/x", "local1"],
    ["./specs/pet-store.openapi.yaml", "petStore"],
    ["/tmp/GitHub.json", "github"],
    ["https://mcp.linear.app/mcp", "linear"]
  ] as const)("%s is called %s", (from, expected) =>
    assert.deepStrictEqual(suggestSourceName(from), Option.some(expected as never))
  )

  it("splits a path into source and tool", () => {
    assert.deepStrictEqual(
      Option.map(parseToolPath("a.b.c"), ({ source, name }) => [source, name]),
      Option.some(["a", "b.c"])
    )
    assert.isTrue(Option.isNone(parseToolPath("a")))
    assert.isTrue(Option.isNone(parseToolPath("a.b;process.exit()")))
  })
})

describe("redaction", () => {
  it("hides fields that are named like secrets, and texts that look like them", () => {
    const shown = JSON.stringify(
      redact({
        apiKey: "k1",
        api_key: "k2",
        nested: [{ Authorization: "Bearer abcdefghijkl" }],
        password: "p",
        note: "use Bearer abcdefghijkl please",
        tokens: ["t"],
        count: 3
      })
    )
    for (const secret of ["k1", "k2", "abcdefghijkl", '"p"', '"t"']) assert.notInclude(shown, secret)
    assert.include(shown, '"count":3')
  })
  it("hides who signs in inside an address", () =>
    assert.notInclude(previewArguments({ url: "https://me:hunter2@shop.example/x" }), "hunter2"))

  it("leaves ordinary words alone", () => {
    const value = { author: "a", tokenizer: "b", monkey: "c", title: "Basic facts" }
    assert.deepStrictEqual(redact(value), value)
  })
  it("cuts a preview to a readable size", () =>
    assert.isAtMost(previewArguments({ text: "x".repeat(100_000) }).length, 2_001))
})
