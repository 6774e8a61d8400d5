// What is left when a function was killed in the middle: runs without drivers, registrations without an end.
import { Runs, Sources, Workspaces } from "@executor-v2/domain"
import { ConvexLeases, type Driver } from "@executor-v2/persistence-convex"
import type { Actor } from "@executor-v2/schema"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { books, persistence } from "./Books.ts"

const system: Actor = { kind: "system" }

/** Runs ended by one sweep; the next one goes on. */
const atOnce = 100

/** Longer than any registration takes (milliseconds). */
const registrationMs = 15 * 60_000

/** One that cannot be ended must not keep the others from their ends: it is tried again with the next sweep. */
const interrupted = ({ run, workspace }: Driver) =>
  Runs.use((runs) => runs.interrupt(workspace, system, run)).pipe(
    Effect.provide(Runs.layer.pipe(Layer.provide(persistence(workspace)))),
    Effect.catchCause((cause) => Effect.as(Effect.logError(`run ${run} could not be ended`, cause), false))
  )

/** Ends runs whose driver has shown no sign of life. What they had sent without an answer is unknown, never repeated. */
export const sweepRuns = Effect.gen(function* () {
  const abandoned = yield* (yield* ConvexLeases).expired(atOnce)
  const ended = yield* Effect.forEach(abandoned, interrupted, { concurrency: 4 })
  return ended.filter(Boolean).length
}).pipe(Effect.provide(books))

export const sweepSources = Effect.gen(function* () {
  const sources = yield* Sources
  const until = (yield* Clock.currentTimeMillis) - registrationMs
  for (const workspace of yield* (yield* Workspaces).list)
    yield* Effect.ignore(sources.recover(workspace, system, until))
  return null
}).pipe(Effect.provide(Layer.mergeAll(Sources.layer, Workspaces.layer).pipe(Layer.provideMerge(books))))
