// Faults that a real deployment has and convex-test never shows: write conflicts, and actions that die in the middle.
import { AsyncLocalStorage } from "node:async_hooks"
import type { FunctionCall } from "./FunctionCall.ts"
import { Limits } from "./Limits.ts"

/** A write conflict to come: the mutation runs to its end, is rolled back, and is run again. */
export interface PlannedConflict {
  /** `module:function` of the mutation. */
  readonly mutation: string
  /** How many runs in a row conflict (default 1). After four retries the caller gets the conflict as an error. */
  readonly times?: number
  /** What another writer commits between the rollback and the next run. */
  readonly between?: () => Promise<unknown>
}

/** The death of an action to come, at a call that it makes. */
export interface PlannedKill {
  /** `module:function` of the action, or `METHOD /path` of an HTTP action. */
  readonly action: string
  /** The query, mutation or action at whose call it dies. */
  readonly at: string
  /** Which such call, from 1 (default 1). */
  readonly nth?: number
  /** Before the callee has run, or after it has committed and before the action hears of it (default). */
  readonly when?: "before" | "after"
}

/** A mutation met a concurrent write. Only the retrying caller sees it. */
class WriteConflict extends Error {}

const retried = new AsyncLocalStorage<boolean>()

/** Runs `work` without a caller that retries: what is scheduled has none. */
export function withoutRetries<A>(work: () => A): A {
  return retried.run(false, work)
}

/** What is planned for one deployment, and what has happened. */
export class Faults {
  /** How many conflicts have been injected so far. */
  conflicts = 0
  readonly #conflicts: Array<{ plan: PlannedConflict; left: number }> = []
  readonly #kills: Array<{ plan: PlannedKill; left: number }> = []

  plan(conflict: PlannedConflict): void {
    this.#conflicts.push({ plan: conflict, left: conflict.times ?? 1 })
  }

  planKill(kill: PlannedKill): void {
    this.#kills.push({ plan: kill, left: kill.nth ?? 1 })
  }

  clear(): void {
    this.#conflicts.length = 0
    this.#kills.length = 0
  }

  /** Runs a top-level mutation as the backend does: again after each conflict, a few times. */
  async retrying<A>(name: string, run: () => Promise<A>): Promise<A> {
    for (let retries = 0; ; retries += 1) {
      const plan = this.#conflicts.find((conflict) => conflict.plan.mutation === name)?.plan
      try {
        return await retried.run(true, run)
      } catch (error) {
        if (!(error instanceof WriteConflict) || retries === Limits.conflictRetries) throw error
        await retried.run(false, async () => plan?.between?.())
      }
    }
  }

  /** At the end of a mutation's run: throws when this run is to conflict. Nested and scheduled mutations never do. */
  atEndOf(call: FunctionCall): void {
    if (call.kind !== "mutation" || call.parent?.transaction === true || retried.getStore() !== true) return
    const conflict = this.#conflicts.find(({ plan }) => plan.mutation === call.name)
    if (conflict === undefined) return
    conflict.left -= 1
    if (conflict.left === 0) this.#conflicts.splice(this.#conflicts.indexOf(conflict), 1)
    this.conflicts += 1
    throw new WriteConflict(
      `Documents read from or written to by ${call.name} changed while this mutation was being run and on every ` +
        "subsequent retry. Another call to this mutation changed the same documents."
    )
  }

  /** Kills `call` if it is planned that it dies at its call of `callee`. */
  atCall(call: FunctionCall, callee: string, when: "before" | "after"): void {
    const kill = this.#kills.find(
      ({ plan }) => plan.action === call.name && plan.at === callee && (plan.when ?? "after") === when
    )
    if (kill === undefined) return
    kill.left -= 1
    if (kill.left > 0) return
    this.#kills.splice(this.#kills.indexOf(kill), 1)
    call.kill()
  }
}
