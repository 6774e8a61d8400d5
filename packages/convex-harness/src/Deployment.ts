// One deployment: convex-test over guarded functions. It answers calls as the backend's API does, and is where tests plan
// faults, move the clock, run crons and reset.
import { convexTest } from "convex-test"
import { makeFunctionReference } from "convex/server"
import type { GenericDataModel, SystemDataModel } from "convex/server"
import { convexToJson } from "convex/values"
import type { JSONValue, Value, ValidatorJSON } from "convex/values"
import { Clock } from "./Clock.ts"
import { Faults } from "./Faults.ts"
import type { FunctionCall } from "./FunctionCall.ts"
import type { FunctionModule, FunctionModules } from "./FunctionModules.ts"
import { guardModule, kindOf } from "./Guards.ts"
import type { GuardHost, RegisteredFunction } from "./Guards.ts"
import type { Identity } from "./Identity.ts"
import { guardedGlobals } from "./Runtime.ts"
import { guardSyscalls } from "./Syscalls.ts"

/** convex-test's accessor, over any data. */
export type Accessor = ReturnType<typeof convexTest>
type Kind = "query" | "mutation" | "action"

/** What a call of a public function came to. `message` is what the client is told. */
export type Outcome =
  | { readonly status: "success"; readonly value: JSONValue }
  | { readonly status: "error"; readonly message: string; readonly data?: JSONValue }

/** A call as it comes from outside. */
export interface Invocation {
  readonly kind: Kind
  /** `module:function`; a module alone means its default export; `.js` may follow the module. */
  readonly path: string
  readonly args: Value
  readonly identity: Identity | undefined
}

/** What a deployment is made of. */
export interface DeploymentParts {
  readonly functions: FunctionModules
  readonly clock: Clock
  /** Set as globals while functions run, beside those that every deployment sets. */
  readonly globals?: Readonly<Record<string, unknown>>
  /** The API port's URL, asked for when a stored file's URL is needed. */
  readonly url: () => string
  /** Keep the message of an uncaught error from clients, as a production deployment does. */
  readonly redact: boolean
}

/** A running deployment without any port. */
export class Deployment {
  readonly clock: Clock
  readonly #parts: DeploymentParts
  readonly #uploads = new Set<string>()
  #host: GuardHost | undefined
  #modules!: ReadonlyMap<string, () => Promise<FunctionModule>>
  #accessor!: Accessor
  #requests = 0

  constructor(parts: DeploymentParts) {
    this.#parts = parts
    this.clock = parts.clock
    this.reset()
  }

  /** convex-test itself, for reading and writing past every guard. */
  get test(): Accessor {
    return this.#accessor
  }

  get faults(): Faults {
    return this.#current.faults
  }

  get #current(): GuardHost {
    if (this.#host === undefined) throw new Error("the deployment has not begun")
    return this.#host
  }

