import { challengeText } from "@executor-v2/rpc/Daemon"
import { createHmac } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { announce, prove, retract } from "../src/Discovery.ts"
import { ownFolder } from "../src/OwnFolder.ts"
import { makeLog } from "../src/PmLog.ts"
import { version } from "../src/Version.ts"

let home = ""
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), "executor-discovery-"))
})
afterEach(() => fs.rmSync(home, { recursive: true, force: true }))

const daemon = (instanceId: string) => ({
  pid: 1,
  startTime: 2,
  port: 3,
  apiVersion: { min: 1, max: 1 },
  version: "v",
  buildId: "b",
  instanceId
})
const file = () => path.join(home, "daemon.json")

describe("daemon.json", () => {
  it("is private and replaces what was there, leftovers of a crash included", () => {
    fs.writeFileSync(`${file()}.new`, "half a fi")
    announce(home, daemon("one"))
    announce(home, daemon("two"))
    expect(JSON.parse(fs.readFileSync(file(), "utf8"))).toEqual(daemon("two"))
    expect(fs.statSync(file()).mode & 0o777).toBe(0o600)
    expect(fs.readdirSync(home)).toEqual(["daemon.json"])
  })

  it("is taken back only by the daemon that it names", () => {
    announce(home, daemon("two"))
    retract(home, "one")
    expect(fs.existsSync(file())).toBe(true)
    retract(home, "two")
    expect(fs.existsSync(file())).toBe(false)
    retract(home, "two")
    fs.writeFileSync(file(), "rubbish")
    retract(home, "two")
    expect(fs.existsSync(file())).toBe(true)
  })
})

it("a proof holds for one question, one instance, one port and one key, and does not contain the key", () => {
  const at = { instanceId: "i", port: 7, closing: false }
  const { proof } = prove("key-key-key", "nonce", at)
  expect(proof).toBe(
    createHmac("sha256", "key-key-key")
      .update(challengeText("nonce", "i", 7))
      .digest("base64url")
  )
  const others = [
    prove("key-key-kez", "nonce", at),
    prove("key-key-key", "noncf", at),
    prove("key-key-key", "nonce", { ...at, instanceId: "j" }),
    prove("key-key-key", "nonce", { ...at, port: 8 })
  ]
  for (const other of others) expect(other.proof).not.toBe(proof)
})

describe("the log", () => {
  const read = (name = "pm.log") => fs.readFileSync(path.join(home, name), "utf8")

  it("keeps what was said before there was a file, is private, and goes on where it was", () => {
    const log = makeLog()
    log.line("INFO", "early")
    expect(fs.readdirSync(home)).toEqual([])
    log.open(home)
    log.line("WARN", "later\nwith a second line")
    expect(read()).toMatch(/^\S+ INFO {2}early\n\S+ WARN {2}later\n {4}with a second line\n$/)
    expect(fs.statSync(path.join(home, "pm.log")).mode & 0o777).toBe(0o600)
    makeLog().open(home)
    expect(read()).toContain("early")
  })

  it("is bounded: one older generation is kept", () => {
    const log = makeLog(200)
    log.open(home)
    for (let line = 0; line < 50; line++) log.line("INFO", `line ${line} ${"x".repeat(20)}`)
    expect(fs.readdirSync(home).toSorted()).toEqual(["pm.log", "pm.log.1"])
    for (const name of ["pm.log", "pm.log.1"]) expect(read(name).length).toBeLessThan(400)
    expect(read()).toContain("line 49")
    log.line("INFO", "x".repeat(1_000_000))
    expect(read().length).toBeLessThan(10_000)
  })

  it("holds nothing that looks like one of our keys or like a bearer key", () => {
    const log = makeLog()
    log.open(home)
    const key = "Ab3-_".repeat(9).slice(0, 43)
    log.line("INFO", `key ${key}, "authorization: Bearer sk-canary", and /mcp?token=${key}`)
    expect(read()).not.toContain(key)
    expect(read()).not.toContain("canary")
  })

  it("does not follow a link to somebody else's file", () => {
    const other = path.join(home, "other")
    fs.writeFileSync(other, "")
    fs.symlinkSync(other, path.join(home, "pm.log"))
    expect(() => makeLog().open(home)).toThrow()
    expect(fs.readFileSync(other, "utf8")).toBe("")
  })
})

it("code is cached only in a real folder that no other user can write to", () => {
  expect(ownFolder(home)).toBe(true)
  fs.chmodSync(home, 0o770)
  expect(ownFolder(home)).toBe(false)
  fs.chmodSync(home, 0o700)
  const link = path.join(home, "link")
  fs.symlinkSync(home, link)
  expect(ownFolder(link)).toBe(false)
  expect(ownFolder(path.join(home, "nothing"))).toBe(false)
})

it("the daemon's version is the one of the command line's package", () => {
  const cli = JSON.parse(fs.readFileSync(new URL("../../cli/package.json", import.meta.url), "utf8")) as {
    version: string
  }
  expect(version).toBe(cli.version)
})
