import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { IsolateGate } from "../src/index.ts"
import { folder } from "./fixture.ts"

describe("sound functions", () => {
  let gate: IsolateGate
  beforeAll(async () => {
    gate = await IsolateGate.open(folder, { SITE: "own" })
  })
  afterAll(() => gate.close())

  it("pass, and are measured by entry and by kind", async () => {
    assert.deepStrictEqual(
      await gate.check({ wholeBytes: 2_000_000, entryBytes: { query: 250_000, http: 250_000 } }),
      []
    )
    assert.deepStrictEqual(gate.entries, ["crons.js", "http.js", "jobs.js", "notes.js"])
    const kinds = new Map((await gate.imports()).map((report) => [report.entry, report.kinds]))
    assert.deepStrictEqual(kinds.get("notes.js"), ["mutation", "query"])
    assert.deepStrictEqual(kinds.get("http.js"), ["http"])
    assert.isAbove(await gate.coldImport("notes.js"), 0)
  })
  it("are told when they are over a budget", async () => {
    const problems = await gate.check({ wholeBytes: 1000, entryBytes: { query: 1000, "http.js": 1000 } })
    assert.strictEqual(problems.length, 3, problems.join("\n"))
    assert.include(problems.join("\n"), "notes.js loads")
  })
  it("serve requests and calls inside the isolate, over one database", async () => {
    assert.strictEqual(await gate.run("notes:add", { text: "inside" }), 1)
    const response = await gate.fetch(new Request("http://any/notes"))
    assert.deepStrictEqual(await response.json(), ["inside"])
    const echo = await gate.timedFetch(
      new Request("http://any/echo", { method: "POST", body: "hi", headers: { "x-sent": "s" } })
    )
    assert.strictEqual(echo.response.status, 201)
    assert.strictEqual(await echo.response.text(), "hi")
    assert.deepStrictEqual(await gate.run("notes:environment"), { SITE: "own" })
    assert.deepStrictEqual(await gate.run("notes:nodeGlobals"), [])
  })
  it("fail where a query or mutation sets a timer", async () => {
    for (const name of ["notes:sleeps", "notes:setsTimer"]) {
      const error = await gate.run(name).then(() => "it ran", String)
      assert.include(String(error), "Can't use setTimeout", name)
    }
  })
})

describe("a planted violation fails:", () => {
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "gate-planted-"))
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  const planted = async (name: string, files: Record<string, string | Uint8Array>): Promise<string> => {
    const target = join(root, name)
    await mkdir(target)
    for (const [file, content] of Object.entries(files)) await writeFile(join(target, file), content)
    return target
  }
  const problems = async (name: string, files: Record<string, string | Uint8Array>, rules = {}): Promise<string> => {
    const gate = await IsolateGate.open(await planted(name, files))
    try {
      return (await gate.check(rules)).join("\n")
    } finally {
      await gate.close()
    }
  }

  it("a module of Node", async () => {
    const bad = await planted("node", {
      "bad.ts": 'import { readFileSync } from "node:fs"\nexport const read = readFileSync\n'
    })
    const error = await IsolateGate.open(bad).then(() => "it opened", String)
    assert.include(String(error), 'Could not resolve "node:fs"')
  })
  it("code from text, at run time and in the bundle", async () => {
    const bad = { "bad.ts": 'export const one = new Function("return 1")()\n' }
    const found = await problems("eval", bad)
    assert.include(found, "EvalError")
    assert.include(found, "makes code from text")
  })
  it("code from text that never runs, unless its file is allowed", async () => {
    const bad = { "bad.ts": "export const lazily = (text: string) => new Function(text)\n" }
    const found = await problems("lazy", bad)
    assert.match(found, /bad\.ts makes code from text/)
    const [file = ""] = found.split(" makes code")
    assert.strictEqual(await problems("allowed", bad, { evalAllowed: [file.replace("/lazy/", "/allowed/")] }), "")
  })
  it("a timer while a module loads, for queries and mutations", async () => {
    const found = await problems("timer", { "bad.ts": "setTimeout(() => {}, 1)\nexport const x = 1\n" })
    assert.include(found, "bad.js cannot be imported (query): Can't use setTimeout")
    assert.notInclude(found, "(action)")
  })
  it("a global of Node", async () => {
    const found = await problems("global", { "bad.ts": 'export const x = Buffer.from("a")\n' })
    assert.include(found, "Buffer is not defined")
  })
  it("a promise that nobody catches", async () => {
    const bad = { "bad.ts": 'void Promise.reject(new Error("left behind"))\nexport const x = 1\n' }
    assert.include(await problems("rejection", bad).catch(String), "left behind")
  })
  it("a .wasm file named by its package instead of its path", async () => {
    const wasm = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0])
    const good = {
      "good.ts": 'import wasm from "./empty.wasm"\nexport const x = new WebAssembly.Instance(wasm)\n',
      "empty.wasm": wasm
    }
    assert.strictEqual(await problems("wasm", good), "")
    const bad = await planted("wasm-package", {
      "bad.ts": 'import wasm from "some-package/empty.wasm"\nexport const x = wasm\n'
    })
    assert.include(String(await IsolateGate.open(bad).then(() => "it opened", String)), "ENOENT")
  })
})
