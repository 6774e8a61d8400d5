// Wraps the functions of a deployment, so that each runs as a FunctionCall: with the limits checked on both sides, with the
// globals of its runtime, and under the faults that a test has planned.
import { AsyncLocalStorage } from "node:async_hooks"
import { getFunctionName } from "convex/server"
import type { FunctionReference } from "convex/server"
import type { ValidatorJSON, Value } from "convex/values"
import { mismatch, overLimit } from "./CheckValue.ts"
import type { Faults } from "./Faults.ts"
import { FunctionCall } from "./FunctionCall.ts"
import type { CallKind, CallRules } from "./FunctionCall.ts"
import type { FunctionModule } from "./FunctionModules.ts"
import { incoming } from "./Incoming.ts"
import { Limits } from "./Limits.ts"

/** The deployment that the functions run in. */
export interface GuardHost {
  readonly rules: CallRules
  readonly faults: Faults
  readonly running: Set<FunctionCall>
  readonly node: ReadonlySet<string>
  /** Set as globals for the time of each call. */
  readonly globals: Readonly<Record<string, unknown>>
  /** After a reset nothing of the old deployment runs any more. */
  over: boolean
}

type Handler = (ctx: Ctx, args: unknown) => unknown
type Ctx = Readonly<Record<string, unknown>>
type Run = (
  reference: FunctionReference<"query" | "mutation" | "action">,
  ...rest: ReadonlyArray<unknown>
) => Promise<unknown>

/** A function as `query`, `mutation`, `action` and their internal forms register it. */
export interface RegisteredFunction {
  readonly isQuery?: true
  readonly isMutation?: true
  readonly isAction?: true
  readonly isPublic?: true
  readonly _handler: Handler
  readonly exportArgs: () => string
  readonly exportReturns: () => string
}

/** Which kind of function an export is; undefined for anything else. */
export function kindOf(value: unknown): "query" | "mutation" | "action" | undefined {
  if (typeof value !== "function") return undefined
  const registered = value as unknown as RegisteredFunction
  return registered.isQuery ? "query" : registered.isMutation ? "mutation" : registered.isAction ? "action" : undefined
}

/** `module` with every function in it guarded. */
export function guardModule(host: GuardHost, path: string, module: FunctionModule): FunctionModule {
  return Object.fromEntries(Object.entries(module).map(([name, value]) => [name, guardExport(host, path, name, value)]))
}

function guardExport(host: GuardHost, path: string, name: string, value: unknown): unknown {
  const kind = kindOf(value)
  if (kind !== undefined) return guardFunction(host, `${path}:${name}`, kind, value as unknown as RegisteredFunction)
  return path === "http" && name === "default" ? guardRouter(host, value as Router) : value
}

function guardFunction(host: GuardHost, name: string, kind: CallKind, inner: RegisteredFunction): unknown {
  const validators = {
    args: JSON.parse(inner.exportArgs()) as ValidatorJSON,
    returns: JSON.parse(inner.exportReturns()) as ValidatorJSON | null
  }
  const node = host.node.has(name.slice(0, name.lastIndexOf(":")))
  const limit = node ? Limits.nodeArguments : Limits.arguments
  const handler: Handler = (ctx, args) =>
    guarded(host, name, kind, async (call) => {
      check(`ArgumentValidationError: arguments of ${name}`, validators.args, args as Value, limit)
      const result = await inner._handler(call.transaction ? ctx : guardCtx(host, call, ctx), args)
      const value = (result === undefined ? null : result) as Value
      check(
        `ReturnsValidationError: what ${name} returns`,
        validators.returns ?? { type: "any" },
        value,
        Limits.returned
      )
      return value
    })
  return Object.assign((ctx: Ctx, args: unknown) => handler(ctx, args), inner, { _handler: handler })
}

function check(what: string, validator: ValidatorJSON, value: Value, size: number): void {
  const problem = overLimit(value, { size, nesting: Limits.valueNesting }) ?? mismatch(validator, value)
  if (problem !== undefined) throw new Error(`${what}: ${problem}`)
}

async function guarded<A>(
  host: GuardHost,
  name: string,
  kind: CallKind,
  work: (call: FunctionCall) => Promise<A>
): Promise<A> {
  if (host.over) return new Promise(() => {})
  Object.assign(globalThis, host.globals)
  const call = new FunctionCall(name, kind, host.rules)
  host.running.add(call)
  call.onEnd = () => host.running.delete(call)
  try {
    const value = await call.run(() => work(call))
    host.faults.atEndOf(call)
    return value
  } finally {
    // An HTTP action goes on while its body is read.
    if (kind !== "http") call.end()
  }
}

/** An action's ctx: what it calls may be refused, be retried or be its last. */
function guardCtx(host: GuardHost, call: FunctionCall, ctx: Ctx): Ctx {
  const run =
    (method: "runQuery" | "runMutation" | "runAction"): Run =>
    (reference, ...rest) =>
      call.serve(async () => {
        const name = getFunctionName(reference)
        const inner = () => (ctx[method] as Run)(reference, ...rest)
        host.faults.atCall(call, name, "before")
        if (call.over) return undefined
        const value = await (method === "runMutation" ? host.faults.retrying(name, inner) : inner())
        host.faults.atCall(call, name, "after")
        return value
      })
  return { ...ctx, runQuery: run("runQuery"), runMutation: run("runMutation"), runAction: run("runAction") }
}

interface Router {
  readonly lookup: (path: string, method: string) => readonly [{ readonly _handler: Handler }, string, string] | null
}

function guardRouter(host: GuardHost, router: Router): Router {
  return {
    lookup: (path, method) => {
      const found = router.lookup(path, method)
      if (found === null) return null
      const [action, foundMethod, foundPath] = found
      const _handler: Handler = (ctx, request) =>
        guarded(host, `${method} ${path}`, "http", async (call) => {
          const now = incoming.getStore()
          if (now !== undefined) Object.assign(now, { call, inside: AsyncLocalStorage.snapshot() })
          const auth = now?.opaqueToken === true ? { auth: { getUserIdentity: refuseIdentity } } : {}
          return action._handler({ ...guardCtx(host, call, ctx), ...auth }, now?.request ?? request)
        })
      return [{ _handler }, foundMethod, foundPath]
    }
  }
}

/** Where the bearer is not a JWT the backend knows no identity, and asking for it is an error. */
function refuseIdentity(): Promise<never> {
  return Promise.reject(
    new Error("the bearer token of this request is not a JWT: read the Authorization header instead of ctx.auth")
  )
}
