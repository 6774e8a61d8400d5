// What answers behind the doors. Servers are built for each request: nothing is kept between two.
import { rpcEffect } from "@executor-v2/confect"
import * as Kernel from "@executor-v2/engine/Kernel"
import { McpGateway } from "@executor-v2/mcp-gateway"
import { Caller, ExecutorRpcs, OwnerKey } from "@executor-v2/rpc"
import { apiVersion } from "@executor-v2/rpc/HostRpcs"
import type { WorkspaceId } from "@executor-v2/schema"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { books } from "./Books.ts"
import { principalAt } from "./Door.ts"
import { serving } from "./Host.ts"
import { whileHeld } from "./Revocation.ts"
import * as Tokens from "./Tokens.ts"
import { version } from "./Version.ts"

/** Alive, and which contract it speaks: the only thing that is told without a key. */
export const health = Effect.succeed(
  HttpServerResponse.jsonUnsafe({
    ok: true,
    version,
    apiVersion: { min: apiVersion, max: apiVersion },
    host: "convex"
  })
)

/** Runs what is behind a door; whoever was refused gets that answer. */
const orRefused = <E, R>(
  room: Effect.Effect<HttpServerResponse.HttpServerResponse, E | HttpServerResponse.HttpServerResponse, R>
) =>
  Effect.catch(room, (failed) =>
    HttpServerResponse.isHttpServerResponse(failed) ? Effect.succeed(failed) : Effect.fail(failed)
  )

/** MCP, for owners' and agents' keys. */
export const mcp = orRefused(
  Effect.gen(function* () {
    const request = yield* HttpServerRequest
    const entry = yield* principalAt(request, "anyone with a key")
    const { principal } = entry
    // In the request's scope: the gateway lives as long as the body of its answer.
    const context = yield* Layer.build(McpGateway.stateless.pipe(Layer.provide(serving(principal.workspace))))
    const answer = Effect.provideContext(
      McpGateway.use((gateway) => Effect.promise(() => gateway.fetch(request.source as Request, principal))),
      context
    )
    return yield* whileHeld(entry, Effect.map(answer, HttpServerResponse.fromWeb))
  }).pipe(Effect.provide(books))
)

/** The door has judged the key of the request, and so of all messages in it. */
const ownerOf = (workspace: WorkspaceId) =>
  Layer.succeed(
    OwnerKey,
    OwnerKey.of((effect, { headers }) => {
      const client = headers["x-executor-client"]?.replace(/[^\x20-\x7e]/g, "").slice(0, 80)
      return Effect.provideService(effect, Caller, {
        workspace,
        actor: { kind: "owner", ...(client && { client }) }
      })
    })
  )

/** The contract of people's faces, for owners' keys only. */
export const rpc = orRefused(
  Effect.gen(function* () {
    const entry = yield* principalAt(yield* HttpServerRequest, "owner")
    const { workspace } = entry.principal
    const handlers = Layer.mergeAll(Kernel.rpcHandlers, Tokens.handlers, ownerOf(workspace))
    return yield* whileHeld(entry, rpcEffect(ExecutorRpcs, handlers.pipe(Layer.provide(serving(workspace)))))
  }).pipe(Effect.provide(books))
)
