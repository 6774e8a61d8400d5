// `npm run executor` as people start it: arguments, stdin, signals and exit codes are passed on exactly.
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { sourceStamp } from "../bootstrap/Build.mjs"
import { installStamp } from "../bootstrap/Install.mjs"
import { readToolchain } from "../bootstrap/Tools.mjs"
import { bootstrap, environment, plant, withCopies } from "./Plant.ts"

/** A stand-in for the bundled CLI: does what its first argument says. */
const cli = `
import { readFileSync } from "node:fs"
const [what, ...rest] = process.argv.slice(2)
const npm = Object.keys(process.env).filter((name) => /^npm_(lifecycle|package|execpath|command)|^INIT_CWD$/.test(name))
if (what === "tell") console.log(JSON.stringify({ args: rest, cwd: process.cwd(), npm, node: process.version }))
else if (what === "demo") console.log("the demo, with", ...rest)
else if (what === "stdin") process.stdout.write(readFileSync(0))
else if (what === "exit") process.exit(Number(rest[0]))
else if (what === "die") process.kill(process.pid, "SIGKILL")
else if (what === "wait") {
  process.on("SIGTERM", () => { console.log("stopped cleanly"); process.exit(7) })
  setInterval(() => {}, 1000)
  console.log("ready")
}
`

/** A checkout in which everything is installed and built, as the stamps say. */
const checkout = (): string => {
  const root = plant({
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
    "turbo.json": {},
    "apps/cli/package.json": { name: "executor" },
    "apps/cli/src/main.ts": "export {}",
    "apps/cli/bundle/executor.mjs": cli
  })
  withCopies(root, "package.json", "scripts/bootstrap.mjs", "scripts/bootstrap", "scripts/toolchain.json")
  const { pnpm } = readToolchain(root)
  const folder = join(root, ".tools", `pnpm-${pnpm.version}`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, ".ok"), pnpm.integrity)
  mkdirSync(join(root, "node_modules"))
  writeFileSync(join(root, "node_modules/.bootstrap-stamp"), installStamp(root, process.execPath))
  writeFileSync(join(root, ".tools/build-stamp"), sourceStamp(root))
  return root
}

const run = (
  root: string,
  args: ReadonlyArray<string>,
  options: { readonly input?: string; readonly cwd?: string } = {}
) =>
  spawnSync("npm", ["run", "--silent", "--prefix", root, "executor", "--", ...args], {
    cwd: root,
    env: environment,
    encoding: "utf8",
    ...options
  })

/** Starts a command line that ends in the waiting command and sends it a signal once that is up. */
const interrupt = (
  root: string,
  signal: NodeJS.Signals,
  line: readonly [string, ...ReadonlyArray<string>] = [process.execPath, "scripts/bootstrap.mjs"]
) =>
  new Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly stdout: string }>(
    (done) => {
      const [command, ...args] = [...line, "executor", "wait"]
      const child: ChildProcess = spawn(command, args, {
        cwd: root,
        env: environment,
        stdio: ["ignore", "pipe", "pipe"]
      })
      let stdout = ""
      child.stdout?.on("data", (chunk: Buffer) => {
        stdout += chunk.toString()
        if (stdout === "ready\n") child.kill(signal)
      })
      child.on("close", (code, how) => done({ code, signal: how, stdout }))
    }
  )

describe.runIf(process.platform !== "win32")("npm run executor", () => {
  it("passes arguments on exactly, and prints nothing of its own on stdout", () => {
    const args = [
      "a b",
      "it's",
      '"quoted"',
      "$HOME `id` \\ *",
      "",
      "--json",
      "--",
      "server",
      "--flag=x y",
      "ünïcode",
      "line\nbreak"
    ]
    const { status, stdout } = run(checkout(), ["tell", ...args])
    assert.strictEqual(status, 0)
    assert.deepStrictEqual(JSON.parse(stdout).args, args)
  })

  it("runs in the folder where the person stands, without npm's variables", () => {
    const root = checkout()
    const cwd = join(root, "apps/cli/src")
    assert.deepStrictEqual(JSON.parse(run(root, ["tell"], { cwd }).stdout), {
      args: [],
      cwd,
      npm: [],
      node: process.version
    })
  })

  it("hands stdin over", () => {
    assert.strictEqual(run(checkout(), ["stdin"], { input: "return 1\n" }).stdout, "return 1\n")
  })

  it.each([0, 1, 3, 97])("exits with the command's own code %i", (code) => {
    assert.strictEqual(run(checkout(), ["exit", String(code)]).status, code)
  })

  it("passes SIGTERM on and waits for what the command does about it", async () => {
    assert.deepStrictEqual(await interrupt(checkout(), "SIGTERM"), {
      code: 7,
      signal: null,
      stdout: "ready\nstopped cleanly\n"
    })
  })

  it("stops the command when npm is told to stop", async () => {
    const { stdout } = await interrupt(checkout(), "SIGTERM", ["npm", "run", "--silent"])
    assert.strictEqual(stdout, "ready\nstopped cleanly\n")
  })

  it("ends by the signal that ended the command", async () => {
    const { code, signal } = await interrupt(checkout(), "SIGINT")
    assert.deepStrictEqual([code, signal], [null, "SIGINT"])
    assert.strictEqual((await bootstrap(checkout(), ["executor", "die"])).signal, "SIGKILL")
  })

  it("starts the demo for `npm start`", async () => {
    const root = checkout()
    const { stdout } = await bootstrap(root, ["start", "--port", "1"])
    assert.strictEqual(stdout, "the demo, with --port 1\n")
  })
})

describe("the bootstrap", () => {
  it("names its tasks when there is none of that name", async () => {
    const { code, stderr, stdout } = await bootstrap(checkout(), ["tset"])
    assert.deepStrictEqual([code, stdout], [1, ""])
    assert.match(stderr, /there is no task tset[^]*Tasks: .*\btest\b/)
  })

  it("says what to install where no packaged Node serves", async () => {
    const root = checkout()
    const toolchain = readToolchain(root)
    writeFileSync(
      join(root, "scripts/toolchain.json"),
      JSON.stringify({ ...toolchain, node: { accept: [], platforms: {} } })
    )
    const { code, stderr } = await bootstrap(root, ["executor", "tell"])
    assert.strictEqual(code, 1)
    assert.match(stderr, /there is no packaged Node for \w+-\w+[^]*Install Node 24 LTS/)
  })
})
