// A driver of one run: claims it, holds it, runs it to its end.
import * as Kernel from "@executor-v2/engine/Kernel"
import * as ScheduledDrivers from "@executor-v2/engine/ScheduledDrivers"
import * as QuickJsSandbox from "@executor-v2/engine/sandbox/QuickJsSandbox"
import { Handover } from "@executor-v2/engine/sandbox/quickjs/Handover"
import * as SucraseTranspile from "@executor-v2/engine/SucraseTranspile"
import { ConvexCaller } from "@executor-v2/persistence-convex"
import * as Calls from "@executor-v2/persistence-convex/Calls"
import type { RunId, Timestamp, WorkspaceId } from "@executor-v2/schema"
// A path: the deploy takes WebAssembly from files, not from packages.
import compiled from "../node_modules/@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ports } from "./Host.ts"

/** How long a driver that shows no sign of life keeps its run, and how often it shows one (milliseconds). */
const leaseMs = 30_000
const renewMs = 5_000

interface OneRun {
  readonly workspace: WorkspaceId
  readonly run: RunId
}

const now = Effect.map(Clock.currentTimeMillis, (millis) => millis as Timestamp)

/** For one run: the engine that checks its program also runs it. */
const drivers = (workspace: WorkspaceId) => {
  const engine = { compiled, handover: new Handover() }
  return Kernel.driving.pipe(
    Layer.provideMerge(Layer.mergeAll(QuickJsSandbox.layer(engine), SucraseTranspile.layer(engine))),
    Layer.provideMerge(ports(workspace))
  )
}

/** Ends when the lease does. A renewal that fails is tried again: until the lease runs out nobody else may drive. */
const held = Effect.fnUntraced(function* (driver: OneRun & { readonly attempt: number }) {
  const { ask } = yield* ConvexCaller
  for (let holds = true; holds;) {
    yield* Effect.sleep(renewMs)
    const renewal = ask(Calls.leaseExtend, { ...driver, now: yield* now, ttlMs: leaseMs })
    holds = yield* Effect.orElseSucceed(renewal, () => true)
  }
})

/** Drives a run unless somebody else does. */
export const drivenIn = Effect.fnUntraced(
  function* (one: OneRun) {
    const { ask } = yield* ConvexCaller
    const claim = yield* ask(Calls.leaseClaim, { ...one, now: yield* now, ttlMs: leaseMs })
    if (claim === null) return null
    const { attempt, revision } = claim
    const caller = yield* ConvexCaller
    const lost = Effect.provideService(held({ ...one, attempt }), ConvexCaller, caller)
    yield* ScheduledDrivers.driveClaimed({ ...one, revision, lost })
    return null
  },
  (effect, { workspace }) => Effect.provide(effect, drivers(workspace))
)
