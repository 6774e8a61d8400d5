// A data folder that cannot be opened is explained: by the command that needed it, and by `executor doctor`, which reads it
// without the daemon and changes nothing.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { describe, expect, it } from "vitest"
import { daemonPid, documentOf, executor, isAlive, makeFolder, until } from "./Cli.ts"

interface Diagnosis {
  readonly healthy: boolean
  readonly findings: ReadonlyArray<{ readonly level: string; readonly what: string; readonly next?: string }>
  readonly folder: { readonly status: string; readonly lock: { readonly held: boolean } }
}

/** A folder with something in it, and no daemon. */
const usedFolder = async (later: Parameters<typeof makeFolder>[0]) => {
  const place = makeFolder(later)
  await executor(["run", "-e", "return 1"], { home: place.home })
  await executor(["pm", "stop"], { home: place.home })
  return place
}

/** Names, sizes and contents of a folder's files. */
const contents = (home: string) =>
  readdirSync(home)
    .filter((name) => statSync(join(home, name)).isFile())
    .map((name) => [name, readFileSync(join(home, name), "base64")])

const errorsOf = ({ findings }: Diagnosis) => findings.filter(({ level }) => level === "error")

describe.concurrent("doctor", () => {
  it("finds nothing wrong where nothing is, and makes nothing", async ({ onTestFinished }) => {
    const { home } = makeFolder(onTestFinished)
    const { code, stdout } = await executor(["doctor"], { home })
    expect(code).toBe(0)
    expect(stdout).toMatch(/✓ executor \S+ with Node/)
    expect(stdout).toContain("sandbox engine and transpiler load")
    expect(stdout).toContain("does not exist yet")
    expect(existsSync(home)).toBe(false)
  })

  it("looks at a folder that a daemon uses", async ({ onTestFinished }) => {
    const { home } = makeFolder(onTestFinished)
    await executor(["run", "-e", "return 1"], { home })
    const found = await documentOf<Diagnosis>(["doctor"], { home })
    expect(found).toMatchObject({ healthy: true, folder: { lock: { held: true } } })
    expect(found.findings.map(({ what }) => what).join("\n")).toMatch(/daemon \S+ answers at http/)
  })

  it("says which file is damaged, and so does the command that needed it; neither changes a byte", async ({
    onTestFinished
  }) => {
    const { home } = await usedFolder(onTestFinished)
    const segment = readdirSync(home).find((name) => name.startsWith("events-")) ?? ""
    const text = readFileSync(join(home, segment), "utf8").split("\n")
    text[0] = `X${text[0]?.slice(1)}`
    writeFileSync(join(home, segment), text.join("\n"))
    const before = contents(home).filter(([name]) => name !== "pm.log")
    const { code, stderr } = await executor(["run", "-e", "return 1"], { home })
    expect(code).toBe(4)
    expect(stderr).toContain(segment)
    expect(stderr).toContain("executor doctor")
    const doctor = await executor(["doctor"], { home })
    expect(doctor.code).toBe(1)
    expect(doctor.stdout).toContain(segment)
    expect(doctor.stdout).toMatch(/Restore the folder/)
    const found = await documentOf<Diagnosis>(["doctor"], { home })
    expect(found).toMatchObject({ healthy: false, folder: { status: "refused" } })
    expect(errorsOf(found)).toHaveLength(1)
    expect(contents(home).filter(([name]) => name !== "pm.log")).toEqual(before)
  })

  it("says that a folder is of a newer version", async ({ onTestFinished }) => {
    const { home } = await usedFolder(onTestFinished)
    // The line begins with the checksum of the rest of it.
    const rest = '"format":99,"more":["than this version knows"]}'
    writeFileSync(join(home, "MANIFEST.json"), `{"c":"${crc32(rest).toString(16).padStart(8, "0")}",${rest}\n`)
    const { code, stderr } = await executor(["run", "-e", "return 1"], { home })
    expect(code).toBe(4)
    expect(stderr).toMatch(/99/)
    expect(stderr).toMatch(/[Uu]pdate the program/)
    const [error] = errorsOf(await documentOf<Diagnosis>(["doctor"], { home }))
    expect(error).toMatchObject({
      what: expect.stringContaining("99"),
      next: expect.stringContaining("update executor")
    })
  })

  it("says that a key can be read by others", async ({ onTestFinished }) => {
    const { home } = await usedFolder(onTestFinished)
    chmodSync(join(home, "agent-token"), 0o644)
    const [error] = errorsOf(await documentOf<Diagnosis>(["doctor"], { home }))
    expect(error).toMatchObject({
      what: expect.stringContaining("agent-token"),
      next: expect.stringContaining("remove")
    })
  })
})

