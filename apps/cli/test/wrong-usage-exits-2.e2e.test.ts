// Wrong usage ends with 2 before anything happens, says what was wrong on standard error, and what would be right.
import { existsSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { executor, makeFolder } from "./Cli.ts"

describe("wrong usage", () => {
  it.each([
    [["frobnicate"], "unknown command 'frobnicate'"],
    [["sorces"], "Did you mean sources?"],
    [["sources", "lst"], "Did you mean list?"],
    [["run"], "nothing to run"],
    [["run", "-e", "return 1", "file.ts"], "not both"],
    [["run", "nowhere.ts"], "there is no file nowhere.ts"],
    [["run", "--jsom", "-e", "1"], "Did you mean --json?"],
    [["sources", "add"], "nothing to add"],
    [["sources", "add", "."], "is a folder"],
    [["sources", "add", "ftp://x/y"], "only http and https"],
    [["sources", "add", "https://"], "is not an address"],
    [["sources", "add", "a.json", "b.json"], "one address or file at a time"],
    [["sources", "add", "--", "server"], "--name NAME"],
    [["sources", "add", "--name", "x", "--", "server", "--flag"], '"server" "--flag"'],
    [["sources", "add", "https://a.test", "--name", "Bad Name"], "How about bad_Name?"],
    [["tools"], "Usage: executor tools"],
    [["tools", "call", "a.b", "{"], "not JSON"],
    [["runs", "show"], "missing required argument 'id'"],
    [["policies", "set", "**", "perhaps"], "Allowed choices are allow, deny"]
  ])("%j: %s", async (args, message) => {
    const { home } = makeFolder()
    const { code, stderr, stdout } = await executor(args, { home })
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
    expect(stderr).toContain(message)
    // Nothing was started for it.
    expect(existsSync(home)).toBe(false)
  })
})

describe("whoever called a command wrongly", () => {
  it.each([
    [["sources", "add", "--nmae", "x"], "See: executor sources add --help"],
    [["sources", "add"], "See: executor sources add --help"],
    [["sources", "lst"], "See: executor sources --help"],
    [["runs", "show", "nonsense"], "See: executor runs show --help"],
    [["target", "add", "x"], "See: executor target add --help"],
    [["run"], "See: executor run --help"],
    [["frobnicate"], "See: executor --help --all"]
  ])("%j: %s", async (args, line) => {
    const { home } = makeFolder()
    const { stderr } = await executor(args, { home })
    expect(stderr.trimEnd().split("\n").at(-1)).toBe(line)
  })
})

describe("help", () => {
  it("can be asked for as a command", async () => {
    const { home } = makeFolder()
    const same: ReadonlyArray<readonly [ReadonlyArray<string>, ReadonlyArray<string>]> = [
      [["help"], ["--help"]],
      [
        ["help", "--all"],
        ["--help", "--all"]
      ],
      [
        ["help", "sources", "add"],
        ["sources", "add", "--help"]
      ],
      [
        ["help", "target"],
        ["target", "--help"]
      ]
    ]
    for (const [words, usual] of same) expect(await executor(words, { home })).toEqual(await executor(usual, { home }))
    expect((await executor(["help", "claude"], { home })).stdout).toMatch(/^Usage: executor claude/)
    expect(await executor(["help", "soucres"], { home })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no command "soucres"')
    })
  })

  it("is on standard output, whatever else is there", async () => {
    const { home } = makeFolder()
    for (const args of [
      [],
      ["--help"],
      ["-h"],
      ["--help", "--all"],
      ["run", "--help"],
      ["sources", "--help"],
      ["sources", "add", "--help"]
    ]) {
      const { code, stderr, stdout } = await executor(args, { home })
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
      expect(stdout).toMatch(/^Usage: executor/)
      expect(stdout).not.toContain("\u001b")
    }
    expect((await executor(["sources", "add", "--help"], { home })).stdout).toContain("-- npx -y")
    expect((await executor(["--version"], { home })).stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/)
    expect(existsSync(home)).toBe(false)
  })
})
