import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { keyFile, KeysError, openKeys, rotate } from "../src/Keys.ts"

let home = ""
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), "executor-keys-"))
})
afterEach(() => fs.rmSync(home, { recursive: true, force: true }))

const keyOf = (principal: "owner" | "agent") => fs.readFileSync(keyFile(home, principal), "utf8").trim()
const reasonOf = (open: () => unknown) => {
  try {
    open()
  } catch (error) {
    return error instanceof KeysError ? error.reason : error
  }
  return undefined
}

describe("keys of a data folder", () => {
  it("are made once: two different keys of 256 bits, in files that only their owner can read", () => {
    const keys = openKeys(home)
    expect(keyOf("owner")).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(keyOf("agent")).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(keyOf("agent")).not.toBe(keyOf("owner"))
    for (const principal of ["owner", "agent"] as const)
      expect(fs.statSync(keyFile(home, principal)).mode & 0o777).toBe(0o600)
    const [owner, agent] = [keyOf("owner"), keyOf("agent")]
    openKeys(home)
    expect([keyOf("owner"), keyOf("agent")]).toEqual([owner, agent])
    expect(keys.principalOf(owner)?.kind).toBe("owner")
    expect(keys.principalOf(agent)?.kind).toBe("agent")
    expect(keys.owner()).toBe(owner)
    for (const wrong of ["", `${owner}x`, owner.slice(1), owner.toUpperCase()])
      expect(keys.principalOf(wrong)).toBeUndefined()
  })

  it("a replaced key opens nothing from the next request on, and the new one does", () => {
    const keys = openKeys(home)
    const old = keyOf("owner")
    const before = keys.principalOf(old)
    rotate(home, "owner")
    expect(keys.principalOf(old)).toBeUndefined()
    const after = keys.principalOf(keyOf("owner"))
    expect([before?.kind, after?.kind]).toEqual(["owner", "owner"])
    expect(after?.id).not.toBe(before?.id)
    for (const principal of [before, after]) expect(old + keyOf("owner")).not.toContain(principal?.id)
    expect(fs.statSync(keyFile(home, "owner")).mode & 0o777).toBe(0o600)
  })

  it("a removed key file locks its principal out, and nobody else", () => {
    const keys = openKeys(home)
    const [owner, agent] = [keyOf("owner"), keyOf("agent")]
    fs.rmSync(keyFile(home, "agent"))
    expect(keys.principalOf(agent)).toBeUndefined()
    expect(keys.principalOf(owner)?.kind).toBe("owner")
  })

  it("a key that others can read is not used any more", () => {
    const keys = openKeys(home)
    const owner = keyOf("owner")
    fs.chmodSync(keyFile(home, "owner"), 0o644)
    expect(keys.principalOf(owner)).toBeUndefined()
    expect(reasonOf(() => openKeys(home))).toBe("open_to_others")
  })

  it("a link, a folder, rubbish and an endless key are refused", () => {
    const file = keyFile(home, "owner")
    const elsewhere = path.join(home, "elsewhere")
    fs.writeFileSync(elsewhere, "x".repeat(43), { mode: 0o600 })
    fs.symlinkSync(elsewhere, file)
    expect(reasonOf(() => openKeys(home))).toBe("not_a_file")
    fs.rmSync(file)
    fs.symlinkSync(path.join(home, "nowhere"), file)
    expect(reasonOf(() => openKeys(home))).toBe("not_a_file")
    fs.rmSync(file)
    fs.mkdirSync(file)
    expect(reasonOf(() => openKeys(home))).toBe("not_a_file")
    fs.rmdirSync(file)
    for (const content of ["", "short", "a b".repeat(20), "x".repeat(1_000)]) {
      fs.writeFileSync(file, content, { mode: 0o600 })
      expect(reasonOf(() => openKeys(home))).toBe("malformed")
    }
  })

  it("errors name the file and never its content", () => {
    fs.writeFileSync(keyFile(home, "owner"), "canary-key-in-a-broken-file", { mode: 0o600 })
    expect(() => openKeys(home)).toThrow(keyFile(home, "owner"))
    expect(() => openKeys(home)).not.toThrow("canary")
  })
})
