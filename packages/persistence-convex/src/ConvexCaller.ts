// How an action reaches the functions on the tables: by name, patiently when others keep overtaking it.
import { ActionCtx, CallFailed, type Args, type ArgsType, type Codec, type Contract } from "@executor-v2/confect"
import { makeFunctionReference } from "convex/server"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Schema from "effect/Schema"

/** One function: its kind, its name, and the contract of what crosses. */
export interface Call<A extends Args, R extends Codec, E extends Codec = typeof Schema.Never> extends Contract<
  A,
  R,
  E
> {
  readonly kind: "query" | "mutation"
  readonly name: string
}

const isCallFailed = (error: unknown): error is CallFailed => error instanceof CallFailed

/** The deployment gave up on a transaction that others kept overtaking: nothing of it was written. */
export const wasOvertaken = ({ cause }: CallFailed): boolean =>
  /OptimisticConcurrencyControlFailure|changed while this mutation was being run/.test(String(cause))

/** Why a call failed, for the log of the deployment: what follows the first line may quote what was sent. */
const whyOf = ({ cause }: CallFailed): string => String(cause).split("\n", 1)[0]!.slice(0, 300)

/** Beyond the deployment's own retries. An overtaken transaction wrote nothing, so that another try doubles nothing. */
const patience = { schedule: Schedule.jittered(Schedule.exponential("20 millis")), times: 7 }

const make = Effect.gen(function* () {
  const functions = yield* ActionCtx
  const starting = new Set<Deferred.Deferred<void>>()

  const once = <A extends Args, R extends Codec, E extends Codec = typeof Schema.Never>(
    call: Call<A, R, E>,
    args: ArgsType<A>
  ): Effect.Effect<R["Type"], E["Type"] | CallFailed> =>
    Effect.tapError(
      call.kind === "query"
        ? functions.query(makeFunctionReference<"query">(call.name), call, args)
        : functions.mutation(makeFunctionReference<"mutation">(call.name), call, args),
      (error) => (isCallFailed(error) ? Effect.logWarning(`${error.message}: ${whyOf(error)}`) : Effect.void)
    )

  const started = Effect.suspend(() => Effect.forEach(starting, Deferred.await, { discard: true }))

  const ask = <A extends Args, R extends Codec, E extends Codec = typeof Schema.Never>(
    call: Call<A, R, E>,
    args: ArgsType<A>
  ): Effect.Effect<R["Type"], E["Type"] | CallFailed> =>
    Effect.andThen(
      started,
      Effect.retry(once(call, args), { ...patience, while: (error) => isCallFailed(error) && wasOvertaken(error) })
    )

  /** Like `ask`; what is asked after it has begun waits for its answer. */
  const askFirst = <A extends Args, R extends Codec>(
    call: Call<A, R>,
    args: ArgsType<A>
  ): Effect.Effect<R["Type"], CallFailed> =>
    Effect.suspend(() => {
      const begun = Deferred.makeUnsafe<void>()
      starting.add(begun)
      const done = Effect.suspend(() => {
        starting.delete(begun)
        return Deferred.succeed(begun, undefined)
      })
      return Effect.ensuring(once(call, args), done)
    })

  return { ask, askFirst }
})

/** The functions of this deployment, for as long as one action runs. */
export class ConvexCaller extends Context.Service<ConvexCaller, Effect.Success<typeof make>>()(
  "@executor-v2/persistence-convex/ConvexCaller"
) {
  static readonly layer: Layer.Layer<ConvexCaller, never, ActionCtx> = Layer.effect(ConvexCaller, make)
}