describe.concurrent("a folder that cannot be used", () => {
  /** A folder in which this user cannot write, and why not: the superuser can but in the kernel's own file systems. */
  const closed = (folder: string): readonly [home: string, why: RegExp] => {
    if (process.getuid?.() === 0) return ["/sys/fs/executor", /cannot be created: \/sys\/fs belongs to the system/]
    const inner = join(folder, "closed")
    mkdirSync(inner, { mode: 0o500 })
    return [join(inner, "home"), /cannot be written to/]
  }

  it("because nothing can be written there: says so, and what to do", async ({ onTestFinished }) => {
    const { folder } = makeFolder(onTestFinished)
    const [home, why] = closed(folder)
    const { code, stderr } = await executor(["run", "-e", "return 1"], { home })
    expect(code).toBe(4)
    expect(stderr).toMatch(why)
    expect(stderr).toContain("EXECUTOR_HOME")
  })

  it("because it is a file: says so", async ({ onTestFinished }) => {
    const { folder } = makeFolder(onTestFinished)
    writeFileSync(join(folder, "file"), "")
    const { code, stderr } = await executor(["run", "-e", "return 1"], { home: join(folder, "file") })
    expect(code).toBe(4)
    expect(stderr).toMatch(/not a folder|is a file/)
  })

  it(
    "because another process holds it and does not answer: says which",
    { timeout: 90_000 },
    async ({ onTestFinished }) => {
      const { home } = makeFolder(onTestFinished)
      await executor(["pm", "start"], { home })
      const pid = daemonPid(home)
      process.kill(pid, "SIGSTOP")
      onTestFinished(() => {
        if (isAlive(pid)) process.kill(pid, "SIGCONT")
      })
      const { code, stderr } = await executor(["run", "-e", "return 1"], { home })
      expect(code).toBe(4)
      expect(stderr).toContain(`process id ${pid}`)
      const found = await documentOf<Diagnosis>(["doctor"], { home })
      expect(errorsOf(found)).toMatchObject([{ what: expect.stringContaining("does not answer") }])
      process.kill(pid, "SIGCONT")
      expect((await executor(["run", "-e", "return 'awake'"], { home })).stdout).toBe("awake\n")
    }
  )

  it("is used again once its daemon was killed", async ({ onTestFinished }) => {
    const { home } = makeFolder(onTestFinished)
    await executor(["pm", "start"], { home })
    const pid = daemonPid(home)
    process.kill(pid, "SIGKILL")
    await until(() => !isAlive(pid))
    expect((await executor(["run", "-e", "return 'again'"], { home })).stdout).toBe("again\n")
  })
})

it.concurrent("a port that is in use is no obstacle: the next free one is taken", async ({ onTestFinished }) => {
  const { home } = makeFolder(onTestFinished)
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  const { url } = JSON.parse(
    (await executor(["pm", "start", "--json"], { home, env: { EXECUTOR_PORT: String(port) } })).stdout
  ) as { url: string }
  expect(Number(new URL(url).port)).toBeGreaterThan(port)
  expect((await executor(["run", "-e", "return 1"], { home })).stdout).toBe("1\n")
})
