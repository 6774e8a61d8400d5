// Convex functions from Effect handlers: arguments decoded, result encoded, failures thrown as their contract says.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import {
  actionGeneric,
  internalActionGeneric,
  internalMutationGeneric,
  internalQueryGeneric,
  mutationGeneric,
  queryGeneric
} from "convex/server"
import type {
  FunctionVisibility,
  GenericActionCtx,
  GenericDataModel,
  GenericMutationCtx,
  GenericQueryCtx,
  RegisteredAction,
  RegisteredMutation,
  RegisteredQuery
} from "convex/server"
import { actionContext } from "./ActionCtx.ts"
import type { ActionServices } from "./ActionCtx.ts"
import { Auth, makeAuth } from "./Auth.ts"
import type { Args, ArgsEncoded, ArgsType, Contract, ReturnsEncoded } from "./Contract.ts"
import { DbReader } from "./DbReader.ts"
import { DbWriter } from "./DbWriter.ts"
import { strict } from "./Encoded.ts"
import type { Codec } from "./Encoded.ts"
import { toRefusal, toThrown } from "./Failure.ts"
import { microtaskScheduler } from "./MicrotaskScheduler.ts"
import { makeScheduler, Scheduler } from "./Scheduler.ts"
import { makeStorage, Storage } from "./Storage.ts"
import { toArgs, toValidator } from "./Validator.ts"

/** What handlers of queries may ask for. */
export type QueryServices = DbReader | Auth

/** What handlers of mutations may ask for. */
export type MutationServices = DbReader | DbWriter | Scheduler | Storage | Auth

/** A contract and its handler. The handler may fail with more than `error` lists; callers learn nothing of that. */
export interface Definition<A extends Args, R extends Codec, E extends Codec, Services> extends Contract<A, R, E> {
  readonly handler: (args: ArgsType<A>) => Effect.Effect<R["Type"], unknown, Services>
}

type Runner<Ctx, Services> = (
  ctx: Ctx,
  program: Effect.Effect<unknown, unknown, Services>
) => Promise<Exit.Exit<unknown, unknown>>

// Convex derives its function types from its validators; ours come from the Schemas, hence the casts here and below.
const convexDefinition = <Ctx, Services>(typed: unknown, run: Runner<Ctx, Services>) => {
  const definition = typed as Definition<Args, Codec, Codec, Services>
  const args = Schema.Struct(definition.args)
  const decode = Schema.decodeUnknownExit(args)
  const encode = Schema.encodeUnknownEffect(definition.returns)
  const error = definition.error ?? Schema.Never
  if (definition.error !== undefined) toValidator(definition.error) // a failure that cannot travel is refused here
  return {
    args: toArgs(definition.args),
    returns: toValidator(definition.returns),
    handler: async (ctx: Ctx, encoded: unknown): Promise<never> => {
      const decoded = decode(encoded, strict)
      if (Exit.isFailure(decoded)) throw toRefusal(decoded.cause)
      const program = Effect.suspend(() => definition.handler(decoded.value))
      const exit = await run(
        ctx,
        Effect.flatMap(program, (result) => Effect.orDie(encode(result)))
      )
      if (Exit.isFailure(exit)) throw toThrown(exit.cause, error)
      return exit.value as never
    }
  }
}

/** Runs where timers do not fire and the clock should not be read. */
const runTransaction = <Services>(
  program: Effect.Effect<unknown, unknown, Services>,
  services: Context.Context<Services>
) =>
  Effect.runPromiseExit(
    program.pipe(
      Effect.provideContext(services),
      Effect.provideService(References.TracerEnabled, false),
      Effect.provideService(References.CurrentLoggers, new Set()),
      Effect.provideService(References.MinimumLogLevel, "None")
    ),
    { scheduler: microtaskScheduler }
  )

const runQuery: Runner<GenericQueryCtx<GenericDataModel>, QueryServices> = (ctx, program) =>
  runTransaction(program, Context.make(DbReader, { db: ctx.db }).pipe(Context.add(Auth, makeAuth(ctx.auth))))

const runMutation: Runner<GenericMutationCtx<GenericDataModel>, MutationServices> = (ctx, program) =>
  runTransaction(
    program,
    Context.make(DbReader, { db: ctx.db }).pipe(
      Context.add(DbWriter, { db: ctx.db }),
      Context.add(Scheduler, makeScheduler(ctx.scheduler)),
      Context.add(Storage, makeStorage(ctx.storage)),
      Context.add(Auth, makeAuth(ctx.auth))
    )
  )

const runAction: Runner<GenericActionCtx<GenericDataModel>, ActionServices> = (ctx, program) =>
  Effect.runPromiseExit(Effect.provideContext(program, actionContext(ctx)))

type Query<V extends FunctionVisibility> = <A extends Args, R extends Codec, E extends Codec = typeof Schema.Never>(
  definition: Definition<A, R, E, QueryServices>
) => RegisteredQuery<V, ArgsEncoded<A>, Promise<ReturnsEncoded<R>>>

type Mutation<V extends FunctionVisibility> = <A extends Args, R extends Codec, E extends Codec = typeof Schema.Never>(
  definition: Definition<A, R, E, MutationServices>
) => RegisteredMutation<V, ArgsEncoded<A>, Promise<ReturnsEncoded<R>>>

type Action<V extends FunctionVisibility> = <A extends Args, R extends Codec, E extends Codec = typeof Schema.Never>(
  definition: Definition<A, R, E, ActionServices>
) => RegisteredAction<V, ArgsEncoded<A>, Promise<ReturnsEncoded<R>>>

/** A query that anyone who knows the URL may call: check who calls. */
export const query: Query<"public"> = (definition) => queryGeneric(convexDefinition(definition, runQuery)) as never

/** A query that only the deployment's own functions call. */
export const internalQuery: Query<"internal"> = (definition) =>
  internalQueryGeneric(convexDefinition(definition, runQuery)) as never

/** A mutation that anyone who knows the URL may call: check who calls. */
export const mutation: Mutation<"public"> = (definition) =>
  mutationGeneric(convexDefinition(definition, runMutation)) as never

/** A mutation that only the deployment's own functions call. */
export const internalMutation: Mutation<"internal"> = (definition) =>
  internalMutationGeneric(convexDefinition(definition, runMutation)) as never

/** An action that anyone who knows the URL may call: check who calls. */
export const action: Action<"public"> = (definition) => actionGeneric(convexDefinition(definition, runAction)) as never

/** An action that only the deployment's own functions call. */
export const internalAction: Action<"internal"> = (definition) =>
  internalActionGeneric(convexDefinition(definition, runAction)) as never
