import { afterEach, describe, expect, it } from "vitest"
import { jsonText, oneLine, plain, style, table } from "../src/Terminal.ts"

describe("text of strangers", () => {
  it.each([
    ["colours", "\u001b[31mred\u001b[0m", "red"],
    ["titles and links", "\u001b]0;title\u0007a\u001b]8;;http://x\u0007b\u001b]8;;\u0007", "ab"],
    ["a lone escape, bell and backspace", "a\u001bc\u0007\b", "�"],
    ["one-byte controls (C1)", "a\u009b2Jb\u0085c", "�"],
    ["turned writing", "abc\u202etxt.exe\u2066", "�"],
    ["a cursor sent to the beginning", "safe\revil", "�"],
    ["invisible letters", "a\u200bb\ufeffc\u{e0041}", "�"]
  ])("loses %s", (_, text, kept) => {
    const shown = plain(text)
    expect(shown).toContain(kept)
    expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202e\u2066\ufeff]/)
  })

  it("keeps lines, tabs and every script", () => {
    expect(plain("a\tb\r\nc\n日本語 👨‍👩‍👧 العربية می‌روم")).toBe("a\tb\nc\n日本語 👨‍👩‍👧 العربية می‌روم")
  })

  it("fits on one line where it must", () => {
    expect(oneLine("  a\n\n  b\tc ")).toBe("a b c")
    expect(oneLine("x".repeat(10_000), 10)).toBe("xxxxxxxxx…")
  })

  it("is safe to look at as JSON, and the same to read", () => {
    const value = { a: "\u009b2J\u202e\u200b\u007f\u001b[31m\ufeff\u{e0041}" }
    expect(jsonText(value)).toMatch(/^[\n -~]*$/)
    expect(JSON.parse(jsonText(value))).toEqual(value)
  })
})

describe("a table", () => {
  it("lines columns up, whatever colour their cells have", () => {
    expect(
      table(
        ["name", "state"],
        [
          ["a", "connected"],
          ["long name", ""]
        ]
      )
    ).toBe("name       state\na          connected\nlong name")
    expect(
      table(
        ["a", "b"],
        [
          ["\u001b[32mok\u001b[39m", "x"],
          ["longer", "y"]
        ]
      ).split("\n")[1]
    ).toBe("\u001b[32mok\u001b[39m      x")
  })

  it("in a pipe cuts nothing", () => {
    const long = "x".repeat(500)
    expect(table(["a", "b"], [["1", long]])).toContain(long)
  })
})

describe("colour", () => {
  const terminal = { isTTY: true } as NodeJS.WriteStream
  const before = { ...process.env }
  afterEach(() => {
    process.env = { ...before }
  })
  const coloured = (env: Record<string, string>, stream = terminal) => {
    for (const name of ["CI", "NO_COLOR", "TERM"]) delete process.env[name]
    Object.assign(process.env, env)
    return style("x", "red", stream) !== "x"
  }

  it("is for terminals only, and for those who want it", () => {
    expect(coloured({})).toBe(true)
    expect(coloured({}, { isTTY: false } as NodeJS.WriteStream)).toBe(false)
    expect(coloured({ NO_COLOR: "1" })).toBe(false)
    expect(coloured({ NO_COLOR: "" })).toBe(true)
    expect(coloured({ CI: "true" })).toBe(false)
    expect(coloured({ TERM: "dumb" })).toBe(false)
  })
})
