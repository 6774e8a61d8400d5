// The life of a daemon, with the real program: started by whoever needs it, one per folder, leaving in order.
import { Executor } from "@executor-v2/sdk"
import { ConnectError, find, pm, stop } from "@executor-v2/sdk/pm"
import { heldExit } from "@executor-v2/rpc/Daemon"
import { RunId } from "@executor-v2/schema"
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import * as path from "node:path"
import { describe, expect, test } from "vitest"
import { version } from "../src/Version.ts"
import { cleanUp, connect, daemonFile, isAlive, keyOf, newHome, start, until } from "./TestDaemon.ts"

/** Each test in a folder of its own, several at a time: most of the time here goes by waiting for processes. */
const it = test.extend<{ readonly home: string }>({
  // oxlint-disable-next-line no-empty-pattern
  home: async ({}, use) => {
    const home = newHome()
    await use(home)
    await cleanUp(home)
  }
})

const running = async (home: string) => Option.getOrUndefined(await Effect.runPromise(find(home)))
const modeOf = (home: string, file: string) => fs.statSync(path.join(home, file)).mode & 0o777
const failing = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error("it should have failed")
    },
    (error: unknown) => (error as ConnectError).reason
  )
const slow = (ms: number) => `await new Promise((resolve) => setTimeout(resolve, ${ms})); return "delivered"`
const withRun = (executor: Awaited<ReturnType<typeof connect>>) =>
  until(async () => (await executor.host.status()).activeRuns === 1)

it.concurrent("a program that needs the daemon starts it, and the next one finds it", async ({ home }) => {
  const first = await connect(home)
  expect(await first.runs.execute({ code: "return 40 + 2" })).toMatchObject({ status: "completed", value: 42 })
  const second = await connect(home)
  expect(second.at).toEqual(first.at)
  expect(second.at).toMatchObject({
    version,
    home,
    tokenFile: path.join(home, "token"),
    agentTokenFile: path.join(home, "agent-token")
  })
  expect(await second.runs.list({})).toHaveLength(1)
  expect(await running(home)).toEqual(first.at)
  await Promise.all([first.close(), second.close()])
  expect([".", "token", "agent-token", "daemon.json", "pm.log"].map((file) => modeOf(home, file))).toEqual([
    0o700, 0o600, 0o600, 0o600, 0o600
  ])
  expect(await Effect.runPromise(stop({ home, version, reason: "test" }))).toBe(true)
  expect(isAlive(first.at.pid)).toBe(false)
  expect(fs.existsSync(path.join(home, "daemon.json"))).toBe(false)
  expect(await running(home)).toBeUndefined()
  const log = fs.readFileSync(path.join(home, "pm.log"), "utf8")
  expect(log).toContain("stopping: test")
  for (const key of ["token", "agent-token"] as const) expect(log).not.toContain(keyOf(home, key))
})

it.concurrent("two programs that start it at once end up with one daemon", async ({ home }) => {
  const [one, other] = await Promise.all([connect(home), connect(home)])
  expect(one.at).toEqual(other.at)
  expect(isAlive(one.at.pid)).toBe(true)
  await Promise.all([one.close(), other.close()])
})

it.concurrent("a second daemon on the same folder leaves with its own status and names the first", async ({ home }) => {
  const executor = await connect(home)
  const second = await start(home).ended
  expect(second.status).toBe(heldExit)
  expect(second.output).toContain(`process id ${executor.at.pid}`)
  expect(await executor.host.status()).toMatchObject({ kind: "local" })
  await executor.close()
})

it.concurrent("a killed daemon is replaced, what it ran is interrupted, and whoever took its port gets no key", async ({
  home
}) => {
  const executor = await connect(home)
  const { port, pid } = daemonFile(home)
  const cut = executor.runs.execute({ code: slow(60_000) }).catch((error: unknown) => error)
  await withRun(executor)
  const [run] = await executor.runs.list({ status: "running" })
  process.kill(pid, "SIGKILL")
  expect(((await cut) as ConnectError).reason._tag).toBe("DaemonUnreachable")
  await until(() => !isAlive(pid))
  const heard: Array<string> = []
  const thief = http.createServer((request, response) => {
    heard.push(JSON.stringify(request.rawHeaders))
    request.on("data", (chunk: Buffer) => heard.push(chunk.toString())).on("end", () => response.end("{}"))
  })
  await new Promise<void>((resolve) => thief.listen(port, "127.0.0.1", resolve))
  const next = await connect(home)
  expect(next.at.pid).not.toBe(pid)
  expect(next.at.url).not.toBe(executor.at.url)
  expect(await next.runs.get({ run: run!.id })).toMatchObject({ run: { status: "interrupted" } })
  expect(heard.length).toBeGreaterThan(0)
  expect(heard.join()).not.toContain(keyOf(home, "token"))
  expect(keyOf(home, "token")).toMatch(/^[\w-]{43}$/)
  thief.close()
  await Promise.all([executor.close(), next.close()])
})

