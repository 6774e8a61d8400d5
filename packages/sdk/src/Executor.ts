// One way to talk to an Executor, wherever it lives: an adapter brings the transport, the contract gives the methods.
import { ExecutorRpcs } from "@executor-v2/rpc"
import { Cause, Effect, Exit, Scope, Stream } from "effect"
import type * as Rpc from "effect/rpc/Rpc"
import * as RpcClient from "effect/rpc/RpcClient"
import type { RpcClientError } from "effect/rpc/RpcClientError"
import type * as RpcGroup from "effect/rpc/RpcGroup"
import type * as RpcSchema from "effect/rpc/RpcSchema"
import { ConnectError, RequestTooLarge } from "./ConnectError.ts"

/** What an adapter brings: a transport that is ready, and what it knows of the host. */
export interface Connection<Facts> {
  readonly protocol: RpcClient.Protocol["Service"]
  readonly host: Facts
}

/** A way to reach a host. The connection lives as long as the scope. */
export interface Adapter<Facts> {
  readonly connect: Effect.Effect<Connection<Facts>, ConnectError, Scope.Scope>
}

type Contract = RpcGroup.Rpcs<typeof ExecutorRpcs>
type Area = Contract["_tag"] extends infer Tag ? (Tag extends `${infer Name}.${string}` ? Name : never) : never
type Verb<Name extends string> = Contract["_tag"] extends infer Tag
  ? Tag extends `${Name}.${infer Rest}`
    ? Rest
    : never
  : never
type Named<Tag extends string> = Extract<Contract, { readonly _tag: Tag }>
type Arguments<R extends Rpc.Any> =
  undefined extends Rpc.PayloadConstructor<R>
    ? []
    : void extends Rpc.PayloadConstructor<R>
      ? []
      : [payload: Rpc.PayloadConstructor<R>]
type Method<R extends Rpc.Any> = (
  ...payload: Arguments<R>
) => Rpc.SuccessSchema<R> extends RpcSchema.Stream<infer A, infer _E>
  ? AsyncIterable<A["Type"]>
  : Promise<Rpc.Success<R>>

/**
 * The contract as promises: `Runs.Execute` is `runs.execute`; what streams is an async iterable. They reject with the
 * contract's own errors, or with `ConnectError`.
 */
export type Methods = {
  readonly [Name in Area as Uncapitalize<Name>]: {
    readonly [V in Verb<Name> as Uncapitalize<V>]: Method<Named<`${Name}.${V}`>>
  }
}

/** An open connection to a host. */
export type Executor<Facts> = Methods & {
  /** What the adapter knows of the host. */
  readonly at: Facts
  /** The same contract for Effect programs. */
  readonly client: RpcClient.FromGroup<typeof ExecutorRpcs, RpcClientError>
  readonly close: () => Promise<void>
}

const lowerFirst = (word: string): string => word.slice(0, 1).toLowerCase() + word.slice(1)

/** The adapter's own reason where the transport failed for one, else the error itself. */
const reasonOf = (error: unknown): unknown => {
  const { reason } = (error ?? {}) as { readonly reason?: { readonly cause?: unknown } }
  const cause = reason?.cause
  return cause instanceof ConnectError || cause instanceof RequestTooLarge ? cause : error
}

const settled = async <A, E>(effect: Effect.Effect<A, E>): Promise<A> => {
  const exit = await Effect.runPromiseExit(effect)
  if (Exit.isSuccess(exit)) return exit.value
  throw reasonOf(Cause.squash(exit.cause))
}

const promised = (client: unknown): Methods => {
  const methods: Record<string, Record<string, unknown>> = {}
  const calls = client as Record<
    string,
    (payload: unknown) => Effect.Effect<unknown, unknown> | Stream.Stream<unknown, unknown>
  >
  for (const tag of Object.keys(calls)) {
    const [area = "", verb = ""] = tag.split(".")
    const group = (methods[lowerFirst(area)] ??= {})
    group[lowerFirst(verb)] = (payload: unknown) => {
      const call = calls[tag]!(payload)
      return Stream.isStream(call) ? Stream.toAsyncIterable(Stream.mapError(call, reasonOf)) : settled(call)
    }
  }
  return methods as Methods
}

/** Connects by the adapter. Rejects with `ConnectError`. `close` it when done. */
export const create = async <Facts>(options: { readonly adapter: Adapter<Facts> }): Promise<Executor<Facts>> => {
  const scope = Scope.makeUnsafe()
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  const open = Effect.gen(function* () {
    const { protocol, host } = yield* options.adapter.connect
    const client = yield* RpcClient.make(ExecutorRpcs).pipe(Effect.provideService(RpcClient.Protocol, protocol))
    return { ...promised(client), client, at: host, close }
  })
  try {
    return await settled(Scope.provide(open, scope))
  } catch (error) {
    await close()
    throw error
  }
}
