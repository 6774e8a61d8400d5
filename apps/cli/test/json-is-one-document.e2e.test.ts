// With --json standard output is one JSON document, whatever happens: what scripts read never holds anything else.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { executor, makeFolder } from "./Cli.ts"

let undo: () => Promise<void> = async () => {}
const { folder, home } = makeFolder((later) => {
  undo = later
})
afterAll(() => undo())

writeFileSync(
  join(folder, "openapi.json"),
  JSON.stringify({
    openapi: "3.1.0",
    info: { title: "\u001b[31mPets\u202e", version: "1" },
    servers: [{ url: "https://pets.example" }],
    paths: { "/pets": { get: { operationId: "listPets", summary: "\u001b[2J\u009bAll pets\u202e", responses: {} } } }
  })
)

/** Commands in an order in which each has something to say, with the code it ends with. */
const commands: ReadonlyArray<readonly [code: number, ...args: Array<string>]> = [
  [4, "pm", "status"],
  [0, "pm", "logs"],
  [0, "pm", "start"],
  [0, "sources", "list"],
  [0, "sources", "add", "openapi.json", "--name", "pets"],
  [0, "sources", "list"],
  [0, "sources", "show", "pets"],
  [1, "sources", "show", "nobody"],
  [0, "sources", "refresh", "pets"],
  [1, "sources", "add", "openapi.json", "--name", "pets"],
  [2, "sources", "add", "nowhere.json"],
  [2, "sources", "add", "openapi.json", "--name", "Not-A-Name"],
  [2, "sources", "add", "--name", "cmd", "--json", "--", "some-command"],
  [1, "sources", "refresh", "nobody"],
  [0, "tools", "search", "all", "pets"],
  [0, "tools", "list", "pets"],
  [1, "tools", "list", "nobody"],
  [0, "tools", "describe", "pets.listPets"],
  [1, "tools", "describe", "pets.listPet"],
  [0, "tools", "call", "executor.tools.search", '{"query":"pets"}'],
  [1, "tools", "call", "pets.nothing"],
  [2, "tools", "call", "pets.listPets", "[1]"],
  [0, "policies", "set", "pets.**", "deny", "--note", "\u001b[31mno"],
  [0, "policies", "list"],
  [0, "policies", "test", "pets.listPets"],
  [1, "policies", "remove", "policy_0"],
  [2, "policies", "set", "a b", "deny"],
  [0, "run", "-e", "return { fine: '\u001b[31m' }"],
  [1, "run", "-e", "throw new Error('no')"],
  [2, "run"],
  [2, "run", "missing.ts"],
  [0, "runs", "list"],
  [1, "runs", "show", "run_0"],
  [2, "runs", "show", "nonsense"],
  [1, "runs", "cancel", "run_0"],
  [1, "runs", "resume", "run_0"],
  [0, "sources", "remove", "pets"],
  [1, "sources", "remove", "pets"],
  [0, "target", "list"],
  [0, "target", "use", "local"],
  [1, "target", "use", "nowhere"],
  [1, "target", "remove", "nowhere"],
  [2, "target", "add", "prod"],
  [0, "doctor"],
  [2, "runs", "list", "--limit", "many"],
  [2, "sources", "lsit"],
  [0, "pm", "stop"]
]

/** What a script can tell from the document alone: a run that failed is a result, any other failure is an error. */
const kindOf = ({ error, status }: { readonly error?: { readonly code: string }; readonly status?: string }): string =>
  error?.code === "usage" ? "wrong usage" : error !== undefined || status === "failed" ? "failure" : "answer"

const kinds: Readonly<Record<number, string>> = { 0: "answer", 1: "failure", 2: "wrong usage", 4: "answer" }

describe("every command", () => {
  it.each(commands)("ends with %i: %s %s %s %s", async (code, ...words) => {
    const args = words as ReadonlyArray<string>
    const ended = await executor(args.includes("--json") ? args : [...args, "--json"], { home, cwd: folder })
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code })
    expect(ended.stdout).toMatch(/^[^\u001b\u009b\u202e]*\n$/)
    const document = JSON.parse(ended.stdout) as {
      readonly error?: { readonly code: string }
      readonly status?: string
    }
    expect(kindOf(document)).toBe(kinds[code as number])
  })
})

it("the same commands show people no control sequence either", async () => {
  await executor(["sources", "add", "openapi.json", "--name", "pets"], { home, cwd: folder })
  for (const args of [
    ["sources"],
    ["tools", "search", "pets"],
    ["tools", "list"],
    ["tools", "describe", "pets.listPets"]
  ]) {
    const { stderr, stdout } = await executor(args, { home })
    expect(stdout).toMatch(/pets/i)
    expect(stdout + stderr).not.toMatch(/[\u001b\u009b\u202e]/)
  }
})

it("a daemon that cannot be reached is told as an error with exit code 4", async () => {
  const { code, stderr, stdout } = await executor(["run", "-e", "return 1", "--json"], {
    home,
    env: { EXECUTOR_TARGET: "production" }
  })
  expect(code).toBe(4)
  expect(JSON.parse(stdout)).toEqual({
    error: { code: "unknown_target", message: expect.stringContaining("production") }
  })
  expect(stderr).toContain("production")
  const port = await executor(["sources", "--json"], { home: join(folder, "other"), env: { EXECUTOR_PORT: "99999" } })
  expect(port.code).toBe(4)
  expect(JSON.parse(port.stdout)).toMatchObject({
    error: { code: "daemon_start_failed", message: expect.stringContaining("EXECUTOR_PORT") }
  })
})