describe.concurrent("asked to stop", () => {
  it("by SIGTERM, it takes no new runs, delivers the running one, and leaves with 0", async ({ home }) => {
    const daemon = start(home)
    await until(() => fs.existsSync(path.join(home, "daemon.json")))
    const executor = await connect(home)
    const result = executor.runs.execute({ code: slow(5_000) })
    await withRun(executor)
    daemon.process.kill("SIGTERM")
    await until(
      async () =>
        (await Effect.runPromise(find(home))) !== undefined &&
        fs.readFileSync(path.join(home, "pm.log"), "utf8").includes("SIGTERM")
    )
    await expect(executor.runs.execute({ code: "return 1" })).rejects.toMatchObject({ _tag: "Refused", code: "busy" })
    expect(await result).toMatchObject({ status: "completed", value: "delivered" })
    expect(await daemon.ended).toMatchObject({ status: 0 })
    expect(fs.existsSync(path.join(home, "daemon.json"))).toBe(false)
    await executor.close()
  })

  it("twice, it leaves at once", async ({ home }) => {
    const daemon = start(home)
    await until(() => fs.existsSync(path.join(home, "daemon.json")))
    const executor = await connect(home)
    const result = executor.runs.execute({ code: slow(60_000) }).catch((error: unknown) => error)
    await withRun(executor)
    daemon.process.kill("SIGTERM")
    await until(() => fs.readFileSync(path.join(home, "pm.log"), "utf8").includes("SIGTERM"))
    daemon.process.kill("SIGTERM")
    expect((await daemon.ended).status).toBe(1)
    expect(((await result) as ConnectError).reason._tag).toBe("DaemonUnreachable")
    await executor.close()
  })

  it("while it still runs something, whoever needs a daemon waits and gets the next one", async ({ home }) => {
    const executor = await connect(home)
    const result = executor.runs.execute({ code: slow(4_000) })
    await withRun(executor)
    await executor.host.shutdown({ reason: "test" })
    const next = await connect(home)
    expect(next.at.pid).not.toBe(executor.at.pid)
    expect(await result).toMatchObject({ value: "delivered" })
    await Promise.all([executor.close(), next.close()])
  })
})

describe.concurrent("versions", () => {
  it("a newer program replaces an idle older daemon, and leaves a busy one alone", async ({ home }) => {
    const first = await connect(home)
    const result = first.runs.execute({ code: slow(4_000) })
    await withRun(first)
    const during = await connect(home, { version: "99.0.0" })
    expect(during.at.pid).toBe(first.at.pid)
    expect(await result).toMatchObject({ value: "delivered" })
    const after = await connect(home, { version: "99.0.0" })
    expect(after.at.pid).not.toBe(first.at.pid)
    expect(await after.runs.list({})).toHaveLength(1)
    await Promise.all([first.close(), during.close(), after.close()])
  })

  it("a program that is too old is told to upgrade and changes nothing", async ({ home }) => {
    const executor = await connect(home)
    const reason = await failing(connect(home, { version: "0.1.0", api: { min: 0, max: 0 } }))
    expect(reason).toMatchObject({ _tag: "VersionMismatch", ours: "0.1.0", theirs: version })
    expect(reason.message).toContain("Upgrade this program")
    expect((await running(home))?.pid).toBe(executor.at.pid)
    await executor.close()
  })

  it("a program of a newer interface that may not start a daemon says what to do", async ({ home }) => {
    const executor = await connect(home)
    const reason = await failing(
      Executor.create({ adapter: pm({ home, version: "99.0.0", api: { min: 99, max: 99 } }) })
    )
    expect(reason).toMatchObject({ _tag: "VersionMismatch" })
    await executor.close()
  })
})

