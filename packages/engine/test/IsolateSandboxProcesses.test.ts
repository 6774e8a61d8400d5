// The processes behind the local sandbox: what they are given, how many there are, and what happens when they are gone.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Result, Schedule } from "effect"
import { spawn } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs"
import { getPriority, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as OxcTranspile from "../src/OxcTranspile.ts"
import { ChildPool } from "../src/sandbox/ChildPool.ts"
import * as IsolateSandbox from "../src/sandbox/IsolateSandbox.ts"
import { startText } from "../src/sandbox/GuestProtocol.ts"
import { Sandbox } from "../src/sandbox/Sandbox.ts"
import { start, type SandboxProcess } from "../src/sandbox/SandboxProcess.ts"
import type { FromChild } from "../src/sandbox/WireFormat.ts"
import { makeHost, program } from "./testTools.ts"

const entry = fileURLToPath(new URL("../src/sandbox/child.ts", import.meta.url))
const onLinux = process.platform === "linux"

const run = (javascript: string, limits = {}) =>
  Effect.flatMap(Sandbox, (sandbox) => sandbox.run(program(javascript, limits), makeHost()))
const valueOf = (javascript: string) =>
  Effect.map(run(javascript), ({ outcome }) => (outcome._tag === "Returned" ? outcome.json : JSON.stringify(outcome)))
const size = Effect.map(ChildPool, (pool) => pool.size())
const until = (count: number) =>
  Effect.repeat(size, { until: (now) => now === count, schedule: Schedule.spaced("20 millis") })

const message = (child: SandboxProcess) =>
  new Promise<FromChild | "stopped">((resolve) => {
    child.onMessage = resolve
    child.onStopped = () => resolve("stopped")
  })
const ready = Effect.acquireRelease(
  Effect.promise(async () => {
    const child = start({ entry, memoryMb: 64 })
    assert.deepEqual(await message(child), { _tag: "Ready" })
    return child
  }),
  (child) => Effect.sync(child.kill)
)
/** Whether a process runs. Linux still lists one that has ended as `Z` until its parent asks. */
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"))
  } catch {
    return true
  }
}

/** Processes of this test run that run the child's entry. */
const children = () =>
  readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const parent = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ")[1]
        return (
          parent === String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("sandbox/child")
        )
      } catch {
        return false
      }
    })

