import { describe, expect, it } from "vitest"
import { makeProgram } from "../src/Commands.ts"
import type { Modules } from "../src/Modules.ts"
import { takeTarget, wantsJson, withDefaults } from "../src/Words.ts"

/** What was called, in place of the commands' code. */
const parse = async (...argv: ReadonlyArray<string>): Promise<ReadonlyArray<unknown>> => {
  let called: ReadonlyArray<unknown> = []
  const code = new Proxy(
    {},
    {
      get: (_, name) =>
        name === "then"
          ? undefined
          : (...args: ReadonlyArray<unknown>) => {
              called = [name, ...args]
            }
    }
  )
  const load = new Proxy({}, { get: () => async () => code }) as Modules
  const words = withDefaults(argv)
  const program = makeProgram(words, load)
  const quiet = { writeErr: () => {}, writeOut: () => {} }
  program.configureOutput(quiet)
  for (const command of program.commands) {
    command.configureOutput(quiet)
    for (const nested of command.commands) nested.configureOutput(quiet)
  }
  await program.parseAsync(words, { from: "user" })
  return called
}

describe("sources add", () => {
  it("takes one address or file", async () => {
    expect(await parse("sources", "add", "https://a.test/openapi.json", "--name", "shop", "--json")).toEqual([
      "add",
      "https://a.test/openapi.json",
      [],
      { name: "shop", json: true }
    ])
  })

  it("takes everything after -- as a command, options of that command included", async () => {
    expect(
      await parse("sources", "add", "--name", "x", "--yes", "--", "npx", "-y", "server", "--name", "y", "--json")
    ).toEqual(["add", undefined, ["npx", "-y", "server", "--name", "y", "--json"], { name: "x", yes: true }])
  })

  it("tells an address before -- from a command of one word after it", async () => {
    expect(await parse("sources", "add", "there", "--", "cmd")).toEqual(["add", "there", ["cmd"], {}])
    expect(await parse("sources", "add", "--", "cmd")).toEqual(["add", undefined, ["cmd"], {}])
    expect(await parse("sources", "add", "--", "cmd", "--", "rest")).toEqual([
      "add",
      undefined,
      ["cmd", "--", "rest"],
      {}
    ])
  })

  it("refuses two addresses, unknown kinds and unknown options", async () => {
    await expect(parse("sources", "add", "a", "b")).rejects.toThrow("one address or file at a time (a, b)")
    await expect(parse("sources", "add", "a", "--kind", "soap")).rejects.toThrow("openapi, mcp")
    await expect(parse("sources", "add", "a", "--nmae", "x")).rejects.toThrow("--nmae")
  })
})

describe("agents", () => {
  it("get what follows their name, without the first --", async () => {
    expect(await parse("claude")).toEqual(["launch", "claude", []])
    expect(await parse("claude", "--", "-p", "say hi", "--", "--json")).toEqual([
      "launch",
      "claude",
      ["-p", "say hi", "--", "--json"]
    ])
    expect(await parse("codex", "exec", "--json", "hi")).toEqual(["launch", "codex", ["exec", "--json", "hi"]])
    expect(await parse("gemini", "--help")).toEqual(["launch", "gemini", ["--help"]])
    expect(await parse("opencode", "--version")).toEqual(["launch", "opencode", ["--version"]])
  })
})

