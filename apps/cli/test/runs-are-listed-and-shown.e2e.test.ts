// What ran can be looked up afterwards, call by call; what goes on can be waited for and ended.
import type { ExecuteResult, TaskRun } from "@executor-v2/schema"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { documentOf, executor, makeFolder, start, type Started } from "./Cli.ts"

let undo: () => Promise<void> = async () => {}
const { home } = makeFolder((later) => {
  undo = later
})
beforeAll(async () => {
  await executor(["pm", "start"], { home })
})
afterAll(() => undo())

const runs = () => documentOf<ReadonlyArray<TaskRun>>(["runs", "list", "--limit", "1"], { home })

/** The run of a command that is still busy. */
const busyRun = async (marker: string): Promise<TaskRun> => {
  for (;;) {
    const [run] = await runs()
    if (run?.status === "running" && run.code.includes(marker)) return run
  }
}

const wait = (marker: string): Started =>
  start(["run", "-e", `await new Promise((r) => setTimeout(r, 60_000)); return "${marker}"`], { home })

describe("a run", () => {
  it("is listed with its calls, and shown with its code, calls and result", async () => {
    const result = await documentOf<ExecuteResult>(
      ["run", "-e", "const all = await tools.executor.sources.list()\nconsole.log('seen')\nreturn { all }"],
      { home }
    )
    expect(result.status).toBe("completed")
    const listed = (await executor(["runs"], { home })).stdout
    expect(listed).toMatch(/^run +status +started \(UTC\) +took +calls +code\n/)
    expect(listed).toContain(result.runId)
    expect(listed).toMatch(/completed .* 1 +const all = await/)
    const { stderr, stdout } = await executor(["runs", "show", result.runId], { home })
    expect(stdout).toContain("by owner (executor-cli/")
    expect(stdout).toContain("const all = await tools.executor.sources.list()\n")
    expect(stdout).toMatch(/executor\.sources\.list +\d+ ms +ok/)
    expect(stdout).toMatch(/"all": \[\]/)
    expect(stderr).toContain("seen")
    const detail = await documentOf<{ run: TaskRun; calls: ReadonlyArray<unknown>; result: ExecuteResult }>(
      ["runs", "show", result.runId],
      { home }
    )
    expect(detail.run.id).toBe(result.runId)
    expect(detail.calls).toHaveLength(1)
    expect(detail.result).toEqual(result)
  })

  it("that fails says where in the code, on standard error, and ends with 1", async () => {
    const { code, stderr, stdout } = await executor(["run", "-e", "const a = 1\nreturn a.b.c"], { home })
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
    expect(stderr).toMatch(/^failed uncaught_error \(line 2, column \d+\): .*undefined/)
    expect(stderr).toMatch(/executor runs show run_\w+/)
    const syntax = await executor(["run", "-e", "return 1\nreturn (", "--json"], { home })
    expect(JSON.parse(syntax.stdout)).toMatchObject({ status: "failed", error: { code: "syntax_error", line: 2 } })
    expect(syntax.code).toBe(1)
    expect(
      (await documentOf<ReadonlyArray<TaskRun>>(["runs", "list", "--status", "failed"], { home })).length
    ).toBeGreaterThan(1)
  })

  it("that nobody knows is not found, with what to do", async () => {
    const { code, stderr } = await executor(["runs", "show", "run_0"], { home })
    expect(code).toBe(1)
    expect(stderr).toMatch(/there is no run "run_0"/)
  })

  it("too large for one answer is shown in part, with the way to the rest", async () => {
    const { stderr, stdout } = await executor(
      ["run", "-e", "return Array.from({ length: 20_000 }, (_, n) => ({ n, text: 'x'.repeat(20) }))"],
      { home }
    )
    expect(stdout.length).toBeLessThan(100_000)
    expect(stderr).toMatch(/\d+ bytes in all/)
    const code = /executor run -e '(.*)'/.exec(stderr)?.[1] ?? ""
    expect((await executor(["run", "-e", code], { home })).stdout).toContain("xxxx")
  })
})

describe("Ctrl-C", () => {
  it("cancels the run, says so, and ends with 130", async () => {
    const busy = wait("cancel me")
    const { id } = await busyRun("cancel me")
    busy.process.kill("SIGINT")
    const { code, stderr, stdout } = await busy.ended
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" })
    expect(stderr).toContain("cancelled")
    expect((await documentOf<{ run: TaskRun }>(["runs", "show", id], { home })).run.status).toBe("cancelled")
  })

  it("a second one does not wait", async () => {
    const busy = wait("leave")
    await busyRun("leave")
    busy.process.kill("SIGINT")
    busy.process.kill("SIGINT")
    expect((await busy.ended).code).toBe(130)
  })
})

describe("a run that goes on", () => {
  it("is ended by its id from elsewhere", async () => {
    const busy = wait("from elsewhere")
    const { id } = await busyRun("from elsewhere")
    expect((await executor(["runs", "cancel", id], { home })).stdout).toBe(`${id}: cancelled\n`)
    expect((await busy.ended).code).toBe(1)
    const again = await executor(["runs", "cancel", id], { home })
    expect(again.code).toBe(1)
    expect(again.stderr).toMatch(/run/)
  })

  it("is waited for by its id, also by somebody else", async () => {
    const first = start(["run", "-e", "await new Promise((r) => setTimeout(r, 2_000)); return 'waited for'"], { home })
    const { id } = await busyRun("waited for")
    const second = await executor(["runs", "resume", id], { home })
    expect(second).toMatchObject({ code: 0, stdout: "waited for\n" })
    expect((await first.ended).stdout).toBe("waited for\n")
    expect(await documentOf<ExecuteResult>(["runs", "resume", id], { home })).toMatchObject({
      status: "completed",
      value: "waited for"
    })
  })
})

it("whoever closes the pipe hears no complaint", async () => {
  const busy = start(["run", "-e", "return 'x'.repeat(1_000)"], { home })
  busy.process.stdout?.destroy()
  expect(await busy.ended).toMatchObject({ code: 0, stderr: "" })
})
