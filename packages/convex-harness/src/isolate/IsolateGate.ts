// The isolate gate: what a deploy would refuse, or what would fail only after it, fails here. Functions are bundled as a deploy
// would and run in a process of their own, with the default runtime's globals and without code from strings.
import { fork } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { resolve } from "node:path"
import { convexToJson, jsonToConvex } from "convex/values"
import type { Value } from "convex/values"
import { bundleSizes } from "./BundleSizes.ts"
import type { BundleSizes } from "./BundleSizes.ts"
import { evalSites } from "./EvalSites.ts"
import type { FetchReport, GateReply, GateRequest, GateSetup, ImportReport, Profile } from "./GateProtocol.ts"
import { bundleForIsolate, isolateFlags } from "./IsolateModules.ts"
import { Limits } from "../Limits.ts"

/** What `check` demands beyond the platform's own rules. Sizes in bytes. */
export interface GateRules {
  /** Packages, or paths of source files, that may contain `new Function` or `eval` because they never run it. */
  readonly evalAllowed?: ReadonlyArray<string>
  /** The most that the whole bundle may have. */
  readonly wholeBytes?: number
  /** The most that an entry with its shared code may have, by entry (`http.js`) or by kind (`query`, `action`, `http`). */
  readonly entryBytes?: Readonly<Record<string, number>>
}

/** One folder's functions, behind the gate. Close it when done. */
export class IsolateGate {
  /** Entries in the order of the folder: `http.js`, `nested/tasks.js`. */
  readonly entries: ReadonlyArray<string>
  readonly sizes: BundleSizes
  readonly #setup: GateSetup
  readonly #bundle: Awaited<ReturnType<typeof bundleForIsolate>>
  #child: GateChild | undefined

  private constructor(setup: GateSetup, bundle: Awaited<ReturnType<typeof bundleForIsolate>>) {
    this.#setup = setup
    this.#bundle = bundle
    this.entries = bundle.entries
    this.sizes = bundleSizes(bundle, bundle.entries)
  }

  /** Bundles `folder`. Throws esbuild's failure where the default runtime has no such module. */
  static async open(folder: string, environment: Readonly<Record<string, string>> = {}): Promise<IsolateGate> {
    const source = resolve(folder)
    const bundle = await bundleForIsolate(source)
    return new IsolateGate({ folder: source, files: bundle.files, entries: bundle.entries, environment }, bundle)
  }

  /** Everything that is wrong with the bundle, as sentences; none when it passes. */
  async check(rules: GateRules = {}): Promise<ReadonlyArray<string>> {
    const reports = [...(await this.imports("action")), ...(await this.imports("query"))]
    const kinds = new Map(reports.map(({ entry, kinds: of }) => [entry, of]))
    const problems = reports.flatMap(({ entry, profile, error }) =>
      error === undefined ? [] : [`${entry} cannot be imported (${profile}): ${error}`]
    )
    for (const { from, file } of await evalSites(this.#bundle)) {
      if (rules.evalAllowed?.includes(from) !== true)
        problems.push(`${file} makes code from text, which the runtime refuses`)
    }
    const whole = rules.wholeBytes ?? Limits.code
    if (this.sizes.bytes > whole) problems.push(`the bundle has ${this.sizes.bytes} bytes, the budget is ${whole}`)
    for (const { entry, bytes } of this.sizes.entries) {
      const budgets = [entry, ...(kinds.get(entry) ?? [])].flatMap((name) => rules.entryBytes?.[name] ?? [])
      const budget = Math.max(...budgets)
      if (budgets.length > 0 && bytes > budget) problems.push(`${entry} loads ${bytes} bytes, its budget is ${budget}`)
    }
    return problems
  }

  /** Imports entries one after the other into one fresh isolate. */
  async imports(profile: Profile = "action", entries = this.entries): Promise<ReadonlyArray<ImportReport>> {
    return (await this.#ask({ op: "import", entries, profile })).value as ReadonlyArray<ImportReport>
  }

  /** Milliseconds to import one entry, or all, in a process that has imported nothing before. */
  async coldImport(entry?: string): Promise<number> {
    const child = await GateChild.start(this.#setup)
    try {
      const entries = entry === undefined ? this.entries : [entry]
      const { value } = await child.ask({ op: "import", entries, profile: "action" })
      const reports = value as ReadonlyArray<ImportReport>
      const failed = reports.find(({ error }) => error !== undefined)
      if (failed !== undefined) throw new Error(`${failed.entry} cannot be imported: ${failed.error}`)
      return reports.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    } finally {
      await child.stop()
    }
  }

  /**
   * Runs any function, also internal ones, over a convex-test database that lives as long as the gate.
   * @throws Error with the function's failure, or when it leaves a rejected promise behind.
   */
  async run(name: string, args: Value = {}): Promise<Value> {
    return jsonToConvex((await this.#ask({ op: "run", name, args: convexToJson(args) })).value as never)
  }

  /** Lets the router's HTTP action answer, in the isolate, over the same database. `request`'s host does not matter. */
  async fetch(request: Request): Promise<Response> {
    return (await this.timedFetch(request)).response
  }

  /** `fetch` with the time from the request's arrival in the isolate to the end of the body, in milliseconds. */
  async timedFetch(request: Request): Promise<{ readonly response: Response; readonly milliseconds: number }> {
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer())
    const { method, url } = request
    const { value, milliseconds } = await this.#ask({ op: "fetch", method, url, headers: [...request.headers], body })
    const { status, headers, body: answered } = value as FetchReport
    const init = { status, headers: headers.map(([name, text]): [string, string] => [name, text]) }
    return { response: new Response(answered.length === 0 ? null : new Uint8Array(answered), init), milliseconds }
  }

  async close(): Promise<void> {
    await this.#child?.stop()
    this.#child = undefined
  }

  async #ask(request: GateRequest): Promise<GateReply> {
    this.#child ??= await GateChild.start(this.#setup)
    return this.#child.ask(request)
  }
}

/** The process that holds the isolate. */
class GateChild {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, (reply: GateReply) => void>()
  #last = 0

  private constructor(child: ChildProcess) {
    this.#process = child
    child.on("message", (reply: GateReply) => {
      this.#waiting.get(reply.id)?.(reply)
      this.#waiting.delete(reply.id)
    })
    child.on("exit", (code, signal) => {
      const error = `the gate's process ended (${signal ?? code})`
      for (const [id, done] of this.#waiting) done({ id, error, unhandled: [], milliseconds: 0 })
      this.#waiting.clear()
    })
  }

  static async start(setup: GateSetup): Promise<GateChild> {
    const process = fork(new URL("child.ts", import.meta.url), [], {
      execArgv: [...isolateFlags, "--no-warnings"],
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"]
    })
    await once(process, "spawn")
    const child = new GateChild(process)
    process.send(setup)
    return child
  }

  /** Sends a request. Throws its error, also when the only error is a rejection that nobody caught. */
  async ask(request: GateRequest): Promise<GateReply> {
    this.#last += 1
    const id = this.#last
    const reply = await new Promise<GateReply>((done) => {
      this.#waiting.set(id, done)
      this.#process.send({ id, ...request })
    })
    if (reply.error !== undefined) throw new Error(reply.error)
    if (reply.unhandled.length > 0) throw new Error(`left rejected promises behind: ${reply.unhandled.join("; ")}`)
    return reply
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const ended = once(this.#process, "exit")
    this.#process.kill()
    await ended
  }
}