  /** The functions that are running now. */
  get running(): ReadonlyArray<FunctionCall> {
    return [...this.#current.running]
  }

  /** Throws all data away; what still runs does not come back. Modules stay loaded. */
  reset(): void {
    if (this.#host !== undefined) this.close()
    const { functions, clock, url } = this.#parts
    const host: GuardHost = {
      rules: {
        tables: tablesOf(functions.schema),
        fileUrl: (id) => `${url()}/api/storage/${id}`,
        uploadUrl: () => this.#uploadUrl(),
        clock,
        alone: (write) => this.#accessor.run(write)
      },
      faults: new Faults(),
      running: new Set(),
      node: functions.node,
      globals: { ...guardedGlobals(clock), ...this.#parts.globals },
      over: false
    }
    this.#host = host
    this.#modules = guardAll(host, functions.modules)
    const modules = Object.fromEntries([...this.#modules].map(([path, load]) => [`/convex/${path}.js`, load]))
    modules["/convex/_generated/server.js"] = () => Promise.resolve({})
    this.#accessor = convexTest({
      ...(functions.schema === undefined ? {} : { schema: functions.schema }),
      modules,
      transactionLimits: true
    })
    guardSyscalls()
  }

  /** Ends everything: what still runs does not come back. */
  close(): void {
    this.kill()
    this.#current.over = true
  }

  /** Kills the running actions of that name (`module:function`, `METHOD /path`), or all. Returns how many. */
  kill(name?: string): number {
    const doomed = this.running.filter((call) => !call.transaction && (name === undefined || call.name === name))
    for (const call of doomed) call.kill()
    return doomed.length
  }

  /** Calls a public function as a client does. */
  async invoke({ kind, path, args, identity }: Invocation): Promise<Outcome> {
    const name = canonical(path)
    try {
      const found = await this.#find(name)
      if (found?.isPublic !== true) {
        throw new NotCallable(
          `Could not find public function for '${path}'. Did you forget to run \`npx convex deploy\`?`
        )
      }
      const actual = kindOf(found)
      if (actual !== kind)
        throw new NotCallable(`Trying to execute ${path} as ${titled(kind)}, but it is defined as ${titled(actual)}.`)
      return { status: "success", value: convexToJson(await this.run(name, args, identity)) }
    } catch (error) {
      return this.failure(error)
    }
  }

  /** Runs any function, internal ones too, past the checks of the API. */
  async run(name: string, args: Value = {}, identity?: Identity): Promise<Value> {
    const found = await this.#find(name)
    const kind = kindOf(found)
    if (kind === undefined) throw new Error(`there is no function ${name}`)
    const accessor = identity === undefined ? this.#accessor : this.#accessor.withIdentity(identity)
    const reference = makeFunctionReference<Kind>(name)
    const call = accessor[kind] as (of: unknown, args: Value) => Promise<Value>
    return kind === "mutation" ? this.faults.retrying(name, () => call(reference, args)) : call(reference, args)
  }

  /** What `module:function` is; undefined when there is no such function. */
  async kindOf(name: string): Promise<Kind | undefined> {
    return kindOf(await this.#find(canonical(name)))
  }

  /** Runs a cron's function now. Resolves with its result. */
  async runCron(name: string): Promise<Value> {
    const module = await this.#modules.get("crons")?.()
    const crons = (module?.["default"] as { readonly crons: Record<string, Cron> } | undefined)?.crons ?? {}
    const cron = crons[name]
    if (cron === undefined) throw new Error(`no cron "${name}"; there are: ${Object.keys(crons).join(", ") || "none"}`)
    return this.run(canonical(cron.name), (cron.args[0] ?? {}) as Value)
  }

  /** The commit timestamp of the newest transaction, in nanoseconds. Every commit moves it. */
  snapshotTs(): Promise<bigint> {
    return this.#accessor.query((ctx) => (ctx as unknown as SnapshotCtx).meta.getSnapshotTs())
  }

  /** Waits until no scheduled function runs and none is due. */
  async settled(): Promise<void> {
    for (;;) {
      await this.#accessor.finishInProgressScheduledFunctions()
      const open = await this.#accessor.query(async (ctx) => {
        const jobs = await (ctx.db.system as unknown as SystemReader).query("_scheduled_functions").collect()
        return jobs.some(
          ({ state, scheduledTime }) =>
            state.kind === "inProgress" || (state.kind === "pending" && scheduledTime <= Date.now() + this.clock.ahead)
        )
      })
      if (!open) return
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  /** The text that a client gets for an error, and the data of a ConvexError. */
  failure(error: unknown): Outcome & { readonly status: "error" } {
    this.#requests += 1
    const head = `[Request ID: ${this.#requests.toString(16).padStart(16, "0")}] Server Error`
    if (error instanceof NotCallable) return { status: "error", message: `${head}\n${error.message}` }
    const message = error instanceof Error ? error.message : String(error)
    if (typeof error === "object" && error !== null && Symbol.for("ConvexError") in error) {
      const data = convexToJson((error as unknown as { readonly data: Value }).data)
      return { status: "error", message: `${head}\nUncaught ConvexError: ${message}`, data }
    }
    return { status: "error", message: this.#parts.redact ? head : `${head}\nUncaught Error: ${message}` }
  }

  /** Whether an upload with that token may be taken; each works once. */
  takeUpload(token: string): boolean {
    return this.#uploads.delete(token)
  }

  #uploadUrl(): string {
    const token = crypto.randomUUID()
    this.#uploads.add(token)
    return `${this.#parts.url()}/api/storage/upload?token=${token}`
  }

  async #find(name: string): Promise<RegisteredFunction | undefined> {
    const [path = "", exported = "default"] = name.split(":")
    const module = await this.#modules.get(path)?.()
    const found = module !== undefined && Object.hasOwn(module, exported) ? module[exported] : undefined
    return kindOf(found) === undefined ? undefined : (found as RegisteredFunction)
  }
}

/** A function that clients cannot call; they are told so even where errors are redacted. */
class NotCallable extends Error {}

interface Cron {
  readonly name: string
  readonly args: ReadonlyArray<JSONValue>
}

interface SnapshotCtx {
  readonly meta: { readonly getSnapshotTs: () => Promise<bigint> }
}

interface SystemReader {
  readonly query: (table: keyof SystemDataModel & "_scheduled_functions") => {
    readonly collect: () => Promise<ReadonlyArray<GenericDataModel[string]["document"] & ScheduledJob>>
  }
}

interface ScheduledJob {
  readonly state: { readonly kind: string }
  readonly scheduledTime: number
}

/** Each module guarded once, when it is first asked for. */
function guardAll(host: GuardHost, modules: FunctionModules["modules"]): Map<string, () => Promise<FunctionModule>> {
  return new Map(
    [...modules].map(([path, load]) => {
      let guardedModule: Promise<FunctionModule> | undefined
      return [path, () => (guardedModule ??= load().then((module) => guardModule(host, path, module)))]
    })
  )
}

function tablesOf(schema: FunctionModules["schema"]): ReadonlyMap<string, ValidatorJSON> | undefined {
  if (schema === undefined || !schema.schemaValidation) return undefined
  return new Map(
    Object.entries(schema.tables).map(([name, table]) => [
      name,
      (table as unknown as { readonly validator: { readonly json: ValidatorJSON } }).validator.json
    ])
  )
}

/** `a/b.js:fn` → `a/b:fn`; no function means the default export. */
function canonical(path: string): string {
  const [module = "", name = "default"] = path.split(":")
  return `${module.replace(/\.js$/, "")}:${name}`
}

function titled(kind: Kind | undefined): string {
  return kind === undefined ? "nothing" : kind[0]?.toUpperCase() + kind.slice(1)
}