describe("a sandbox process", () => {
  it.live.runIf(onLinux)("is given no environment and nothing open but its pipe", () =>
    Effect.gen(function* () {
      process.env["SANDBOX_TEST_CANARY"] = "canary"
      const child = yield* ready
      assert.strictEqual(readFileSync(`/proc/${child.pid}/environ`, "latin1"), "")
      const open = [0, 1, 2].map((fd) => readlinkSync(`/proc/${child.pid}/fd/${fd}`))
      assert.match(open[0]!, /^(socket|pipe):/)
      assert.strictEqual(open[2], "/dev/null")
      const ours = readdirSync(`/proc/${process.pid}/fd`).map((fd) => {
        try {
          return readlinkSync(`/proc/${process.pid}/fd/${fd}`)
        } catch {
          return ""
        }
      })
      const theirs = readdirSync(`/proc/${child.pid}/fd`).map((fd) => readlinkSync(`/proc/${child.pid}/fd/${fd}`))
      assert.deepEqual(
        theirs.filter((path) => path.startsWith("socket:") && ours.includes(path)),
        []
      )
      assert.strictEqual(readlinkSync(`/proc/${child.pid}/cwd`), "/")
    })
  )

  it.live.runIf(onLinux)("stands back behind the host on a busy machine, with every thread", () =>
    Effect.gen(function* () {
      const { pid } = yield* ready
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        // Field 19 of proc_pid_stat(5), counted from after the name.
        const fields = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1").split(") ")[1]!.split(" ")
        assert.isAbove(Number(fields[16]), getPriority())
      }
    })
  )

  it.live("outlives a program that cannot even be started", () =>
    Effect.gen(function* () {
      const child = yield* ready
      const stopped = message(child)
      child.send({
        _tag: "Start",
        run: 1,
        memoryMb: 64,
        turnMs: 1,
        cpuMs: 1,
        maxTurnChars: 1,
        javascript: "",
        start: "sNOT JSON"
      })
      assert.deepInclude(yield* Effect.promise(() => stopped), { _tag: "Turn", run: 1, done: 1 })
      assert.isTrue(child.alive())
    })
  )

  it.live("is killed when it says more than is accepted", () =>
    Effect.gen(function* () {
      const child = yield* ready
      child.maxFrame = 16
      const next = message(child)
      child.send({ _tag: "Transpile", run: 1, code: "return 'something longer than sixteen bytes'" })
      assert.strictEqual(yield* Effect.promise(() => next), "stopped")
    })
  )

  it.live("goes away with a host that is killed in the middle of a run", () =>
    Effect.gen(function* () {
      const module = new URL("../src/sandbox/SandboxProcess.ts", import.meta.url).href
      const host = spawn(
        process.execPath,
        [
          "--input-type=module",
          "-e",
          `
      import { start } from ${JSON.stringify(module)}
      const child = start({ entry: ${JSON.stringify(entry)}, memoryMb: 64 })
      setInterval(() => {}, 1000)
      child.onMessage = () => {
        const javascript = "for (;;);"
        child.send({ _tag: "Start", run: 1, memoryMb: 64, turnMs: 500, cpuMs: 5000, maxTurnChars: 9, javascript, start: ${JSON.stringify(startText(program("")))} })
        console.log(child.pid)
      }`
        ],
        { stdio: ["ignore", "pipe", "inherit"] }
      )
      const pid = Number(yield* Effect.promise(() => new Promise((resolve) => host.stdout.once("data", resolve))))
      assert.isTrue(alive(pid))
      host.kill("SIGKILL")
      yield* Effect.repeat(
        Effect.sync(() => alive(pid)),
        { until: (up) => !up, schedule: Schedule.spaced("10 millis") }
      )
    })
  )
})

