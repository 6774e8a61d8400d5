// Promise: whatever code an agent sends, the answer is truthful and in time, the daemon goes on, and nothing leaks.
import type { Client } from "@modelcontextprotocol/client"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { execute, Product, type Daemon } from "./Product.ts"

interface Attack {
  readonly id: string
  readonly title: string
  readonly code: string
  readonly expect: Outcome
  readonly alsoOk: ReadonlyArray<Outcome>
  readonly mustNotContain?: ReadonlyArray<string>
  readonly valueMustNotMatch?: string
  readonly responseMaxBytes?: number
  readonly hostCheck?: string
}
type Outcome = "error" | "timeout" | "killed" | "memory-error" | "call-cap" | "contained-value"

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))
const attacks = JSON.parse(readFileSync(fixture("attacks.json"), "utf8")) as ReadonlyArray<Attack>

const canary = "CANARY-ENVIRONMENT-7f3a"
const product = new Product({ EXECUTOR_TEST_CANARY: canary })
let client: Client
let daemon: Daemon

const outcomes: Readonly<Record<string, Outcome>> = {
  turn_timeout: "timeout",
  cpu_timeout: "timeout",
  wall_timeout: "timeout",
  memory: "memory-error",
  call_cap: "call-cap",
  crashed: "killed"
}

/** Resident memory of a process in MiB. */
const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024

/** Asks `/health` over and over until told to stop. */
const watchHealth = (url: string) => {
  let going = true
  const watching = (async () => {
    while (going) {
      const response = await fetch(`${url}/health`)
      assert.strictEqual(response.status, 200)
      await response.arrayBuffer()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })()
  return () => {
    going = false
    return watching
  }
}

const run = (code: string) =>
  execute(client, { code: `// @ts-nocheck\nreturn await (async (tools) => {\n${code}\n})(tools.attack)` })

/** What must hold whatever the program did. */
const checkAnswer = (attack: Attack, text: string, outcome: Outcome, value: unknown) => {
  assert.include([attack.expect, ...attack.alsoOk], outcome, `${attack.id}: ${text.slice(0, 500)}`)
  for (const secret of [
    ...(attack.mustNotContain ?? []),
    canary,
    "file://",
    "node_modules",
    "node:internal",
    product.home
  ]) {
    assert.notInclude(text, secret)
  }
  if (attack.valueMustNotMatch !== undefined)
    assert.notMatch(JSON.stringify(value) ?? "", new RegExp(attack.valueMustNotMatch))
  if (attack.responseMaxBytes !== undefined) assert.isAtMost(Buffer.byteLength(text), attack.responseMaxBytes)
}

/** Runs an attack, then something harmless behind it: a second run finds nothing of the first. */
const judge = async (attack: Attack): Promise<void> => {
  const { text, result } = await run(attack.code)
  const outcome = result.status === "completed" ? "contained-value" : (outcomes[result.error?.code ?? ""] ?? "error")
  checkAnswer(attack, text, outcome, result.value)
  const next = await execute(client, { code: "return [1 + 1, ({}).polluted === undefined]" })
  assert.deepStrictEqual(next.result.value, [2, true], `after ${attack.id}`)
}

beforeAll(async () => {
  daemon = await product.daemon()
  const added = await product.cli(
    "sources",
    "add",
    "--name",
    "attack",
    "--yes",
    "--",
    process.execPath,
    fixture("attack-tools.mjs")
  )
  assert.include(added.stdout, "connected", added.stderr)
  client = await product.client()
})
afterAll(async () => {
  await client.close()
  await product.dispose()
})

describe("four at once", () => {
  const groups = Array.from({ length: Math.ceil(attacks.length / 4) }, (_, index) =>
    attacks.slice(index * 4, index * 4 + 4)
  )
  it.each(groups.map((group) => [group.map(({ id, title }) => `${id} ${title}`).join(", "), group] as const))(
    "%s",
    async (_titles, group) => {
      const before = residentMb(daemon.pid)
      const stop = watchHealth(daemon.url)
      try {
        await Promise.all(group.map(judge))
      } finally {
        await stop()
      }
      // Memory is given back when the collector comes round, not at once.
      const patience = Date.now() + 2_000
      let grown = residentMb(daemon.pid) - before
      while (grown >= 64 && Date.now() < patience) {
        await execute(client, { code: "return 1" })
        grown = residentMb(daemon.pid) - before
      }
      assert.isBelow(grown, 96)
    },
    60_000
  )

  it("the daemon is the one that began", async () => {
    assert.strictEqual((await product.daemon()).pid, daemon.pid)
  })
})
