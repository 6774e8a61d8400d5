// One running function: what it may still do. A call that was killed or has ended does nothing more: whatever its left-over
// code awaits next never comes back, as when the platform takes its isolate away.
import { AsyncLocalStorage } from "node:async_hooks"
import type { ValidatorJSON } from "convex/values"
import type { Clock } from "./Clock.ts"

/** What is running: `http` is an HTTP action. */
export type CallKind = "query" | "mutation" | "action" | "http"

/** What a deployment demands of the calls in it. */
export interface CallRules {
  /** The validator of each declared table's documents; undefined without a schema. */
  readonly tables: ReadonlyMap<string, ValidatorJSON> | undefined
  /** Where a stored file can be read. */
  readonly fileUrl: (storageId: string) => string
  /** Where one file can be uploaded, once. */
  readonly uploadUrl: () => string
  readonly clock: Clock
  /** Does a write of an action as a transaction of its own, after those that are under way. */
  readonly alone: <A>(write: () => Promise<A>) => Promise<A>
}

const current = new AsyncLocalStorage<FunctionCall | undefined>()

/** A function while it runs. */
export class FunctionCall {
  /** `module:function`, or `METHOD /path` of an HTTP action. */
  readonly name: string
  readonly kind: CallKind
  readonly rules: CallRules
  /** The call that made this one. */
  readonly parent: FunctionCall | undefined
  /** Told when the call has ended. */
  onEnd: () => void = () => {}
  #over = false
  #reject: (error: Error) => void = () => {}
  #failure: Error | undefined
  readonly #failed = new Promise<never>((_, reject) => {
    this.#reject = reject
  })

  constructor(name: string, kind: CallKind, rules: CallRules) {
    this.name = name
    this.kind = kind
    this.rules = rules
    const parent = current.getStore()
    this.parent = parent === undefined || parent.over ? undefined : parent
    this.#failed.catch(() => {})
  }

  /** The call that the running code belongs to. */
  static current(): FunctionCall | undefined {
    return current.getStore()
  }

  /** Runs `work` as belonging to no call: what is scheduled lives on its own. */
  static outside<A>(work: () => A): A {
    return current.run(undefined, work)
  }

  /** Runs as a transaction, where timers, `fetch` and dynamic imports do not exist. */
  get transaction(): boolean {
    return this.kind === "query" || this.kind === "mutation"
  }

  /** Neither its code nor what it awaits goes on. Actions end with the action that called them; transactions do not. */
  get over(): boolean {
    return this.#over || (!this.transaction && this.parent !== undefined && this.parent.over)
  }

  /** Runs the function, until it returns or the call fails for another reason. */
  async run<A>(work: () => Promise<A>): Promise<A> {
    const value = await Promise.race([current.run(this, work), this.#failed])
    if (this.#failure !== undefined) throw this.#failure
    return value
  }

  /** Ends the call with an error, whatever its code does about it. */
  fail(error: Error): void {
    this.#failure ??= error
    this.#reject(error)
  }

  /** Ends the call with an error a little later, or when its code returns before that. */
  failSoon(error: Error): void {
    this.#failure ??= error
    realSetTimeout(() => this.#reject(error), 0)
  }

  /** Takes the call away in the middle: its code stops at its next await. */
  kill(): void {
    this.fail(new Error(`${this.name} was killed by the platform`))
    this.end()
  }

  /** Nothing more is answered to this call's code. */
  end(): void {
    this.#over = true
    this.onEnd()
  }

  /** `work`, unless the call fails or is killed first. */
  race<A>(work: Promise<A>): Promise<A> {
    return Promise.race([work, this.#failed])
  }

  /** Does `work` for this call: before and after it, a call that is over never comes back. */
  async serve<A>(work: () => A | Promise<A>): Promise<A> {
    if (this.over) await never
    try {
      return await work()
    } finally {
      if (this.over) await never
    }
  }
}

const never = new Promise<never>(() => {})
const realSetTimeout = globalThis.setTimeout
