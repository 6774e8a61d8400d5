// A person who has just got the program runs code: no login, no question, no set-up.
import { cpSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { bundle, daemonPid, documentOf, executor, isAlive, launch, makeFolder, until } from "./Cli.ts"

describe("the first run", () => {
  it("answers, and says nothing else", async () => {
    const { home } = makeFolder()
    const { code, stderr, stdout } = await executor(["run", "-e", "return 1"], { home })
    expect({ code, stderr, stdout }).toEqual({ code: 0, stdout: "1\n", stderr: "" })
  })

  it("makes a data folder that only its owner can look into, and writes nowhere else", async () => {
    const { folder, home, person } = makeFolder()
    await executor(["run", "-e", "return 1"], { home, cwd: folder })
    expect(statSync(home).mode & 0o777).toBe(0o700)
    for (const name of ["token", "agent-token", "daemon.json"])
      expect(statSync(join(home, name)).mode & 0o777).toBe(0o600)
    expect(readdirSync(person)).toEqual([])
    expect(readdirSync(folder).toSorted()).toEqual(["home", "person"])
  })

  it("starts one daemon, however many commands come at once", async () => {
    const { home } = makeFolder()
    const answers = await Promise.all([1, 2, 3].map((n) => executor(["run", "-e", `return ${n}`], { home })))
    expect(answers.map(({ stdout }) => stdout)).toEqual(["1\n", "2\n", "3\n"])
    const status = await documentOf<{ pid: number }>(["pm", "status"], { home })
    expect(status.pid).toBe(daemonPid(home))
  })

  it("reads code from a pipe and from a file", async () => {
    const { folder, home } = makeFolder()
    writeFileSync(join(folder, "code.ts"), "const n: number = 2\nreturn { n }")
    expect((await executor(["run", "-"], { home, input: "return 'from a pipe'" })).stdout).toBe("from a pipe\n")
    expect((await executor(["run", "code.ts"], { home, cwd: folder })).stdout).toBe('{\n  "n": 2\n}\n')
  })
})

describe("the daemon", () => {
  it("is stopped by a word, and started by the next", async () => {
    const { home } = makeFolder()
    expect((await executor(["pm", "start"], { home })).stdout).toMatch(/^running at http:\/\/127\.0\.0\.1:\d+ /)
    const first = daemonPid(home)
    expect(await documentOf(["pm", "stop"], { home })).toEqual({ stopped: true })
    await until(() => !isAlive(first))
    expect(await documentOf(["pm", "stop"], { home })).toEqual({ stopped: false })
    const status = await executor(["pm", "status", "--json"], { home })
    expect({ code: status.code, said: JSON.parse(status.stdout) as unknown }).toEqual({
      code: 4,
      said: { running: false, home }
    })
    expect((await executor(["run", "-e", "return 2"], { home })).stdout).toBe("2\n")
    expect((await executor(["pm", "logs"], { home })).stdout).toContain("stopping: executor pm stop")
  })

  it("makes room for a program that was built again, and nothing else does", async () => {
    const { folder, home } = makeFolder()
    // A copy: other tests run the bundle at the same time, and their daemons would make room as well.
    cpSync(dirname(bundle), join(folder, "bundle"), { recursive: true })
    symlinkSync(join(dirname(dirname(bundle)), "node_modules"), join(folder, "node_modules"))
    const program = (...args: ReadonlyArray<string>) =>
      launch([process.execPath, join(folder, "bundle", basename(bundle)), ...args], { home }).ended
    await program("pm", "start")
    const first = daemonPid(home)
    await program("run", "-e", "return 1")
    expect(daemonPid(home)).toBe(first)
    const now = new Date()
    utimesSync(join(folder, "bundle", "pm.mjs"), now, now)
    expect((await program("run", "-e", "return 2")).stdout).toBe("2\n")
    expect(daemonPid(home)).not.toBe(first)
    await until(() => !isAlive(first))
  })

  it("tells scripts where everything is", async () => {
    const { home } = makeFolder()
    const { code, stdout } = await executor(["pm", "start", "--json"], { home })
    const at = JSON.parse(stdout) as Record<string, string>
    expect(code).toBe(0)
    expect(Object.keys(at).toSorted()).toEqual([
      "agentTokenFile",
      "home",
      "mcpUrl",
      "pid",
      "rpcUrl",
      "running",
      "tokenFile",
      "url",
      "version"
    ])
    expect(at).toMatchObject({
      running: true,
      home,
      mcpUrl: `${at["url"]}/mcp`,
      rpcUrl: `${at["url"]}/rpc`,
      tokenFile: join(home, "token")
    })
    expect(await documentOf(["pm"], { home })).toEqual(at)
  })
})
