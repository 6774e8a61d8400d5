// A deployment for tests: the real contract behind a real socket, its RPC server built anew for each request, as a host in the
// cloud does it. What it may do wrong is up to the test.
import { Caller, ExecutorRpcs, OwnerKey } from "@executor-v2/rpc"
import { Unauthorized, WorkspaceId } from "@executor-v2/schema"
import { Effect, Layer, Option } from "effect"
import * as Headers from "effect/http/Headers"
import * as HttpEffect from "effect/http/HttpEffect"
import type * as Rpc from "effect/rpc/Rpc"
import type * as RpcGroup from "effect/rpc/RpcGroup"
import * as RpcSerialization from "effect/rpc/RpcSerialization"
import * as RpcServer from "effect/rpc/RpcServer"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { Readable } from "node:stream"
import { onTestFinished } from "vitest"

export const token = "canary-owner-token-that-nobody-may-see"

export interface Heard {
  readonly method: string
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export type Answer = (heard: Heard, response: http.ServerResponse) => void | Promise<void>

/** A server that answers as told and keeps everything that it was sent. */
export const serve = async (answer: Answer) => {
  const heard: Array<Heard> = []
  const server = http.createServer((request, response) => {
    let body = ""
    request
      .setEncoding("utf8")
      .on("data", (text: string) => {
        body += text
      })
      .on("end", () => {
        const { headers, method = "", url: path = "" } = request
        heard.push({ method, path, headers, body })
        void answer(heard.at(-1)!, response)
      })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  onTestFinished(close)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard, close }
}

export const json = (response: http.ServerResponse, status: number, content: unknown): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content))

type Handlers = Rpc.ToHandler<RpcGroup.Rpcs<typeof ExecutorRpcs>>
export type Handler = (payload: never) => unknown

const ownerKey = Layer.succeed(
  OwnerKey,
  OwnerKey.of((effect, { headers }) =>
    Option.contains(Headers.get(headers, "authorization"), `Bearer ${token}`)
      ? Effect.provideService(effect, Caller, { workspace: WorkspaceId.make("default"), actor: { kind: "owner" } })
      : Effect.fail(new Unauthorized({ message: `no token is known as ${headers["authorization"]}` }))
  )
)

const webHandlerOf = (handlers: Readonly<Record<string, Handler>>) => {
  const all = [...ExecutorRpcs.requests.keys()].map((tag) => [
    tag,
    handlers[tag] ?? (() => Effect.die("not in this test"))
  ])
  const layer = ExecutorRpcs.toLayer(Object.fromEntries(all) as never) as unknown as Layer.Layer<Handlers>
  return (request: Request): Promise<Response> => {
    const app = Effect.flatten(RpcServer.toHttpEffect(ExecutorRpcs, { disableTracing: true })).pipe(
      Effect.provide(Layer.mergeAll(layer, ownerKey, RpcSerialization.layerNdjson))
    )
    return HttpEffect.toWebHandler(app)(request)
  }
}

export interface Deployment {
  readonly handlers?: Readonly<Record<string, Handler>>
  readonly health?: unknown
  /** Breaks the answer to `/rpc` off after so many messages; asked for each request. */
  readonly cutAfter?: (body: string) => number | undefined
}

/** Both addresses of a deployment that works. */
export const deploy = async ({ cutAfter, handlers = {}, health }: Deployment = {}) => {
  const web = webHandlerOf(handlers)
  const api = await serve(({ path }, response) =>
    path === "/version" ? void response.end("unknown") : json(response, 404, {})
  )
  const site = await serve(async ({ body, headers, method, path }, response) => {
    if (path === "/health")
      return json(
        response,
        200,
        health ?? { ok: true, version: "2.0.0", apiVersion: { min: 1, max: 1 }, host: "convex" }
      )
    if (path !== "/rpc") return json(response, 404, { error: "No matching routes found" })
    const request = new Request(`http://site${path}`, { method, body, headers: headers as Record<string, string> })
    const answer = await web(request)
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.flushHeaders()
    const most = cutAfter?.(body) ?? Infinity
    let messages = 0
    const parts = Readable.fromWeb(answer.body as never)
    response.once("close", () => parts.destroy())
    for await (const part of parts.setEncoding("utf8") as AsyncIterable<string>) {
      for (const message of part.split(/(?<=\n)/)) {
        if (messages++ >= most) return void response.destroy()
        await new Promise<void>((sent) => response.write(message, () => sent()))
      }
    }
    response.end()
  })
  return { api, site, at: { url: api.url, siteUrl: site.url, token } }
}
