// A driver of one run: claims it, holds it, runs it to its end.
import * as Kernel from "@executor-v2/engine/Kernel"
import * as ScheduledDrivers from "@executor-v2/engine/ScheduledDrivers"
import * as QuickJsSandbox from "@executor-v2/engine/sandbox/QuickJsSandbox"
import { Handover } from "@executor-v2/engine/sandbox/quickjs/Handover"
import * as SucraseTranspile from "@executor-v2/engine/SucraseTranspile"
import { ConvexLeases, type Driver } from "@executor-v2/persistence-convex"
import type { WorkspaceId } from "@executor-v2/schema"
// A path: the deploy takes WebAssembly from files, not from packages.
import compiled from "../node_modules/@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { ports } from "./Host.ts"

/** How long a driver that shows no sign of life keeps its run, and how often it shows one (milliseconds). */
const leaseMs = 30_000
const renewMs = 5_000

/** For one run: the engine that checks its program also runs it. */
const drivers = (workspace: WorkspaceId) => {
  const engine = { compiled, handover: new Handover() }
  return Kernel.driving.pipe(
    Layer.provideMerge(Layer.mergeAll(QuickJsSandbox.layer(engine), SucraseTranspile.layer(engine))),
    Layer.provideMerge(ports(workspace))
  )
}

/** Ends when the lease does. A renewal that fails is tried again: until the lease runs out nobody else may drive. */
const lost = Effect.fnUntraced(function* (leases: ConvexLeases["Service"], driver: Driver) {
  for (let until = (yield* Clock.currentTimeMillis) + leaseMs; ;) {
    yield* Effect.sleep(renewMs)
    const now = yield* Clock.currentTimeMillis
    const renewed = yield* Effect.option(leases.extend(driver, leaseMs))
    if (Option.contains(renewed, true)) until = now + leaseMs
    else if (Option.isSome(renewed) || now >= until) return
  }
})

/** Drives a run unless somebody else does. */
export const drivenIn = Effect.fnUntraced(
  function* (run: Omit<Driver, "attempt">) {
    const leases = yield* ConvexLeases
    const claim = yield* leases.claim(run, leaseMs)
    if (Option.isNone(claim)) return null
    const { attempt, revision } = claim.value
    yield* ScheduledDrivers.driveClaimed({ ...run, revision, lost: lost(leases, { ...run, attempt }) })
    return null
  },
  (effect, { workspace }) => Effect.provide(effect, drivers(workspace))
)
