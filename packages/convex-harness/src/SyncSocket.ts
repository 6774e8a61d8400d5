// The WebSocket sync protocol, so that a real ConvexClient subscribes, calls and authenticates. Each commit re-runs every
// subscribed query; only what changed is sent. Query journals, chunked transitions and resuming are left out.
import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { jsonToConvex } from "convex/values"
import type { JSONValue, Value } from "convex/values"
import { WebSocketServer } from "ws"
import type { RawData, WebSocket } from "ws"
import type { Deployment, Outcome } from "./Deployment.ts"
import { encodeTs } from "./FunctionApi.ts"
import { identityOf } from "./Identity.ts"
import type { Identity, ReadClaims } from "./Identity.ts"
import { Limits } from "./Limits.ts"

const pollEvery = 50
const pingEvery = 15_000

/** The sync endpoint of one deployment. */
export class SyncSocket {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: Limits.httpBody })
  readonly #connections = new Set<Connection>()
  readonly #timers: ReadonlyArray<NodeJS.Timeout>

  constructor(deployment: Deployment, readClaims: ReadClaims) {
    this.#server.on("connection", (socket) => {
      const connection = new Connection(socket, deployment, readClaims)
      this.#connections.add(connection)
      socket.on("close", () => this.#connections.delete(connection))
    })
    this.#timers = [
      setInterval(() => this.refresh(), pollEvery),
      setInterval(() => this.#connections.forEach((connection) => connection.send({ type: "Ping" })), pingEvery)
    ]
  }

  /** Takes an HTTP upgrade; anything but `/api/<version>/sync` is refused. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!/^\/api\/[^/]+\/sync$/.test(new URL(request.url ?? "/", "http://api").pathname)) {
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n")
      return
    }
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#server.emit("connection", opened, request))
  }

  /** Looks for changes now instead of at the next poll. */
  refresh(): void {
    for (const connection of this.#connections) connection.refresh()
  }

  /** Drops every connection; clients connect again by themselves. */
  drop(): void {
    for (const socket of this.#server.clients) socket.terminate()
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.drop()
    this.#server.close()
  }
}

interface Subscription {
  readonly path: string
  readonly args: Value
  sent: string | undefined
}

interface Version {
  readonly querySet: number
  readonly identity: number
  readonly ts: bigint
}

type Modification = { readonly type: string; readonly queryId: number; readonly [field: string]: unknown }

/** What clients send, as far as it is answered. */
type ClientMessage =
  | { readonly type: "Connect" | "Event" }
  | {
      readonly type: "Authenticate"
      readonly tokenType: "None" | "User" | "Admin"
      readonly value?: string
      readonly baseVersion: number
    }
  | {
      readonly type: "ModifyQuerySet"
      readonly newVersion: number
      readonly modifications: ReadonlyArray<
        | {
            readonly type: "Add"
            readonly queryId: number
            readonly udfPath: string
            readonly args: ReadonlyArray<JSONValue>
          }
        | { readonly type: "Remove"; readonly queryId: number }
      >
    }
  | {
      readonly type: "Mutation" | "Action"
      readonly requestId: number
      readonly udfPath: string
      readonly args: ReadonlyArray<JSONValue>
    }

class Connection {
  readonly #socket: WebSocket
  readonly #deployment: Deployment
  readonly #readClaims: ReadClaims
  readonly #queries = new Map<number, Subscription>()
  #version: Version = { querySet: 0, identity: 0, ts: 0n }
  #identity: Identity | undefined
  #waiting = false
  /** Messages are answered in order, each after the one before it; actions are not waited for. */
  #chain: Promise<void> = Promise.resolve()

  constructor(socket: WebSocket, deployment: Deployment, readClaims: ReadClaims) {
    this.#socket = socket
    this.#deployment = deployment
    this.#readClaims = readClaims
    socket.on("message", (data) => this.#enqueue(() => this.#receive(data)))
    socket.on("error", () => socket.terminate())
  }

  send(message: { readonly type: string; readonly [field: string]: unknown }): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  /** Sends what has changed since the last transition, if anything was committed. */
  refresh(): void {
    if (this.#waiting) return
    this.#waiting = true
    this.#enqueue(async () => {
      this.#waiting = false
      if ((await this.#deployment.snapshotTs()) !== this.#version.ts) await this.#transition({})
    })
  }

  #enqueue(work: () => Promise<void>): void {
    this.#chain = this.#chain.then(work).catch((error: unknown) => {
      this.send({ type: "FatalError", error: String(error) })
      this.#socket.close()
    })
  }

  async #receive(data: RawData): Promise<void> {
    const message = JSON.parse((data as Buffer).toString()) as ClientMessage
    switch (message.type) {
      case "Authenticate":
        return this.#authenticate(message)
      case "ModifyQuerySet": {
        const removed = message.modifications.filter((one) => one.type === "Remove")
        for (const one of message.modifications) {
          if (one.type === "Remove") this.#queries.delete(one.queryId)
          else this.#queries.set(one.queryId, { path: one.udfPath, args: argument(one.args), sent: undefined })
        }
        return this.#transition(
          { querySet: message.newVersion },
          removed.map(({ queryId }) => ({ type: "QueryRemoved", queryId }))
        )
      }
      case "Mutation": {
        const outcome = await this.#call("mutation", message.udfPath, message.args)
        const ts = encodeTs(await this.#deployment.snapshotTs())
        this.send({ type: "MutationResponse", requestId: message.requestId, ...responseOf(outcome), ts })
        return this.#transition({})
      }
      case "Action":
        void this.#call("action", message.udfPath, message.args).then((outcome) =>
          this.send({ type: "ActionResponse", requestId: message.requestId, ...responseOf(outcome) })
        )
        return
      case "Connect":
      case "Event":
        return
      default:
        throw new Error(`unknown message ${JSON.stringify((message as { type?: unknown }).type)}`)
    }
  }

  #call(kind: "query" | "mutation" | "action", path: string, args: ReadonlyArray<JSONValue>): Promise<Outcome> {
    return this.#deployment.invoke({ kind, path, args: argument(args), identity: this.#identity })
  }

  async #authenticate(message: ClientMessage & { readonly type: "Authenticate" }): Promise<void> {
    try {
      if (message.tokenType === "Admin") throw new Error("this deployment takes no admin keys")
      this.#identity =
        message.tokenType === "None" ? undefined : identityOf(await this.#readClaims(message.value ?? ""))
    } catch (error) {
      const { baseVersion } = message
      this.send({ type: "AuthError", error: String(error), baseVersion, authUpdateAttempted: true })
      return
    }
    await this.#transition({ identity: message.baseVersion + 1 })
  }

  /** Runs every subscribed query and moves the client to the version of now. */
  async #transition(change: Partial<Version>, modifications: ReadonlyArray<Modification> = []): Promise<void> {
    const ts = await this.#deployment.snapshotTs()
    const changed: Array<Modification> = [...modifications]
    for (const [queryId, query] of this.#queries) {
      const { path, args } = query
      const outcome = await this.#deployment.invoke({ kind: "query", path, args, identity: this.#identity })
      const { status, ...rest } = outcome
      const sent = JSON.stringify(status === "error" ? { ...rest, message: "" } : rest)
      if (sent === query.sent) continue
      query.sent = sent
      changed.push({ ...modificationOf(outcome), queryId, logLines: [], journal: null })
    }
    const end = { ...this.#version, ...change, ts: ts > this.#version.ts ? ts : this.#version.ts }
    this.send({
      type: "Transition",
      startVersion: encoded(this.#version),
      endVersion: encoded(end),
      modifications: changed
    })
    this.#version = end
  }
}

function argument(args: ReadonlyArray<JSONValue>): Value {
  return jsonToConvex(args[0] ?? {})
}

function responseOf(outcome: Outcome): Readonly<Record<string, unknown>> {
  if (outcome.status === "success") return { success: true, result: outcome.value, logLines: [] }
  return { success: false, result: outcome.message, logLines: [], ...dataOf(outcome) }
}

function modificationOf(outcome: Outcome): { readonly type: string; readonly [field: string]: unknown } {
  if (outcome.status === "success") return { type: "QueryUpdated", value: outcome.value }
  return { type: "QueryFailed", errorMessage: outcome.message, ...dataOf(outcome) }
}

function dataOf(outcome: Outcome & { readonly status: "error" }): { readonly errorData?: JSONValue } {
  return outcome.data === undefined ? {} : { errorData: outcome.data }
}

function encoded(version: Version): Readonly<Record<string, unknown>> {
  return { ...version, ts: encodeTs(version.ts) }
}
