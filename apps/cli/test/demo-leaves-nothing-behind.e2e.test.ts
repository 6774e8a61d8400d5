// The demo shows the product with real parts, truthfully, and leaves nothing running and nothing lying around.
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { executor, isAlive, makeFolder, start, until } from "./Cli.ts"

const setting = () => {
  const { folder, home } = makeFolder()
  const temporary = join(folder, "tmp")
  mkdirSync(temporary)
  return { home, temporary, options: { home, env: { TMPDIR: temporary, TEMP: temporary } } }
}

describe("the demo", () => {
  it("registers three services, runs a program over two of them, and tells what was measured", async () => {
    const { home, options, temporary } = setting()
    const { code, stderr, stdout } = await executor(["demo"], options)
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).not.toContain("\u001b")
    expect(stdout).toMatch(/✓ shop +openapi +1 tool/)
    expect(stdout).toMatch(/✓ everything +mcp +1\d tools/)
    expect(stdout).toMatch(/✓ github +openapi +1\d\d\d tools/)
    expect(stdout).toContain("protocol 2026-07-28")
    expect(stdout).toContain("github.pulls.listRequestedReviewers")
    expect(stdout).toContain("tools.shop.listOrders({ city })")
    expect(stdout).toContain("logged: The sum of 52 and 9 is 61.")
    expect(stdout.match(/✓ (shop\.listOrders|everything\.\w+) +\d+ ms/g)).toHaveLength(7)
    const [, direct = "", ours = ""] = /wired by hand +([\d,]+)\n.*instructions +([\d,]+)/.exec(stdout) ?? []
    expect(Number(direct.replaceAll(",", ""))).toBeGreaterThan(100_000)
    expect(Number(ours.replaceAll(",", ""))).toBeLessThan(500)
    expect(stdout).toContain("executor claude")
    expect(readdirSync(temporary)).toEqual([])
    expect(existsSync(home)).toBe(false)
  })

  it.each(["SIGINT", "SIGTERM"] as const)("cut short by %s it leaves nothing either", async (signal) => {
    const { home, options, temporary } = setting()
    const busy = start(["demo"], options)
    let pid: number | undefined
    await until(() => {
      const [folder = ""] = readdirSync(temporary)
      const file = join(temporary, folder, "home", "daemon.json")
      if (existsSync(file)) pid = (JSON.parse(readFileSync(file, "utf8")) as { pid: number }).pid
      return pid !== undefined
    })
    busy.process.kill(signal)
    expect((await busy.ended).code).toBe(signal === "SIGINT" ? 130 : 143)
    expect(isAlive(pid ?? 0)).toBe(false)
    expect(readdirSync(temporary)).toEqual([])
    expect(existsSync(home)).toBe(false)
  })
})