describe("the words of the command line", () => {
  it("a group alone does the obvious", async () => {
    expect(await parse("sources")).toEqual(["list", {}])
    expect(await parse("runs", "--json")).toEqual(["list", { json: true }])
    expect(await parse("policies")).toEqual(["list", {}])
    expect(await parse("pm", "--json")).toEqual(["status", { json: true }])
    expect(await parse("target")).toEqual(["list", {}])
  })

  it("searches for whole sentences", async () => {
    expect(await parse("tools", "search", "who", "reviews", "this", "--limit", "3", "--offset", "0")).toEqual([
      "search",
      ["who", "reviews", "this"],
      { limit: 3, offset: 0 }
    ])
  })

  it("takes code from an option, a file or a pipe", async () => {
    expect(await parse("run", "-e", "return 1")).toEqual(["run", undefined, { eval: "return 1" }])
    expect(await parse("run", "-")).toEqual(["run", "-", {}])
    expect(await parse("run", "a.ts", "--json")).toEqual(["run", "a.ts", { json: true }])
  })

  it("refuses what it does not know, and says what was probably meant", async () => {
    await expect(parse("soucres")).rejects.toThrow("Did you mean sources?")
    await expect(parse("sources", "lst")).rejects.toThrow("Did you mean list?")
    await expect(parse("run", "--jsn")).rejects.toThrow("Did you mean --json?")
    await expect(parse("policies", "set", "a.b", "maybe")).rejects.toThrow("allow, deny")
    await expect(parse("runs", "list", "--status", "late")).rejects.toThrow("interrupted")
    await expect(parse("run", "a.ts", "b.ts")).rejects.toThrow("too many arguments")
  })

  it.each(["x", "-1", "1.5", "", "1e3", "99999999999999999999"])("%j is not a number of lines", async (lines) => {
    await expect(parse("pm", "logs", `--lines=${lines}`)).rejects.toThrow("whole number")
  })

  it("a limit of nothing is refused", async () => {
    await expect(parse("runs", "list", "--limit", "0")).rejects.toThrow("from 1 on")
  })

  it("--json counts before -- only, and never for an agent's own arguments", () => {
    expect(wantsJson(["run", "--json"])).toBe(true)
    expect(wantsJson(["sources", "add", "--", "server", "--json"])).toBe(false)
    expect(wantsJson(["claude", "--json"])).toBe(false)
  })
})

describe("--target", () => {
  it("is taken out wherever it stands", () => {
    expect(takeTarget(["run", "-e", "1", "--target", "prod", "--json"])).toEqual({
      words: ["run", "-e", "1", "--json"],
      target: "prod"
    })
    expect(takeTarget(["--target=prod", "sources"])).toEqual({ words: ["sources"], target: "prod" })
    expect(takeTarget(["--target", "local", "pm", "status"])).toEqual({ words: ["pm", "status"], target: "local" })
    expect(takeTarget(["sources"])).toEqual({ words: ["sources"] })
  })

  it("is an agent's or a command's own behind its name or --", () => {
    expect(takeTarget(["claude", "--target", "x"])).toEqual({ words: ["claude", "--target", "x"] })
    expect(takeTarget(["--target", "prod", "claude", "--target", "x"])).toEqual({
      words: ["claude", "--target", "x"],
      target: "prod"
    })
    const words = ["sources", "add", "--name", "x", "--", "server", "--target", "y"]
    expect(takeTarget(words)).toEqual({ words })
  })

  it("needs a name, and a command that goes there", () => {
    for (const words of [["run", "--target"], ["run", "--target", "--json"], ["--target="]])
      expect(() => takeTarget(words)).toThrow("--target needs a name")
    for (const name of ["demo", "pm", "doctor", "target"])
      expect(() => takeTarget([name, "--target", "prod"])).toThrow("is about this machine")
  })
})

describe("help", () => {
  const listed = (everything: boolean) => {
    const program = makeProgram(everything ? ["--help", "--all"] : ["--help"])
    return program
      .createHelp()
      .visibleCommands(program)
      .map((command) => command.name())
  }

  it("shows a newcomer eight commands, and with --all every one", () => {
    expect(listed(false)).toEqual(["demo", "run", "claude", "codex", "sources", "tools", "runs", "doctor"])
    expect(listed(true)).toEqual([
      "demo",
      "run",
      "claude",
      "codex",
      "opencode",
      "gemini",
      "sources",
      "tools",
      "runs",
      "policies",
      "mcp",
      "pm",
      "target",
      "doctor"
    ])
  })
})
