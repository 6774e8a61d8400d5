// Actions that ask the default runtime what it does. Public, as the probes are.
import { Sandbox, defaultLimits } from "@executor-v2/engine/sandbox/Sandbox"
import * as QuickJsSandbox from "@executor-v2/engine/sandbox/QuickJsSandbox"
import { actionGeneric, makeFunctionReference } from "convex/server"
import { ConvexError, v, type Value } from "convex/values"
import { Effect } from "effect"
import compiled from "../../node_modules/@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm"

const mutation = (name: string) => makeFunctionReference<"mutation">(name)

interface Wasm {
  readonly Module: new (...none: ReadonlyArray<never>) => object
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => {
    readonly grow: (pages: number) => number
    readonly buffer: ArrayBuffer
  }
}
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: Wasm }

export const wasm = actionGeneric({
  args: {},
  handler: async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 4 })
    let grew = 0
    try {
      for (; grew < 100; grew++) memory.grow(1)
    } catch {
      // As it should: it is at its maximum.
    }
    return { module: compiled instanceof WebAssembly.Module, grew, bytes: memory.buffer.byteLength }
  }
})

/** Runs a program in the product's sandbox and tells how it ended. */
export const guest = actionGeneric({
  args: { javascript: v.string() },
  handler: async (_, { javascript }) => {
    const program = { javascript, seed: "facts", startedAt: 0, limits: defaultLimits }
    const host = { call: () => Effect.succeed({ ok: true, json: "null" }) }
    const { outcome } = await Effect.runPromise(
      Effect.provide(
        Sandbox.use((sandbox) => sandbox.run(program, host)),
        QuickJsSandbox.layer({ compiled })
      )
    )
    if (outcome._tag === "Returned") return outcome.json ?? "nothing"
    return outcome._tag === "Threw" ? `threw ${outcome.name}: ${outcome.message}` : `ended: ${outcome.reason}`
  }
})

/** How far the clocks get while nothing but computing happens. */
export const clocks = actionGeneric({
  args: {},
  handler: async () => {
    const [date, precise] = [Date.now(), performance.now()]
    let turns = 0
    while (performance.now() - precise < 20 && turns < 50_000_000) turns++
    return { turns, date: Date.now() - date, precise: performance.now() - precise }
  }
})

/** What an answer that points elsewhere looks like when it is not followed. */
export const redirected = actionGeneric({
  args: { url: v.string() },
  handler: async (_, { url }) => {
    const answer = await fetch(url, { redirect: "manual" })
    await answer.body?.cancel()
    return { status: answer.status, type: String(answer.type), location: answer.headers.get("location") }
  }
})

/** Calls a mutation that fails after it has written; what the action hears of it. */
export const failing = actionGeneric({
  args: { name: v.string() },
  handler: async (ctx, { name }): Promise<Value> => {
    try {
      await ctx.runMutation(mutation("probes:markThenFail"), { name })
      return null
    } catch (error) {
      return error instanceof ConvexError ? (error.data as Value) : `${String(error)} is no ConvexError`
    }
  }
})

/** Whether a file is there after a mutation that deleted it was rolled back. */
export const keepsFile = actionGeneric({
  args: {},
  handler: async (ctx) => {
    const file = await ctx.storage.store(new Blob(["kept"]))
    await ctx.runMutation(mutation("probes:dropThenFail"), { file }).catch(() => {})
    const found = await ctx.storage.get(file)
    return found === null ? null : await found.text()
  }
})

const workspace = "facts"
const actor = { kind: "system" }

const opened = (run: string) => ({
  _tag: "RunOpened",
  run: {
    id: run,
    status: "queued",
    code: "return 1",
    actor,
    replay: { seed: "seed", startedAt: 0, catalog: "v" },
    attempt: 0,
    createdAt: 0,
    logs: [],
    logsTruncated: false,
    callCount: 0
  }
})

const intended = (run: string, index: number) => ({
  _tag: "ToolCallIntended",
  call: {
    id: `call_${run.slice(4)}${index}`,
    run,
    key: { path: "api.get", argumentsHash: "0".repeat(64), occurrence: index },
    argumentsPreview: JSON.stringify({ text: "x".repeat(200) }),
    hasEffects: true,
    startedAt: 0
  }
})

/** Commits a run and calls of it in one go, as the product does. Resolves with how long it took (milliseconds) and when. */
export const commit = actionGeneric({
  args: { run: v.string(), calls: v.number() },
  handler: async (ctx, { calls, run }) => {
    const events = [opened(run), ...Array.from({ length: calls }, (_, index) => intended(run, index))]
    const start = Date.now()
    await ctx.runMutation(mutation("persistence:commit"), {
      workspace,
      actor,
      eventsJson: JSON.stringify(events),
      expect: [],
      wake: [run]
    })
    return { took: Date.now() - start, committedAt: Date.now() }
  }
})

/** Claims a run as its driver does. */
export const claim = actionGeneric({
  args: { run: v.string() },
  handler: (ctx, { run }): Promise<unknown> =>
    ctx.runMutation(mutation("persistence:leaseClaim"), { workspace, run, now: Date.now(), ttlMs: 60_000 })
})
