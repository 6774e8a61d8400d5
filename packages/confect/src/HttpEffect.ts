// HTTP actions from HTTP effects and RPC groups. A server is built for each request, so nothing outlives the context that it closes over.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as HttpServer from "effect/http/HttpEffect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import type * as Rpc from "effect/rpc/Rpc"
import type * as RpcGroup from "effect/rpc/RpcGroup"
import * as RpcSerialization from "effect/rpc/RpcSerialization"
import * as RpcServer from "effect/rpc/RpcServer"
import { httpActionGeneric } from "convex/server"
import type { PublicHttpAction } from "convex/server"
import { actionContext } from "./ActionCtx.ts"
import type { ActionServices } from "./ActionCtx.ts"

/** What an HTTP effect may ask for. The scope lasts until the response's body has been sent. */
export type HttpServices = ActionServices | HttpServerRequest | Scope.Scope

/** The HTTP action that answers with `app`. A failure answers 500 and says nothing else. */
export const httpEffect = <E>(app: Effect.Effect<HttpServerResponse, E, HttpServices>): PublicHttpAction =>
  httpActionGeneric((ctx, request) =>
    HttpServer.toWebHandlerWith<ActionServices, HttpServices>(actionContext(ctx))(app)(request)
  )

/** All that the handlers and middleware of `Rpcs` are made from. */
export type RpcNeeds<Rpcs extends Rpc.Any> = Rpc.ToHandler<Rpcs> | Rpc.Middleware<Rpcs> | Rpc.ServicesServer<Rpcs>

/** The HTTP action that serves `group` as newline-delimited JSON. Clients post to the URL with `/` behind it: register both paths. */
export const httpRpc = <Rpcs extends Rpc.Any, E>(
  group: RpcGroup.RpcGroup<Rpcs>,
  handlers: Layer.Layer<RpcNeeds<Rpcs>, E, ActionServices | HttpServerRequest>
): PublicHttpAction => httpEffect(rpcEffect(group, handlers))

/** The same as an HTTP effect, to put doors before it. */
export const rpcEffect = <Rpcs extends Rpc.Any, E>(
  group: RpcGroup.RpcGroup<Rpcs>,
  handlers: Layer.Layer<RpcNeeds<Rpcs>, E, ActionServices | HttpServerRequest>
): Effect.Effect<HttpServerResponse, E, HttpServices> =>
  Effect.gen(function* () {
    // Built in the request's scope: handlers that stream live as long as the body does.
    const made = yield* Layer.build(Layer.mergeAll(handlers, RpcSerialization.layerNdjson))
    const app = yield* Effect.provideContext(RpcServer.toHttpEffect(group, { disableTracing: true }), made)
    return yield* app
  }) as Effect.Effect<HttpServerResponse, E, HttpServices>
