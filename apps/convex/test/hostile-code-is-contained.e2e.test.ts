// Promise: whatever code an agent sends to a deployment, the answer is truthful, the deployment goes on, and nothing leaks.
// The deployment is a process of its own, which is killed when a native loop hangs it: that is all that a host without
// processes can do too, and there the platform does it.
import type { ExecuteResult } from "@executor-v2/schema"
import { Executor } from "@executor-v2/sdk"
import { remote } from "@executor-v2/sdk/remote"
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { spawn, type ChildProcess } from "node:child_process"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { startAttackTools } from "./AttackTools.ts"

type Outcome = "error" | "timeout" | "killed" | "memory-error" | "call-cap" | "contained-value"

interface Attack {
  readonly id: string
  readonly title: string
  readonly code: string
  readonly expect: Outcome
  readonly alsoOk: ReadonlyArray<Outcome>
  readonly mustNotContain?: ReadonlyArray<string>
  readonly valueMustNotMatch?: string
  readonly responseMaxBytes?: number
}

const root = new URL("../../../", import.meta.url)
const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`packages/engine/test/fixtures/${name}`, root), "utf8"))
const attacks = fixture("attacks.json") as ReadonlyArray<Attack>
/** What differs on the engine of this host, by attack, and why. */
const { endsHere, hangs } = fixture("quickJsEnds.json") as {
  readonly hangs: Readonly<Record<string, string>>
  readonly endsHere: Readonly<Record<string, { readonly ends: ReadonlyArray<Outcome> }>>
}

const canary = "CANARY-ENVIRONMENT-7f3a"
/** Longest silence before a host counts as hung, where it may hang (milliseconds); as long as a run may compute elsewhere. */
const hungMs = 8_000

interface Host {
  readonly process: ChildProcess
  readonly siteUrl: string
  readonly client: Client
}

let tools: Awaited<ReturnType<typeof startAttackTools>>
let running: Promise<Host> | undefined

const started = async (): Promise<Host> => {
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL("packages/convex-harness/src/main.ts", root)),
      `--functions=${fileURLToPath(new URL("apps/convex/convex", root))}`,
      `--env=EXECUTOR_ALLOW_ORIGINS=${tools.url}`,
      `--env=EXECUTOR_TEST_CANARY=${canary}`,
      '--run=tokens:create {"workspace":"default"}'
    ],
    { stdio: ["ignore", "pipe", "ignore"], env: { PATH: process.env["PATH"], EXECUTOR_TEST_CANARY: canary } }
  )
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve)
    child.once("exit", () => reject(new Error("the deployment did not start")))
  })
  const { ran, siteUrl, url } = JSON.parse(line) as {
    readonly url: string
    readonly siteUrl: string
    readonly ran: ReadonlyArray<{ readonly token: string }>
  }
  const owner = await Executor.create({ adapter: remote({ url, siteUrl, token: ran[0]!.token }) })
  const added = []
  for await (const source of owner.sources.add({
    name: "attack" as never,
    kind: "mcp",
    location: { _tag: "Url", url: tools.url }
  }))
    added.push(source)
  assert.strictEqual(added.at(-1)?.state, "connected", JSON.stringify(added.at(-1)?.failure))
  const { token } = await owner.tokens.create({ kind: "agent", name: "hostile" })
  await owner.close()
  const client = new Client({ name: "e2e", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } })
  const requestInit = { headers: { authorization: `Bearer ${token}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(`${siteUrl}/mcp`), { requestInit }))
  return { process: child, siteUrl, client }
}

const host = (): Promise<Host> => (running ??= started())

const kill = async () => {
  const killed = await running?.catch(() => undefined)
  running = undefined
  killed?.process.kill("SIGKILL")
  await killed?.client.close().catch(() => {})
}

const execute = async (code: string) => {
  const { client } = await host()
  const { content } = await client.callTool({ name: "execute", arguments: { code } })
  const text = (content as ReadonlyArray<{ readonly text?: string }>)[0]?.text ?? ""
  return { text, result: JSON.parse(text) as ExecuteResult }
}

/** The answer, or `undefined` when the host hung or died of the attack and had to be replaced. */
const attacked = async (attack: Attack) => {
  await host()
  let timer: ReturnType<typeof setTimeout> | undefined
  const hung = new Promise<undefined>((resolve) => {
    if (attack.id in hangs) timer = setTimeout(() => resolve(undefined), hungMs)
  })
  const answer = execute(`return await (async (tools) => {\n${attack.code}\n})(tools.attack)`)
  const first = await Promise.race([answer.catch(() => undefined), hung])
  clearTimeout(timer)
  if (first === undefined) await kill()
  return first
}

const outcomes: Readonly<Record<string, Outcome>> = {
  turn_timeout: "timeout",
  cpu_timeout: "timeout",
  wall_timeout: "timeout",
  memory: "memory-error",
  call_cap: "call-cap",
  crashed: "killed"
}

beforeAll(async () => {
  tools = await startAttackTools()
  await host()
}, 60_000)
afterAll(async () => {
  await kill()
  tools.stop()
})

describe("a hostile program", () => {
  it.each(attacks.map((attack) => [attack.id, attack.title, attack] as const))(
    "%s %s",
    async (id, _title, attack) => {
      const answer = await attacked(attack)
      if (answer === undefined) return assert.property(hangs, id, "the deployment hung or died")
      const { result, text } = answer
      const outcome =
        result.status === "completed" ? "contained-value" : (outcomes[result.error?.code ?? ""] ?? "error")
      const right = [attack.expect, ...attack.alsoOk, ...(endsHere[id]?.ends ?? [])]
      assert.include(right, outcome, text.slice(0, 500))
      const secrets = [canary, "file://", "node_modules", "node:internal", fileURLToPath(root), "convex-functions"]
      for (const secret of [...secrets, ...(attack.mustNotContain ?? [])]) assert.notInclude(text, secret)
      if (attack.valueMustNotMatch !== undefined)
        assert.notMatch(JSON.stringify(result.value) ?? "", new RegExp(attack.valueMustNotMatch))
      if (attack.responseMaxBytes !== undefined) assert.isAtMost(Buffer.byteLength(text), attack.responseMaxBytes)
      const next = await execute("return [1 + 1, ({}).polluted === undefined]")
      assert.deepStrictEqual(next.result.value, [2, true])
      assert.strictEqual((await fetch(`${(await host()).siteUrl}/health`)).status, 200)
    },
    60_000
  )
})
