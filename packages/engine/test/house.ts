// A whole house for tests: real features, a real sandbox, state in memory, and a real upstream on loopback.
import { HostInfo, Workspaces } from "@executor-v2/domain"
import { MemoryPersistence } from "@executor-v2/persistence-ports"
import type { Actor } from "@executor-v2/schema"
import { InlineCompiler, Registration } from "@executor-v2/source-manager"
import * as NodeFiles from "@executor-v2/source-manager/NodeFiles"
import * as NodeOutbound from "@executor-v2/source-manager/network/NodeOutbound"
import * as NoStdio from "@executor-v2/source-manager/providers/mcp/NoStdio"
import { Context, Effect, Layer } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Kernel } from "../src/index.ts"
import * as OxcTranspile from "../src/OxcTranspile.ts"
import * as IsolateSandbox from "../src/sandbox/IsolateSandbox.ts"

export const owner: Actor = { kind: "owner", client: "test" }
export const agent: Actor = { kind: "agent", client: "test" }

const host = Layer.succeed(
  HostInfo,
  HostInfo.of({ version: "0.0.0-test", kind: "inproc", startedAt: 0, shutdown: () => Effect.void })
)

const description = {
  openapi: "3.1.0",
  info: { title: "Notes", version: "1" },
  paths: {
    "/notes": {
      get: {
        operationId: "listNotes",
        responses: {
          200: {
            description: "ok",
            content: { "application/json": { schema: { type: "array", items: { type: "string" } } } }
          }
        }
      },
      post: {
        operationId: "addNote",
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: { type: "object", required: ["text"], properties: { text: { type: "string" } } }
            }
          }
        },
        responses: { 200: { description: "ok" } }
      }
    },
    "/slow": { get: { operationId: "slow", responses: { 200: { description: "ok" } } } },
    "/broken": { get: { operationId: "broken", responses: { 200: { description: "ok" } } } },
    "/big": {
      get: {
        operationId: "big",
        responses: { 200: { description: "ok", content: { "application/json": { schema: {} } } } }
      }
    }
  }
}

/** An upstream that counts what reaches it. `release` ends the calls of `slow`. */
export class Upstream extends Context.Service<
  Upstream,
  {
    readonly url: string
    readonly requests: Array<string>
    readonly waiting: () => Promise<void>
    readonly release: () => void
  }
>()("@executor-v2/engine/test/Upstream") {
  static readonly layer = Layer.effect(
    Upstream,
    Effect.gen(function* () {
      const requests: Array<string> = []
      const open: Array<ServerResponse> = []
      const arrivals: Array<() => void> = []
      const answer = (request: IncomingMessage, response: ServerResponse) => {
        const line = `${request.method} ${request.url}`
        requests.push(line)
        const send = (status: number, body: unknown) => {
          response.writeHead(status, { "content-type": "application/json" })
          response.end(JSON.stringify(body))
        }
        if (line === "GET /openapi.json") send(200, description)
        else if (line === "GET /slow") {
          open.push(response)
          arrivals.splice(0).forEach((arrived) => arrived())
        } else if (line === "GET /broken") send(503, { error: "database is down" })
        else if (line === "GET /big")
          send(
            200,
            Array.from({ length: 20_000 }, (_, id) => ({ id, name: `item ${id}` }))
          )
        else send(200, request.method === "POST" ? { added: true } : ["a", "b"])
      }
      const server = createServer(answer)
      yield* Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)))
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          server.close()
          server.closeAllConnections()
        })
      )
      return Upstream.of({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/openapi.json`,
        requests,
        waiting: () => (open.length > 0 ? Promise.resolve() : new Promise((resolve) => arrivals.push(resolve))),
        release: () => open.splice(0).forEach((response) => response.end('"done"'))
      })
    })
  )
}

const ports = Layer.mergeAll(
  host,
  OxcTranspile.layer.pipe(Layer.provideMerge(IsolateSandbox.layer())),
  InlineCompiler.layer,
  NodeFiles.layer,
  NoStdio.layer,
  NodeOutbound.layer({ allowOrigins: [] })
).pipe(Layer.provideMerge(MemoryPersistence.layer))

const furnished = Layer.effectDiscard(
  Effect.gen(function* () {
    const workspace = yield* (yield* Workspaces).ensureDefault()
    const { url } = yield* Upstream
    const source = yield* (yield* Registration).add(
      { workspace, actor: owner, location: { _tag: "Url", url }, name: "notes" as never },
      () => Effect.void
    )
    if (source.state !== "connected") return yield* Effect.die(new Error(JSON.stringify(source)))
  })
)

/** The house with its default workspace and `notes` registered by its owner. */
export const house = furnished.pipe(
  Layer.provideMerge(Kernel.features),
  Layer.provideMerge(Layer.mergeAll(ports, Upstream.layer))
)

/** The same, where something else must drive what is opened. */
export const scheduledHouse = furnished.pipe(
  Layer.provideMerge(Kernel.scheduledFeatures),
  Layer.provideMerge(Kernel.driving),
  Layer.provideMerge(Layer.mergeAll(ports, Upstream.layer))
)
