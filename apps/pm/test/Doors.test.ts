import { describe, expect, it } from "vitest"
import { checkDoor, type Knock, type Principal } from "../src/Doors.ts"

const keys: Record<string, Principal> = { ownerkey: { kind: "owner", id: "o" }, agentkey: { kind: "agent", id: "a" } }
const house = { port: 7411, principalOf: (key: string) => keys[key] }
const json = ["Content-Type", "application/json"]
const owner = ["Authorization", "Bearer ownerkey"]
const agent = ["Authorization", "Bearer agentkey"]

const knock = (headers: ReadonlyArray<string>, change: Partial<Knock> = {}): Knock => ({
  method: "POST",
  target: "/mcp",
  rawHeaders: ["Host", "127.0.0.1:7411", ...headers],
  upgrade: false,
  ...change
})
const statusOf = (given: Knock): number => {
  const answer = checkDoor(given, house)
  return answer._tag === "Open" ? 200 : answer.status
}

describe("the Host header", () => {
  const hostStatus = (...hosts: Array<string>) =>
    statusOf(knock([], { rawHeaders: [...hosts.flatMap((host) => ["Host", host]), ...owner, ...json] }))

  it.each(["127.0.0.1:7411", "localhost:7411", "[::1]:7411"])("%s is ours", (host) => {
    expect(hostStatus(host)).toBe(200)
  })

  it.each([
    "evil:7411",
    "127.0.0.1.evil:7411",
    "localhost.:7411",
    "localhost",
    "127.0.0.1:7412",
    "127.0.0.1:07411",
    "LOCALHOST:7411 ",
    "0.0.0.0:7411",
    "127.1:7411",
    "2130706433:7411",
    "0x7f.1:7411",
    "[::ffff:127.0.0.1]:7411",
    "user@127.0.0.1:7411",
    ""
  ])("%s is refused", (host) => {
    expect(hostStatus(host)).toBe(403)
  })

  it("is refused when missing or doubled, even with good values", () => {
    expect(hostStatus()).toBe(403)
    expect(hostStatus("127.0.0.1:7411", "127.0.0.1:7411")).toBe(403)
    expect(hostStatus("127.0.0.1:7411", "evil:7411")).toBe(403)
  })
})

describe("pages of other origins", () => {
  it.each([
    "https://evil.example",
    "null",
    "http://localhost:3000",
    "http://127.0.0.1:7412",
    "https://127.0.0.1:7411",
    "http://localhost.:7411",
    ""
  ])("Origin %s is refused, with the owner's key too", (origin) => {
    expect(statusOf(knock(["Origin", origin, ...owner, ...json]))).toBe(403)
    expect(statusOf(knock(["Origin", origin], { method: "OPTIONS" }))).toBe(403)
    expect(statusOf(knock(["Origin", origin, ...owner], { method: "GET", target: "/rpc", upgrade: true }))).toBe(403)
    expect(statusOf(knock(["Origin", origin], { method: "GET", target: "/health" }))).toBe(403)
  })

  it("a doubled Origin is refused", () => {
    expect(
      statusOf(knock(["Origin", "http://localhost:7411", "Origin", "http://localhost:7411", ...owner, ...json]))
    ).toBe(403)
  })

  it.each(["cross-site", "same-site"])("Sec-Fetch-Site %s is refused without our own Origin", (site) => {
    expect(statusOf(knock(["Sec-Fetch-Site", site, ...owner, ...json]))).toBe(403)
    expect(statusOf(knock(["Sec-Fetch-Site", site], { method: "GET", target: "/health" }))).toBe(403)
  })

  it("our own origin needs a key like everybody", () => {
    expect(statusOf(knock(["Origin", "http://localhost:7411", "Sec-Fetch-Site", "same-origin", ...json]))).toBe(401)
    expect(
      statusOf(knock(["Origin", "http://localhost:7411", "Sec-Fetch-Site", "same-origin", ...owner, ...json]))
    ).toBe(200)
  })
})

