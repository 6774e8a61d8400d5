// Calling functions from an action: by reference, through their contract.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as EffectScheduler from "effect/Scheduler"
import { getFunctionName } from "convex/server"
import type { FunctionReference, FunctionType, GenericActionCtx, GenericDataModel } from "convex/server"
import { makeActionScheduler } from "./ActionScheduler.ts"
import { makeAuth, Auth } from "./Auth.ts"
import type { Args, ArgsType, Contract } from "./Contract.ts"
import type { Codec } from "./Encoded.ts"
import { decodeFailure } from "./Failure.ts"
import { makeScheduler, Scheduler } from "./Scheduler.ts"
import { makeStorage, Storage } from "./Storage.ts"

/** A call did not come back with what its contract says: the backend, a defect, a failure that the contract does not list. A mutation that failed so has written nothing. */
export class CallFailed extends Schema.TaggedError<CallFailed>()("CallFailed", {
  reference: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `the call of ${this.reference} failed`
  }
}

/** A function of any kind `K` by name: `makeFunctionReference<"mutation">("runs:put")`, or one of `api`, `internal`. */
export type Reference<K extends FunctionType> = FunctionReference<K, "public" | "internal">

/** Calls one function; its listed failures come back typed. */
export type Call<K extends FunctionType> = <A extends Args, R extends Codec, E extends Codec = typeof Schema.Never>(
  reference: Reference<K>,
  contract: Contract<A, R, E>,
  args: ArgsType<A>
) => Effect.Effect<R["Type"], E["Type"] | CallFailed>

/** The other functions of the deployment, each a transaction of its own. */
export class ActionCtx extends Context.Service<
  ActionCtx,
  { readonly query: Call<"query">; readonly mutation: Call<"mutation">; readonly action: Call<"action"> }
>()("@executor-v2/confect/ActionCtx") {}

/** What handlers of actions may ask for. */
export type ActionServices = ActionCtx | Scheduler | Storage | Auth

/** The services of a Convex action context, and the scheduler that goes with it. */
export const actionContext = (ctx: GenericActionCtx<GenericDataModel>): Context.Context<ActionServices> =>
  Context.make(ActionCtx, {
    query: call((reference: Reference<"query">, args) => ctx.runQuery(reference, args)),
    mutation: call((reference: Reference<"mutation">, args) => ctx.runMutation(reference, args)),
    action: call((reference: Reference<"action">, args) => ctx.runAction(reference, args))
  }).pipe(
    Context.add(EffectScheduler.Scheduler, makeActionScheduler()),
    Context.add(Scheduler, makeScheduler(ctx.scheduler)),
    Context.add(Storage, makeStorage(ctx.storage)),
    Context.add(Auth, makeAuth(ctx.auth))
  )

type Run<K extends FunctionType> = (reference: Reference<K>, args: Record<string, unknown>) => Promise<unknown>

/** A failure that the contract lists; `Call` says which. */
interface Listed {
  readonly _tag: string
}

const makeCodec = ({ args, error, returns }: Contract<Args, Codec, Codec>) => ({
  encode: Schema.encodeUnknownEffect(Schema.Struct(args)),
  decode: Schema.decodeUnknownEffect(returns),
  error: (error ?? Schema.Never) as Schema.ConstraintCodec<Listed, unknown>
})

/** What goes out and comes back by a contract: made once, as making it takes longer than using it. */
const codecs = new WeakMap<object, ReturnType<typeof makeCodec>>()

const codecOf = (contract: Contract<Args, Codec, Codec>) => {
  const known = codecs.get(contract) ?? makeCodec(contract)
  codecs.set(contract, known)
  return known
}

const call = <K extends FunctionType>(run: Run<K>): Call<K> => {
  const made = Effect.fnUntraced(function* (
    reference: Reference<K>,
    contract: Contract<Args, Codec, Codec>,
    args: ArgsType<Args>
  ) {
    const failed = (cause: unknown) => new CallFailed({ reference: getFunctionName(reference), cause })
    const { decode, encode, error } = codecOf(contract)
    const encoded = yield* Effect.mapError(encode(args), failed)
    const answer = yield* Effect.tryPromise({
      try: () => run(reference, encoded),
      catch: (thrown): Listed | CallFailed => Option.getOrElse(decodeFailure(error, thrown), () => failed(thrown))
    })
    return yield* Effect.mapError(decode(answer), failed)
  })
  return made as never
}