describe("the pool of sandbox processes", () => {
  it.live("starts none before the first run, keeps a spare, and releases all when idle", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* size, 0)
      assert.strictEqual(yield* valueOf("return 1"), "1")
      yield* until(2)
      yield* until(0)
      assert.strictEqual(yield* valueOf("return 2"), "2")
    }).pipe(Effect.provide(IsolateSandbox.layer({ idleReleaseMs: 400 }), { local: true }))
  )

  it.live("starts one ahead of the first run when asked to, which is released if no run comes", () =>
    Effect.gen(function* () {
      const pool = yield* ChildPool
      pool.warm()
      pool.warm()
      assert.strictEqual(yield* size, 1)
      yield* until(0)
      pool.warm()
      assert.strictEqual(yield* valueOf("return 1"), "1")
    }).pipe(Effect.provide(IsolateSandbox.layer({ idleReleaseMs: 400 }), { local: true }))
  )

  it.live("makes runs beyond its number wait, and serves them in order", () =>
    Effect.gen(function* () {
      const order: Array<number> = []
      yield* Effect.forEach(
        [1, 2, 3, 4, 5],
        (n) => Effect.map(valueOf(`await tools.a.later(); return ${n}`), () => order.push(n)),
        { concurrency: "unbounded" }
      )
      assert.deepEqual(order, [1, 2, 3, 4, 5])
      assert.isAtMost(yield* size, 2)
    }).pipe(Effect.provide(IsolateSandbox.layer({ concurrency: 1 }), { local: true }))
  )

  it.live("forgets a run that was interrupted while it waited", () =>
    Effect.gen(function* () {
      const first = yield* Effect.forkChild(valueOf("await tools.a.slow(); return 1"), { startImmediately: true })
      const second = yield* Effect.forkChild(valueOf("return 2"), { startImmediately: true })
      yield* Fiber.interrupt(second)
      assert.strictEqual(yield* Fiber.join(first), "1")
      assert.strictEqual(yield* valueOf("return 3"), "3")
    }).pipe(Effect.provide(IsolateSandbox.layer({ concurrency: 1 }), { local: true }))
  )

  it.live("goes on after a process was killed from outside in the middle of a run", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(run("await tools.a.hang()"), { startImmediately: true })
      yield* until(2)
      if (onLinux) for (const pid of children()) process.kill(Number(pid), "SIGKILL")
      else yield* Fiber.interrupt(fiber)
      if (onLinux) assert.deepInclude((yield* Fiber.join(fiber)).outcome, { _tag: "Ended" })
      assert.strictEqual(yield* valueOf("return 4"), "4")
    }).pipe(Effect.provide(IsolateSandbox.layer(), { local: true }))
  )

  it.live("replaces a process after its number of runs", () =>
    Effect.gen(function* () {
      for (let i = 0; i < 7; i++) assert.strictEqual(yield* valueOf(`return ${i}`), String(i))
    }).pipe(Effect.provide(IsolateSandbox.layer({ runsPerProcess: 1 }), { local: true }))
  )

  it.live.runIf(onLinux)("leaves no process behind when its layer closes, even with runs under way", () =>
    Effect.gen(function* () {
      const before = children()
      yield* Effect.gen(function* () {
        yield* Effect.forkChild(run("for (;;) await tools.a.echo(1)", { calls: 1e6 }), { startImmediately: true })
        yield* Effect.forkChild(run("let x = 3n; for (;;) x = x * x"), { startImmediately: true })
        yield* until(3)
        assert.isAbove(children().length, before.length)
      }).pipe(Effect.provide(IsolateSandbox.layer(), { local: true }))
      yield* Effect.repeat(
        Effect.sync(() => children().length),
        {
          until: (left) => left <= before.length,
          schedule: Schedule.spaced("10 millis")
        }
      )
    })
  )
})

describe("a machine on which the sandbox cannot run", () => {
  const folder = Effect.acquireRelease(
    Effect.sync(() => realpathSync(mkdtempSync(join(tmpdir(), "sandbox-")))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true }))
  )
  const failure = (childEntry: string) =>
    Effect.map(
      Effect.result(run("return 1").pipe(Effect.provide(IsolateSandbox.layer({ childEntry }), { local: true }))),
      (result) => {
        if (Result.isSuccess(result)) throw new Error("it ran")
        return result.failure
      }
    )

  it.live("says that its own code is missing", () =>
    Effect.gen(function* () {
      const error = yield* failure("/nowhere/sandbox-child.mjs")
      assert.strictEqual(error._tag, "SandboxUnavailable")
      assert.include(error.message, "/nowhere/sandbox-child.mjs cannot be read")
    })
  )

  it.live("says what to do when the engine has no build for this machine", () =>
    Effect.gen(function* () {
      const root = yield* folder
      cpSync(fileURLToPath(new URL("../src", import.meta.url)), join(root, "src"), { recursive: true })
      const broken = join(root, "node_modules", "isolated-vm")
      cpSync(realpathSync(fileURLToPath(new URL("../node_modules/isolated-vm", import.meta.url))), broken, {
        recursive: true,
        filter: (path) => !path.includes("prebuilds") && !path.includes("vendor")
      })
      const { message } = yield* failure(join(root, "src", "sandbox", "child.ts"))
      assert.include(message, "npm rebuild isolated-vm")
    })
  )

  it.live("says the same to whoever transpiles", () =>
    Effect.gen(function* () {
      const layer = OxcTranspile.layer.pipe(
        Layer.provideMerge(IsolateSandbox.layer({ childEntry: "/nowhere/child.mjs" }))
      )
      const error = yield* Effect.flip(Effect.scoped(Layer.build(layer)))
      assert.include(error.message, "cannot be read")
    })
  )
})
