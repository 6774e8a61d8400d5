// Functions under timers that behave as Convex's do in queries and mutations, each in a process of its own; and the same programs on
// Effect's own scheduler, to see that the test can fail.
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"

const main = new URL("./isolate/main.ts", import.meta.url).pathname
const outcome = async (name: string, scheduler: "ours" | "effects"): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    main,
    name,
    scheduler
  ])
  return JSON.parse(stdout)
}

describe("where timers do not fire", { timeout: 60_000 }, () => {
  for (const [name, value] of [
    ["few", 200],
    ["many", 20_000],
    ["yields", 1],
    ["forks", 2]
  ] as const) {
    it(`a function that ${name} ends with its result`, async () => {
      expect(await outcome(name, "ours")).toStrictEqual({ value })
    })
  }

  it("a program of few operations does not need the scheduler", async () => {
    expect(await outcome("few", "effects")).toStrictEqual({ value: 200 })
  })

  for (const name of ["many", "yields", "forks"]) {
    it(`the same program that ${name} is ended by Convex on Effect's own scheduler`, async () => {
      expect(await outcome(name, "effects")).toStrictEqual({
        ended: "Error: Can't use setTimeout in queries and mutations."
      })
    })
  }

  it("a sleep ends the function: no scheduler helps", async () => {
    expect(await outcome("sleeps", "ours")).toStrictEqual({
      ended: "Error: Can't use setTimeout in queries and mutations."
    })
  })
})
