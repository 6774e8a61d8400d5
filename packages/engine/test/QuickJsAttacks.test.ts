// The hostile programs against QuickJS, in processes that this suite kills when they hang: there is nothing on such a host
// that could interrupt a native loop but the host's own limit on its functions.
import { assert, describe, it } from "@effect/vitest"
import { fork, type ChildProcess } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { afterAll } from "vitest"
import type { SandboxResult } from "../src/sandbox/Sandbox.ts"
import { attacks, check, type Attack } from "./attackCases.ts"

interface Answer {
  readonly id: string
  readonly residentMb: number
  readonly result?: SandboxResult
  readonly failed?: string
}

/** What differs on this engine, by attack, and why. Whole hosts are held against the same table. */
const { endsHere, hangs } = JSON.parse(
  readFileSync(new URL("./fixtures/quickJsEnds.json", import.meta.url), "utf8")
) as {
  /** Attacks that may go on until the process is killed, each with its native loop. */
  readonly hangs: Readonly<Record<string, string>>
  /** Attacks that end here as their case does not foresee: the kinds of end that are right on this engine. */
  readonly endsHere: Readonly<Record<string, { readonly ends: ReadonlyArray<string>; readonly why: string }>>
}

const entry = fileURLToPath(new URL("./fixtures/quickJsHost.ts", import.meta.url))

/** Processes that run nothing now, for the next program. One program at a time each: they share no memory. */
const idle: Array<ChildProcess> = []

const kill = (host: ChildProcess) => host.kill("SIGKILL")
afterAll(() => idle.splice(0).forEach(kill))

/** What the process says next; `undefined` when it is gone, or silent for too long. */
const heard = (from: ChildProcess, waitMs: number) =>
  new Promise<unknown>((resolve) => {
    const end = (message: unknown) => {
      clearTimeout(timer)
      from.off("message", end).off("exit", gone)
      resolve(message)
    }
    const gone = () => end(undefined)
    const timer = setTimeout(gone, waitMs)
    from.on("message", end).on("exit", gone)
  })

const started = async (): Promise<ChildProcess> => {
  const child = fork(entry, { stdio: ["ignore", "ignore", "ignore", "ipc"], serialization: "json" })
  assert.strictEqual(await heard(child, 60_000), "ready")
  return child
}

/** Runs the attack in a process; `undefined` when that had to be killed. */
const attacked = async (attack: Attack): Promise<Answer | undefined> => {
  const host = idle.pop() ?? (await started())
  host.send(attack.id)
  const answer = (await heard(host, attack.id in hangs ? 5_000 : 60_000)) as Answer | undefined
  if (answer === undefined) kill(host)
  else idle.push(host)
  return answer
}

describe.concurrent("attacks on QuickJS", () => {
  it.each(attacks.map((attack) => [`${attack.id} ${attack.title}`, attack] as const))(
    "%s is contained",
    async (_, attack) => {
      const answer = await attacked(attack)
      if (answer === undefined) return assert.property(hangs, attack.id, "the process hung or died")
      assert.isUndefined(answer.failed)
      assert.strictEqual(answer.id, attack.id)
      check({ ...attack, alsoOk: [...attack.alsoOk, ...(endsHere[attack.id]?.ends ?? [])] }, answer.result!)
    },
    130_000
  )
})