describe.concurrent("a folder that cannot be used ends the start with a reason", () => {
  const reasonFor = async (folder: string, env: Readonly<Record<string, string>> = {}) => await start(folder, env).ended

  it("because its data is of a newer version, and nothing in it is touched", async ({ home }) => {
    fs.writeFileSync(path.join(home, "MANIFEST.json"), JSON.stringify({ format: 99 }))
    const before = fs.readFileSync(path.join(home, "MANIFEST.json"), "utf8")
    const { status, output } = await reasonFor(home)
    expect(status).toBe(1)
    expect(output).toMatch(/^executor daemon: Cannot use the data folder .*/)
    expect(fs.readFileSync(path.join(home, "MANIFEST.json"), "utf8")).toBe(before)
    expect(fs.existsSync(path.join(home, "token"))).toBe(false)
  })

  it("because nothing can be written there", async ({ home }) => {
    // The superuser writes everywhere but into the kernel's own file systems.
    const root = process.getuid?.() === 0
    const folder = root ? "/sys/fs/executor" : path.join(home, "locked", "inner")
    if (!root) fs.mkdirSync(path.join(home, "locked"), { mode: 0o500 })
    const { status, output } = await reasonFor(folder)
    expect(status).toBe(1)
    expect(output).toContain(root ? "it cannot be created: /sys/fs belongs to the system" : "it cannot be written to")
    expect(output).toMatch(/[Cc]hoose another folder with EXECUTOR_HOME/)
  })

  it("because it is a file", async ({ home }) => {
    const file = path.join(home, "file")
    fs.writeFileSync(file, "")
    expect(await reasonFor(file)).toMatchObject({ status: 1, output: expect.stringContaining("it is not a folder") })
  })

  it("because it cannot write down where it answers", async ({ home }) => {
    fs.mkdirSync(path.join(home, "daemon.json", "inner"), { recursive: true })
    const { status, output } = await reasonFor(home)
    expect(status).toBe(1)
    expect(output).toContain(`executor daemon: Cannot use the data folder ${home}: `)
    fs.rmSync(path.join(home, "daemon.json"), { recursive: true })
  })

  it("because others could have read its key", async ({ home }) => {
    fs.chmodSync(home, 0o700)
    fs.writeFileSync(path.join(home, "token"), `${"x".repeat(43)}\n`, { mode: 0o644 })
    const { status, output } = await reasonFor(home)
    expect(status).toBe(1)
    expect(output).toContain("other users could read it. Remove it")
    expect(output).not.toContain("x".repeat(43))
  })

  it("or because a setting cannot be meant", async ({ home }) => {
    expect(await reasonFor(home, { EXECUTOR_PORT: "seven" })).toMatchObject({
      status: 2,
      output: expect.stringContaining("EXECUTOR_PORT must be a number")
    })
    expect(fs.existsSync(path.join(home, "token"))).toBe(false)
  })

  it("which whoever started it on demand is told as well", async ({ home }) => {
    fs.writeFileSync(path.join(home, "MANIFEST.json"), JSON.stringify({ format: 99 }))
    const reason = await failing(connect(home))
    expect(reason).toMatchObject({ _tag: "DaemonStartFailed", detail: "it ended with status 1" })
    expect(reason.message).toContain("Cannot use the data folder")
  })
})

it.concurrent("a port that is taken is passed over", async ({ home }) => {
  const server = http.createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  start(home, { EXECUTOR_PORT: String(port) })
  await until(() => fs.existsSync(path.join(home, "daemon.json")))
  expect(daemonFile(home).port).toBeGreaterThan(port)
  server.close()
})

it.concurrent("a run is watched from its calls to its end", async ({ home }) => {
  const executor = await connect(home)
  const result = executor.runs.execute({ code: `await tools.executor.health({}); ${slow(4_000)}` })
  await withRun(executor)
  const [run] = await executor.runs.list({})
  const told: Array<string> = []
  for await (const update of executor.runs.watch({ run: run!.id })) told.push(update._tag)
  expect(told[0]).toBe("Status")
  expect(told.at(-1)).toBe("Done")
  expect(await result).toMatchObject({ value: "delivered" })
  await expect(executor.runs.get({ run: RunId.make("run_nothere") })).rejects.toMatchObject({ _tag: "NotFound" })
  await executor.close()
})

it.concurrent("a full disk is told to whoever waits and ends the daemon with 1; what was acknowledged is there", async ({
  home
}) => {
  // A limit on the size of files stands for a disk that is full: 64 blocks of 1,024 bytes (512 in some shells).
  const daemon = start(home, {}, ["/bin/sh", "-c", 'ulimit -f 64; exec "$@"', "sh"])
  await until(() => fs.existsSync(path.join(home, "daemon.json")))
  const executor = await connect(home)
  const code = `return 1 // ${"x".repeat(3_000)}`
  const done: Array<string> = []
  const failure: unknown = await (async () => {
    for (;;) done.push((await executor.runs.execute({ code })).runId)
  })().catch((error: unknown) => error)
  expect(done.length).toBeGreaterThan(0)
  expect(failure).toMatchObject({
    _tag: "HostFailure",
    message: expect.stringContaining("the journal stopped at the first error of the disk")
  })
  const { status, output } = await daemon.ended
  expect([status, output]).toEqual([1, expect.stringContaining("free space or repair the disk, then start again")])
  expect(fs.existsSync(path.join(home, "daemon.json"))).toBe(false)
  await executor.close()
  const next = await connect(home)
  for (const run of done)
    expect(await next.runs.get({ run: RunId.make(run) })).toMatchObject({ result: { status: "completed", value: 1 } })
  await next.close()
})

it.concurrent("an error of its own ends it with 1, is in the log, and shows no key", async ({ home }) => {
  const trap = "process.on('SIGUSR2', () => { throw new Error('boom, Bearer sk-canary-4711') })"
  const daemon = start(home, { NODE_OPTIONS: `--import "data:text/javascript,${trap}"` })
  await until(() => fs.existsSync(path.join(home, "daemon.json")))
  daemon.process.kill("SIGUSR2")
  const { status, output } = await daemon.ended
  const log = fs.readFileSync(path.join(home, "pm.log"), "utf8")
  expect(status).toBe(1)
  for (const said of [output, log]) {
    expect(said).toContain("boom, [redacted]")
    expect(said).not.toContain("canary")
  }
})
