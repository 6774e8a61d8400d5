import { RunStatus } from "@executor-v2/schema"
import { describe, expect, it } from "vitest"
import { jsonObject, policyId, policyPattern, runId, sourceName } from "../src/Arguments.ts"
import { makeProgram } from "../src/Commands.ts"
import { CommandFailure } from "../src/Failure.ts"

const refusal = (act: () => unknown): CommandFailure => {
  try {
    act()
  } catch (error) {
    if (error instanceof CommandFailure) return error
  }
  throw new Error("it was taken")
}

describe("words with a form", () => {
  it("are wrong usage when they do not have it, and the message says what would do", () => {
    for (const act of [
      () => sourceName("My-Shop"),
      () => runId("1"),
      () => policyId("run_1"),
      () => policyPattern("a..b"),
      () => jsonObject("[1]", ""),
      () => jsonObject("{", ""),
      () => jsonObject("null", "")
    ])
      expect(refusal(act)).toMatchObject({ exitCode: 2, code: "usage" })
    expect(refusal(() => sourceName("My-Shop")).message).toContain("How about my_Shop?")
    expect(refusal(() => sourceName("--")).message).not.toContain("How about")
    expect(refusal(() => runId("1")).message).toContain("executor runs list")
    expect(refusal(() => jsonObject("{'a': 1}", "executor tools call x '{}'")).message).toContain(
      "executor tools call x '{}'"
    )
  })

  it("pass unchanged when they do", () => {
    expect(sourceName("gitHub_2")).toBe("gitHub_2")
    expect(runId("run_0mwsobqe8nn43kgvvfr7b5onh")).toBe("run_0mwsobqe8nn43kgvvfr7b5onh")
    expect(policyPattern("github.**")).toBe("github.**")
    expect(jsonObject(undefined, "")).toEqual({})
    expect(jsonObject('{"a": [1]}', "")).toEqual({ a: [1] })
  })

  it("the statuses that can be asked for are those that a run can have", () => {
    const runs = makeProgram([]).commands.find((command) => command.name() === "runs")
    const status = runs?.commands
      .find((command) => command.name() === "list")
      ?.options.find((option) => option.long === "--status")
    expect(status?.argChoices).toEqual(RunStatus.literals)
  })
})
