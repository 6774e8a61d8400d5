import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterAll, afterEach, assert, beforeAll, it } from "vitest"
import { isolateFlags } from "../src/isolate/IsolateModules.ts"
import { regenerate } from "../src/index.ts"
import { folder, post } from "./fixture.ts"

const main = join(import.meta.dirname, "../src/main.ts")
const started: Array<ChildProcess> = []
let root: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "convex-harness-main-"))
})
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL")
})
afterAll(() => rm(root, { recursive: true, force: true }))

interface Running {
  readonly url: string
  readonly child: ChildProcess
}

const launch = async (flags: ReadonlyArray<string>, ...args: ReadonlyArray<string>): Promise<Running> => {
  const child = spawn(process.execPath, [...flags, main, "--functions", folder, ...args], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  started.push(child)
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string]
  return { url: (JSON.parse(line) as { url: string }).url, child }
}

const call = async ({ url }: Running, kind: string, path: string, args = {}): Promise<unknown> =>
  ((await (await post(`${url}/api/${kind}`, { path, args })).json()) as { value: unknown }).value

it("a process of its own keeps its data over a clean restart, with files and ids, and gives it up when killed", async () => {
  const state = join(root, "state.json")
  const first = await launch([], "--state", state, "--env", "GREETING=a=b")
  assert.deepStrictEqual(await call(first, "query", "notes:environment"), { GREETING: "a=b" })
  await call(first, "mutation", "notes:add", { text: "kept" })
  const id = await call(first, "mutation", "notes:write", { json: '{"text":"by id"}' })
  const stored = String(await call(first, "action", "jobs:store", { text: "content" }))
  first.child.kill("SIGTERM")
  assert.deepStrictEqual(await once(first.child, "exit"), [0, null])

  const second = await launch([], "--state", state)
  assert.deepStrictEqual(await call(second, "query", "notes:list"), ["kept", "by id"])
  const file = new URL(stored).pathname
  assert.strictEqual(await (await fetch(`${second.url}${file}`)).text(), "content")
  assert.include(await readFile(state, "utf8"), String(id))
  assert.notStrictEqual(await call(second, "mutation", "notes:write", { json: '{"text":"lost"}' }), id)
  second.child.kill("SIGKILL")
  await once(second.child, "exit")

  const third = await launch([], "--state", state)
  assert.deepStrictEqual(await call(third, "query", "notes:list"), ["kept", "by id"])
})

it("a whole deployment runs in the isolate, behind the same ports", async () => {
  const isolated = await launch(isolateFlags, "--isolate")
  assert.strictEqual(await call(isolated, "mutation", "notes:add", { text: "inside" }), 1)
  assert.deepStrictEqual(await call(isolated, "query", "notes:nodeGlobals"), [])
  assert.match(String(await call(isolated, "action", "native:sha256", { text: "a" })), /^ca978112/)
})

it("committed generated files are those that codegen writes, and a change to them is told", async () => {
  assert.deepStrictEqual(await regenerate(folder), [])
  const copy = join(import.meta.dirname, `fixtures/copy-${process.pid}`)
  await cp(folder, copy, { recursive: true })
  try {
    await writeFile(join(copy, "_generated/server.js"), "// changed by hand\n")
    await writeFile(join(copy, "_generated/old.js"), "// of another version\n")
    await rm(join(copy, "_generated/api.js"))
    const differences = (await regenerate(copy)).map(({ file, kind }) => `${file} ${kind}`)
    assert.deepStrictEqual(differences.sort(), ["api.js missing", "old.js extra", "server.js stale"])
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
})
