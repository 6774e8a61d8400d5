import { ArtifactHash, RunId, type ExecuteResult, type RunStatus } from "@executor-v2/schema"
import { assert, describe, it, vi } from "vitest"
import { readArguments } from "../src/ExecuteTool.ts"
import { patienceOf } from "../src/Patience.ts"
import { actorOf, type Principal } from "../src/Principal.ts"
import { startProgress } from "../src/Progress.ts"
import { answerBudget, resultText, toToolResult } from "../src/ResultText.ts"

const runId = RunId.make("run_1")

const messageOf = (given: Record<string, unknown> | undefined): string => {
  const read = readArguments(given)
  return read._tag === "Wrong" ? read.message : read._tag
}

describe("the arguments of execute", () => {
  it("are code or a handle", () => {
    assert.deepStrictEqual(readArguments({ code: "return 1" }), { _tag: "Code", code: "return 1" })
    assert.deepStrictEqual(readArguments({ resume: "run_1" }), { _tag: "Resume", run: runId })
  })

  it("say what is wrong and what to pass instead", () => {
    assert.match(messageOf(undefined), /^pass code, the TypeScript to run, or resume\. Example: execute\(/)
    assert.match(messageOf({ code: "return 1", resume: "run_1" }), /not both/)
    assert.match(messageOf({ code: ["return 1"] }), /must be a string of TypeScript, not object/)
    assert.match(messageOf({ code: null }), /not null/)
    assert.match(messageOf({ code: " \n" }), /code is empty/)
    assert.match(messageOf({ resume: "../etc/passwd" }), /waiting\.resume of an earlier answer/)
    assert.match(messageOf({ resume: 7 }), /waiting\.resume of an earlier answer/)
    assert.match(messageOf({ code: "return 1", timeout: 5 }), /unknown argument "timeout"/)
  })
})

describe("an answer", () => {
  it("is an error exactly for runs that ended badly", () => {
    const statuses: ReadonlyArray<RunStatus> = [
      "queued",
      "running",
      "waiting_for_input",
      "completed",
      "failed",
      "timed_out",
      "denied",
      "cancelled",
      "interrupted"
    ]
    const errors = statuses.filter((status) => toToolResult({ status, runId }).isError === true)
    assert.deepStrictEqual(errors, ["failed", "timed_out", "denied", "cancelled", "interrupted"])
  })

  it("is the result as compact JSON and nothing else", () => {
    const artifact = {
      run: runId,
      hash: ArtifactHash.make("a".repeat(64)),
      bytes: 9,
      type: "string",
      sample: '"x',
      read: "…"
    }
    const result = { status: "completed", runId, artifact, logs: ["one"] } as ExecuteResult
    assert.deepStrictEqual(JSON.parse(resultText(result)), result)
  })

  it("keeps its budget by giving up early logs first", () => {
    const logs = Array.from({ length: 2_000 }, (_, index) => `line ${index} "quoted" ${"x".repeat(20)}`)
    const text = resultText({ status: "completed", runId, value: "v".repeat(10_000), logs })
    const kept = JSON.parse(text) as { readonly value: string; readonly logs: ReadonlyArray<string> }
    assert.isAtMost(text.length, answerBudget)
    assert.isAbove(text.length, answerBudget / 2)
    assert.strictEqual(kept.value.length, 10_000)
    assert.match(kept.logs[0] ?? "", /^… \d+ earlier lines left out$/)
    assert.strictEqual(kept.logs.at(-1), logs.at(-1))
  })

  it("keeps its budget against a huge error and a huge value", () => {
    const error = { code: "uncaught_error", message: "m".repeat(100_000), details: { body: "d".repeat(100_000) } }
    const failed = resultText({ status: "failed", runId, error })
    assert.isAtMost(failed.length, answerBudget)
    assert.match(failed, /more characters left out/)
    const large = resultText({ status: "completed", runId, value: "\n".repeat(40_000), logs: ["said"] })
    assert.isAtMost(large.length, answerBudget)
    assert.match(large, /too long for one answer; return fewer fields or items/)
  })
})

describe("a client's patience", () => {
  it("is known for clients that were looked at, by the beginning of their name", () => {
    assert.strictEqual(patienceOf({ name: "gemini-cli-mcp-client-executor", version: "0.0.1" }, true), 570_000)
    assert.strictEqual(patienceOf({ name: "codex-mcp-client" }, true), 280_000)
    assert.strictEqual(patienceOf({ name: "Visual Studio Code" }, false), 280_000)
  })

  it("is longer where progress resets the client's clock", () => {
    assert.strictEqual(patienceOf({ name: "opencode" }, false), 50_000)
    assert.strictEqual(patienceOf({ name: "opencode" }, true), 330_000)
  })

  it("is under a minute for everybody else", () => {
    assert.strictEqual(patienceOf({ name: "somebody" }, true), 50_000)
    assert.strictEqual(patienceOf(undefined, false), 50_000)
  })
})

describe("the actor of a run", () => {
  const principal = { workspace: "default", kind: "agent", id: "a" } as Principal

  it("has the key's kind, whatever the client calls itself", () => {
    assert.deepStrictEqual(actorOf(principal, { name: "owner" }), { kind: "agent", client: "owner" })
  })

  it("shows a client's name without control characters and cut", () => {
    assert.strictEqual(actorOf(principal, { name: "a\u001b[31m\n\u202eb", version: "1" }).client, "a[31mb/1")
    assert.strictEqual(actorOf(principal, { name: "n".repeat(500) }).client?.length, 80)
    assert.deepStrictEqual(actorOf(principal, { name: "\n" }), { kind: "agent" })
  })
})

describe("progress", () => {
  it("is told at once, then at least every five seconds, counting up, until stopped", () => {
    vi.useFakeTimers()
    try {
      const told: Array<number> = []
      const progress = startProgress((value) => told.push(value))
      assert.deepStrictEqual(told, [1])
      for (let seconds = 5; seconds <= 60; seconds += 5) {
        const before = told.length
        vi.advanceTimersByTime(5_000)
        assert.isAbove(told.length, before)
      }
      assert.deepStrictEqual(
        told,
        told.map((_, index) => index + 1)
      )
      progress.stop()
      const atStop = told.length
      vi.advanceTimersByTime(60_000)
      assert.strictEqual(told.length, atStop)
    } finally {
      vi.useRealTimers()
    }
  })

  it("tells of tool calls at most once a second", () => {
    vi.useFakeTimers()
    try {
      const messages: Array<string> = []
      const progress = startProgress((_, message) => messages.push(message))
      for (let count = 1; count <= 1_000; count++) progress.calls(count)
      assert.strictEqual(messages.length, 1)
      vi.advanceTimersByTime(1_500)
      progress.calls(1_001)
      assert.deepStrictEqual(messages.slice(1), ["running for 2 s, 1001 tool calls"])
      progress.stop()
    } finally {
      vi.useRealTimers()
    }
  })
})
