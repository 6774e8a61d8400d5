// The app behind the isolate gate: bundled as a deploy would, run with the default runtime's globals only and without code
// from strings.
import { IsolateGate } from "@executor-v2/convex-harness"
import type { ExecuteResult } from "@executor-v2/schema"
import { Executor } from "@executor-v2/sdk"
import { remote } from "@executor-v2/sdk/remote"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as persistence from "../convex/persistence.ts"
import { all, functions, register } from "./TestDeployment.ts"

/**
 * Bytes, a little above what there is. Goals were 2,000,000 for the whole and 250,000 for plain functions; neither can be
 * reached. QuickJS (0.69 MB as text), both halves of the MCP SDK with its schemas (0.88), sucrase (0.32), YAML (0.15) and Effect (0.37)
 * are more than the first by themselves. One query with Effect and Convex has 227,000 alone, and shared code is in shared files.
 */
const budget = {
  whole: 3_250_000,
  entries: {
    "crons.js": 100_000,
    "http.js": 920_000,
    "persistence.js": 415_000,
    "runs.js": 1_950_000,
    "tokens.js": 490_000
  }
}

/** Whatever the URLs are: nothing leaves the gate. */
const site = "https://some.convex.site"
const api = "https://some.convex.cloud"

let gate: IsolateGate
let token: string

beforeAll(async () => {
  gate = await IsolateGate.open(functions)
  const made = (await gate.run("tokens:create", { workspace: "default" })) as { readonly token: string }
  token = made.token
})
afterAll(() => gate.close())

const owner = () => {
  const inside: typeof globalThis.fetch = (input, init) => gate.fetch(new Request(input, init))
  return Executor.create({ adapter: remote({ url: api, siteUrl: site, token, client: "test", fetch: inside }) })
}

/** One message of the Model Context Protocol, to its answer. */
const tell = async (method: string, params: object, headers: Readonly<Record<string, string>> = {}) => {
  const response = await gate.fetch(
    new Request(`${site}/mcp`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })
    })
  )
  assert.strictEqual(response.status, 200)
  const text = await response.text()
  const json = text.startsWith("{")
    ? text
    : text
        .split("\n")
        .findLast((line) => line.startsWith("data: "))!
        .slice(6)
  const { error, result } = JSON.parse(json) as { readonly error?: object; readonly result?: unknown }
  assert.isUndefined(error, JSON.stringify(error))
  return result
}

const execute = async (code: string, headers: Readonly<Record<string, string>> = {}, meta: object = {}) => {
  const params = { name: "execute", arguments: { code }, ...meta }
  const { content } = (await tell("tools/call", params, headers)) as {
    readonly content: ReadonlyArray<{ readonly text: string }>
  }
  return JSON.parse(content[0]!.text) as ExecuteResult
}

describe("the bundle", () => {
  it("imports as an action and as a query or mutation begins, makes no code from text, and stays in its budget", async () => {
    const problems = await gate.check({
      // Its transformers include one of another mode (`react-hot-loader`), which writes such code and is never asked for.
      evalAllowed: ["sucrase"],
      wholeBytes: budget.whole,
      entryBytes: budget.entries
    })
    assert.deepStrictEqual(problems, [])
    assert.deepStrictEqual([...gate.entries].sort(), Object.keys(budget.entries).sort())
  })

  it("keeps what only some requests need out of what every import loads", () => {
    const http = gate.sizes.entries.find(({ entry }) => entry === "http.js")!
    const rest = gate.sizes.entries.filter(({ entry }) => entry !== "runs.js")
    assert.isTrue(rest.every(({ bytes }) => bytes <= http.bytes))
    assert.isBelow(http.bytes, gate.sizes.bytes / 3)
  })
})

describe("inside the isolate", () => {
  it("/health answers without a key", async () => {
    const response = await gate.fetch(new Request(`${site}/health`))
    assert.strictEqual(response.status, 200)
    assert.deepInclude(await response.json(), { ok: true, host: "convex" })
  })

  it("an RPC call and an RPC stream are answered, and a description is compiled", async () => {
    const executor = await owner()
    const text = [
      "openapi: 3.1.0",
      "info: { title: Notes, version: '1' }",
      "servers: [{ url: https://notes.example }]",
      "paths: { /notes: { get: { operationId: listNotes, responses: { '200': { description: ok } } } } }"
    ].join("\n")
    const draft = { name: "notes" as never, kind: "openapi", location: { _tag: "Text", text } } as const
    const source = await register(executor, draft)
    assert.deepInclude(source, { state: "connected", toolCount: 1 })
    const { status, value } = await executor.runs.execute({ code: "return [1, await 2]" })
    assert.deepStrictEqual([status, value], ["completed", [1, 2]])
    assert.isNotEmpty(await all(executor.sources.refresh({ name: draft.name })))
    await executor.close()
  })

  it("MCP of the older era is initialized and executes", async () => {
    const client = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } }
    assert.deepInclude(await tell("initialize", client), { protocolVersion: "2025-11-25" })
    const { status, value } = await execute("const one: number = 1; return one", {
      "mcp-protocol-version": "2025-11-25"
    })
    assert.deepStrictEqual([status, value], ["completed", 1])
  })

  it("MCP of the newer era executes, and says where code does not parse", async () => {
    const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "execute" }
    const meta = {
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {}
      }
    }
    assert.strictEqual((await execute("return 1", headers, meta)).value, 1)
    const failed = await execute("return 1 +\n* 2", headers, meta)
    assert.deepInclude(failed.error, { code: "syntax_error", line: 2 })
  })
})

/** Arguments under which each query and mutation does its usual work, in this order. */
const workspace = "default"
const run = "run_0000000000000000000000000"
const hash = "0".repeat(64)
const driver = { workspace, run, attempt: 1, now: 1 }
const made = { id: "token_1", workspace, kind: "agent", name: "one", createdAt: 1 }
const transactions: Readonly<Record<keyof typeof persistence, Readonly<Record<string, unknown>>>> = {
  commit: { workspace, actor: { kind: "system" }, eventsJson: "[]", expect: [], wake: [] },
  get: { workspace, kind: "workspace", id: workspace },
  list: { workspace, kind: "run", newestFirst: true, limit: 10 },
  changesSince: { workspace, after: 0 },
  workspaces: {},
  artifactKeep: { workspace, hash, bytes: new ArrayBuffer(3) },
  artifactPart: { workspace, hash, range: { offset: 1, length: 1 } },
  artifactJoin: { workspace, hash, size: 3, pieces: [] },
  artifactDrop: { workspace, hash, pieces: [] },
  leaseClaim: { workspace, run, now: 1, ttlMs: 1 },
  leaseExtend: { ...driver, ttlMs: 1 },
  leaseRelease: driver,
  leasesExpired: { now: 1, limit: 10 },
  tokenCreate: { token: made, hash },
  tokenFind: { hash },
  tokenList: { workspace },
  tokenRevoke: { workspace, id: made.id, at: 2 }
}

describe("each query and mutation", () => {
  it("is among those that are run here", () => {
    assert.deepStrictEqual(Object.keys(transactions).sort(), Object.keys(persistence).sort())
  })

  // A timer, which fires in none of them, is an error; so is a rejected promise that is left behind.
  it.each(Object.entries(transactions))("%s runs without timers", async (name, args) => {
    assert.notStrictEqual(await gate.run(`persistence:${name}`, args as Record<string, string>), undefined)
  })
})
