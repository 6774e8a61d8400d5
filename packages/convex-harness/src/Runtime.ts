// The globals that functions see in place of Node's: timers that fail a query or a mutation as the real backend does, a
// `fetch` that ends with its call, a clock that tests move, and of the environment only the deployment's own variables.
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks"
import type { Clock } from "./Clock.ts"
import { FunctionCall } from "./FunctionCall.ts"

const host = { setTimeout, setInterval, clearTimeout, clearInterval, fetch, process }
let refusedTimers = 0

type Timer = (work: (...args: Array<unknown>) => void, ms?: number, ...args: Array<unknown>) => unknown

/** In a transaction the timer answers with an id, never fires, and fails the function a little later. */
function timer(name: "setTimeout" | "setInterval"): Timer {
  return (work, ms, ...args) => {
    const call = FunctionCall.current()
    if (call?.transaction === true) {
      call.failSoon(new Error(`Can't use ${name} in queries and mutations. Please consider using an action.`))
      refusedTimers += 1
      return refusedTimers
    }
    return host[name](() => {
      if (call === undefined || !call.over) work(...args)
    }, ms)
  }
}

async function guardedFetch(input: Request | string | URL, init?: RequestInit): Promise<Response> {
  const call = FunctionCall.current()
  if (call === undefined) return host.fetch(input, init)
  if (call.transaction)
    throw new TypeError("Can't use fetch() in queries and mutations. Please consider using an action.")
  return call.serve(() => host.fetch(input, init))
}

/** The replacements by name, for one deployment. */
export function guardedGlobals(clock: Clock): Readonly<Record<string, unknown>> {
  return {
    setTimeout: timer("setTimeout"),
    setInterval: timer("setInterval"),
    clearTimeout: (id: never) => host.clearTimeout(id),
    clearInterval: (id: never) => host.clearInterval(id),
    fetch: guardedFetch,
    Date: clock.Date
  }
}

/** What of Node's globals does not exist in the default runtime. */
const nodeOnly = ["Buffer", "setImmediate", "clearImmediate", "global", "navigator", "WebSocket", "EventSource"]

/** The `process` that functions see: in the default runtime nothing but `env`, in "use node" files Node's with that `env`. */
export function processOf(environment: Readonly<Record<string, string>>, runtime: "isolate" | "node"): unknown {
  if (runtime === "isolate") return { env: { ...environment } }
  const env = { ...environment }
  return new Proxy(host.process, {
    get: (target, key) => {
      const value: unknown = key === "env" ? env : Reflect.get(target, key, target)
      return typeof value === "function" ? value.bind(target) : value
    }
  })
}

/**
 * A `globalThis` for bundled functions: Node's, without what the runtime does not have and with the replacements. Bundles
 * reach it by esbuild's `define`, so that even what modules remember while they load is replaced.
 */
export function realmOf(
  environment: Readonly<Record<string, string>>,
  clock: Clock,
  runtime: "isolate" | "node"
): object {
  const replaced: Record<string, unknown> = { ...guardedGlobals(clock), process: processOf(environment, runtime) }
  if (runtime === "isolate") Object.assign(replaced, { AsyncLocalStorage, AsyncResource })
  const hidden = new Set(runtime === "isolate" ? nodeOnly : [])
  const realm: object = new Proxy(globalThis, {
    has: (target, key) => !hidden.has(String(key)) && (key in replaced || key in target),
    get: (target, key) => {
      if (key === "globalThis" || key === "self") return realm
      if (typeof key === "string" && Object.hasOwn(replaced, key)) return replaced[key]
      return hidden.has(String(key)) ? undefined : (Reflect.get(target, key) as unknown)
    }
  })
  return realm
}

/** The names that bundles take from their realm instead of from Node. */
export const realmNames = [
  "process",
  "setTimeout",
  "setInterval",
  "clearTimeout",
  "clearInterval",
  "fetch",
  "Date",
  ...nodeOnly
]

/** Node without its `--js-base-64` flag lacks what a bundled `.wasm` file needs. */
export function addFromBase64(): void {
  const bytes = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array }
  bytes.fromBase64 ??= (text) => new Uint8Array(Buffer.from(text, "base64"))
}
