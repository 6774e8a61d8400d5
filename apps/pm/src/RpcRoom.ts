// The contract behind /rpc, over plain requests and over sockets. Loaded with the first request that needs it.
import { NodeHttpServer, NodeWS } from "@effect/platform-node"
import { Caller, ExecutorRpcs, OwnerKey } from "@executor-v2/rpc"
import { Unauthorized, type WorkspaceId } from "@executor-v2/schema"
import { ByteSize, Context, Effect, Layer, Option } from "effect"
import * as Headers from "effect/http/Headers"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import type * as Rpc from "effect/rpc/Rpc"
import type * as RpcGroup from "effect/rpc/RpcGroup"
import * as RpcSerialization from "effect/rpc/RpcSerialization"
import * as RpcServer from "effect/rpc/RpcServer"
import { randomUUID } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import { agentKey, noKey, wrongKey, type Principal } from "./Doors.ts"
import { maxBodyBytes } from "./Listener.ts"
import { wire } from "./RpcWire.ts"

export interface RpcRoomOptions {
  readonly workspace: WorkspaceId
  readonly principalOf: (key: string) => Principal | undefined
}

/** The handlers of every method of the contract. */
export type Handlers = Rpc.ToHandler<RpcGroup.Rpcs<typeof ExecutorRpcs>>

export interface RpcRoom {
  readonly http: (request: IncomingMessage, response: ServerResponse) => void
  readonly socket: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

/** A socket whose first good message has not come by then is closed. */
const keyPatienceMs = 2_000
/** Sockets without a key at one time. */
const maxStrangers = 64
/** WebSocket close frame, code 1008 (policy violation). */
const closeFrame = Buffer.from([0x88, 0x02, 0x03, 0xf0])
/** Set by us on the upgrade, and so part of each of its messages: which socket they came by. */
const socketHeader = "x-executor-socket"

/** Sockets that have not shown a key yet. */
const strangers = () => {
  const timers = new Map<string, NodeJS.Timeout>()
  const forget = (id: string) => {
    clearTimeout(timers.get(id))
    timers.delete(id)
  }
  return {
    full: () => timers.size >= maxStrangers,
    add: (id: string, socket: Duplex) => {
      timers.set(
        id,
        setTimeout(() => socket.end(closeFrame, () => socket.destroy()), keyPatienceMs)
      )
      socket.once("close", () => forget(id))
    },
    known: forget
  }
}

/** Judges the key in each message: over a socket it is the only place for one, and a rotated key must end there too. */
const ownerKey = (options: RpcRoomOptions, onOwner: (socket: string) => void) =>
  Layer.succeed(
    OwnerKey,
    OwnerKey.of((effect, { headers }) =>
      Effect.suspend(() => {
        const given = Option.getOrUndefined(Headers.get(headers, "authorization"))
        const key = given === undefined ? undefined : (/^bearer +(\S+) *$/i.exec(given)?.[1] ?? "")
        const principal = key ? options.principalOf(key) : undefined
        if (principal === undefined)
          return Effect.fail(new Unauthorized({ message: key === undefined ? noKey : wrongKey }))
        if (principal.kind !== "owner") return Effect.fail(new Unauthorized({ message: agentKey }))
        const socket = headers[socketHeader]
        if (socket !== undefined) onOwner(socket)
        const client = headers["x-executor-client"]?.replace(/[^\x20-\x7e]/g, "").slice(0, 80)
        return Effect.provideService(effect, Caller, {
          workspace: options.workspace,
          actor: { kind: "owner", ...(client && { client }) }
        })
      })
    )
  )

/** Serves the contract with the handlers of the context, for as long as the scope lives. */
export const makeRpcRoom = Effect.fnUntraced(function* <R>(
  options: RpcRoomOptions,
  handlers: Layer.Layer<Handlers, never, R>
) {
  const scope = yield* Effect.scope
  const unknown = strangers()
  const key = ownerKey(options, unknown.known)
  const limits = Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.fromInputUnsafe(maxBodyBytes))
  const context = yield* Layer.build(Layer.merge(handlers, key))
  const over = (whole: boolean) => Context.add(context, RpcSerialization.RpcSerialization, wire({ whole }))

  const survive = { disableFatalDefects: true }
  const plain = yield* RpcServer.toHttpEffect(ExecutorRpcs, survive).pipe(Effect.provide(over(true)))
  const sockets = yield* RpcServer.toHttpEffectWebsocket(ExecutorRpcs, survive).pipe(Effect.provide(over(false)))
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => new NodeWS.WebSocketServer({ noServer: true, maxPayload: maxBodyBytes })),
    (open) => Effect.sync(() => open.close())
  )
  const http = yield* NodeHttpServer.makeHandler(limits(plain), { scope })
  const upgrade = yield* NodeHttpServer.makeUpgradeHandler(Effect.succeed(server), sockets, { scope })

  return {
    http,
    socket: (request, socket, head) => {
      if (unknown.full()) return void socket.destroy()
      const id = randomUUID()
      request.headers[socketHeader] = id
      unknown.add(id, socket)
      upgrade(request, socket, head)
    }
  } satisfies RpcRoom as RpcRoom
})