describe("keys", () => {
  it.each([
    "/mcp",
    "/rpc",
    "/",
    "/nothing",
    "/info",
    "/health/",
    "/%68ealth",
    "//health",
    "/..\\health",
    "http://127.0.0.1:7411/health"
  ])("%s without a key is refused", (target) => {
    for (const method of ["GET", "POST", "OPTIONS", "DELETE", "PUT"])
      expect(statusOf(knock(json, { method, target }))).toBe(401)
  })

  it.each([
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    "Basic ownerkey",
    "ownerkey",
    "Bearer ownerkey extra",
    "Bearer ownerkey,ownerkey"
  ])("authorization %j opens nothing", (value) => {
    expect(statusOf(knock(["Authorization", value, ...json]))).toBe(401)
    expect(statusOf(knock(["Authorization", value], { method: "GET", target: "/rpc", upgrade: true }))).toBe(401)
  })

  it("a doubled authorization header opens nothing", () => {
    expect(statusOf(knock([...owner, ...owner, ...json]))).toBe(401)
  })

  it.each(["/mcp?token=ownerkey", "/rpc?token=ownerkey", "/rpc?a=b&access_token=ownerkey"])(
    "%s: a key in the query is no key",
    (target) => {
      expect(statusOf(knock(json, { target }))).toBe(401)
      expect(statusOf(knock([], { method: "GET", target, upgrade: true }))).toBe(401)
    }
  )

  it("the owner's opens everything, an agent's only /mcp, with an explanation", () => {
    expect(checkDoor(knock([...owner, ...json], { target: "/rpc" }), house)).toEqual({
      _tag: "Open",
      door: "rpc",
      principal: keys["ownerkey"]
    })
    expect(checkDoor(knock([...agent, ...json]), house)).toEqual({
      _tag: "Open",
      door: "mcp",
      principal: keys["agentkey"]
    })
    for (const target of ["/rpc", "/nothing"]) {
      const answer = checkDoor(knock([...agent, ...json], { target }), house)
      expect(answer).toMatchObject({ _tag: "Refused", status: 403, message: expect.stringContaining("agent's key") })
    }
    expect(statusOf(knock(agent, { method: "GET", target: "/rpc", upgrade: true }))).toBe(403)
  })

  it("a socket may bring its key later; nothing else can be upgraded", () => {
    const upgrade = { method: "GET", target: "/rpc", upgrade: true }
    expect(checkDoor(knock([], upgrade), house)).toEqual({ _tag: "Open", door: "rpc", principal: undefined })
    expect(statusOf(knock([], { ...upgrade, target: "/mcp" }))).toBe(401)
    expect(statusOf(knock(owner, { ...upgrade, target: "/mcp" }))).toBe(400)
    expect(statusOf(knock([], { ...upgrade, target: "/health" }))).toBe(400)
    expect(statusOf(knock(owner, { ...upgrade, method: "POST" }))).toBe(405)
  })
})

describe("what needs no key", () => {
  it("is only the health check and the challenge", () => {
    expect(checkDoor(knock([], { method: "GET", target: "/health" }), house)).toMatchObject({
      door: "health",
      principal: undefined
    })
    expect(checkDoor(knock(json, { target: "/challenge" }), house)).toMatchObject({
      door: "challenge",
      principal: undefined
    })
    expect(statusOf(knock([], { method: "POST", target: "/health" }))).toBe(405)
    expect(statusOf(knock([], { method: "GET", target: "/challenge" }))).toBe(405)
  })
})

describe("the content type of a POST", () => {
  it.each([
    [],
    ["Content-Type", "text/plain"],
    ["Content-Type", "application/x-www-form-urlencoded"],
    ["Content-Type", "multipart/form-data"],
    ["Content-Type", "application/jsonx"],
    ["Content-Type", "text/plain, application/json"],
    [...json, "Content-Type", "text/plain"]
  ])("must be JSON: %j %j %j %j", (...type) => {
    expect(statusOf(knock([...owner, ...type]))).toBe(415)
  })

  it("may carry parameters", () => {
    expect(statusOf(knock([...owner, "Content-Type", "Application/JSON; charset=utf-8"]))).toBe(200)
  })
})

it("refusals never repeat what the stranger sent", () => {
  const canary = "canary-4f1d"
  for (const given of [
    knock(["Origin", canary]),
    knock(["Authorization", `Bearer ${canary}`, ...json]),
    knock([...owner, "Content-Type", canary]),
    knock([...owner, ...json], { target: `/${canary}?token=${canary}` }),
    knock([...owner, ...json], { method: canary }),
    knock([], { rawHeaders: ["Host", canary] })
  ]) {
    expect(JSON.stringify(checkDoor(given, house))).not.toContain(canary)
  }
})
