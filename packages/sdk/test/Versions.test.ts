import { describe, expect, it } from "vitest"
import { compareVersions, standing } from "../src/adapters/Versions.ts"

describe("versions", () => {
  it("are ordered as semver.org says, each older than the next", () => {
    const ordered = [
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "1.0.0",
      "1.0.10",
      "1.2.0",
      "2.0.0"
    ]
    for (const [index, older] of ordered.entries()) {
      expect(compareVersions(older, older)).toBe(0)
      for (const newer of ordered.slice(index + 1)) {
        expect([older, newer, Math.sign(compareVersions(older, newer))]).toEqual([older, newer, -1])
        expect([newer, older, Math.sign(compareVersions(newer, older))]).toEqual([newer, older, 1])
      }
    }
  })

  it("builds of one version and what is no version are never newer", () => {
    expect(compareVersions("1.0.0+b", "1.0.0+a")).toBe(0)
    expect(compareVersions("rubbish", "1.0.0")).not.toBeGreaterThan(0)
    expect(compareVersions("", "")).toBe(0)
  })

  it("programs talk when their ranges overlap; else the older one is named", () => {
    expect(standing({ min: 1, max: 1 }, { min: 1, max: 1 })).toBe("speaks")
    expect(standing({ min: 1, max: 3 }, { min: 3, max: 5 })).toBe("speaks")
    expect(standing({ min: 2, max: 3 }, { min: 1, max: 1 })).toBe("daemon_older")
    expect(standing({ min: 1, max: 1 }, { min: 2, max: 3 })).toBe("program_older")
  })
})
