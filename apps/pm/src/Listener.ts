// One port on the loopback addresses, and nothing behind it that has not passed the doors. What answers is handed in,
// to be built on the first request that needs it, so that starting costs little.
import { Schema } from "effect"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex } from "node:stream"
import { checkDoor, type Answer, type DoorName, type Knock, type Principal } from "./Doors.ts"

/** What answers behind the doors. Rejections become a 500 without details; the reason goes to `onDefect`. */
export interface Rooms {
  readonly principalOf: (key: string) => Principal | undefined
  readonly health: () => object
  /** The proof for the body of a challenge; `undefined` when the body is none. */
  readonly challenge: (body: string, port: number) => object | undefined
  readonly mcp: (request: IncomingMessage, response: ServerResponse, principal: Principal) => Promise<void>
  readonly rpc: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  readonly socket: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>
  readonly onDefect: (error: unknown) => void
}

/** No port could be had. */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

export interface Listener {
  readonly port: number
  /** Resolves when every answer to a POST is out, or after `patienceMs`. */
  readonly idle: (patienceMs: number) => Promise<void>
  readonly close: () => Promise<void>
}

/** Longest body of a call in bytes; a specification given inline must fit. */
export const maxBodyBytes = 32 * 1024 * 1024
const maxChallengeBytes = 1024

const serverOptions = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 30_000,
  maxHeaderSize: 16 * 1024,
  // A missing Host is the doors' to refuse, like any other wrong one.
  requireHostHeader: false
}
const maxConnections = 1_024

const knockOf = (request: IncomingMessage, upgrade: boolean): Knock => ({
  method: request.method ?? "",
  target: request.url ?? "",
  rawHeaders: request.rawHeaders,
  upgrade
})

const headersOf = (status: number, body: string): Record<string, string> => ({
  "content-type": "application/json",
  "content-length": String(Buffer.byteLength(body)),
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  ...(status === 401 && { "www-authenticate": "Bearer" }),
  // The body of what was refused is not read, so the connection cannot be used again.
  ...(status >= 400 && { connection: "close" })
})

const answer = (response: ServerResponse, status: number, content: object): void => {
  if (response.headersSent || response.destroyed) return void response.destroy()
  const body = JSON.stringify(content)
  response.writeHead(status, headersOf(status, body)).end(body)
}

const refuseUpgrade = (socket: Duplex, status: number, message: string): void => {
  const body = JSON.stringify({ error: message })
  const headers = Object.entries(headersOf(status, body))
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")
  socket.end(`HTTP/1.1 ${status} Refused\r\n${headers}\r\n${body}`, () => socket.destroy())
}

/** A small body as text; `undefined` when it is longer than allowed. */
const readBody = async (request: IncomingMessage, limit: number): Promise<string | undefined> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}

const challengeForm = 'Send { "nonce": … } with 22 to 86 base64url characters.'

const enter = async (
  rooms: Rooms,
  door: DoorName,
  principal: Principal | undefined,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> => {
  if (door === "health") return answer(response, 200, rooms.health())
  if (door === "challenge") {
    const body = await readBody(request, maxChallengeBytes)
    const proof = body === undefined ? undefined : rooms.challenge(body, request.socket.localPort ?? 0)
    return proof ? answer(response, 200, proof) : answer(response, 400, { error: challengeForm })
  }
  if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) {
    return answer(response, 413, { error: `The body is longer than ${maxBodyBytes} bytes.` })
  }
  return door === "mcp" ? rooms.mcp(request, response, principal!) : rooms.rpc(request, response)
}

/** The handlers of a server, the answers that are still to be finished, and the connections that became sockets. */
const handlersFor = (rooms: Rooms) => {
  const open = new Set<ServerResponse>()
  const sockets = new Set<Duplex>()
  const judge = (request: IncomingMessage, upgrade: boolean): Answer =>
    checkDoor(knockOf(request, upgrade), { port: request.socket.localPort ?? 0, principalOf: rooms.principalOf })
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const verdict = judge(request, false)
    if (verdict._tag === "Refused") return answer(response, verdict.status, { error: verdict.message })
    if (request.method === "POST") {
      open.add(response)
      response.once("close", () => open.delete(response))
    }
    enter(rooms, verdict.door, verdict.principal, request, response).catch((error: unknown) => {
      rooms.onDefect(error)
      answer(response, 500, { error: "The daemon failed to answer; `executor pm logs` may say why." })
    })
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    sockets.add(socket)
    socket.on("error", () => socket.destroy()).once("close", () => sockets.delete(socket))
    const verdict = judge(request, true)
    if (verdict._tag === "Refused") return refuseUpgrade(socket, verdict.status, verdict.message)
    rooms.socket(request, socket, head).catch((error: unknown) => {
      rooms.onDefect(error)
      socket.destroy()
    })
  }
  return { open, sockets, onRequest, onUpgrade }
}

const bind = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject)
      resolve((server.address() as AddressInfo).port)
    })
  })

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code
const taken = new Set(["EADDRINUSE", "EACCES"])

interface Bound {
  readonly port: number
  readonly servers: ReadonlyArray<Server>
}

/** Both loopback addresses on one port: whoever says `localhost` must not end up with somebody else. */
const bindBoth = async (make: () => Server, port: number): Promise<Bound> => {
  const first = make()
  const bound = await bind(first, "127.0.0.1", port)
  const second = make()
  try {
    await bind(second, "::1", bound)
    return { port: bound, servers: [first, second] }
  } catch (error) {
    if (!taken.has(codeOf(error) ?? "")) return { port: bound, servers: [first] }
    first.close()
    throw error
  }
}

const attempts = 20

/** Listens on `port` or the first free one of the 19 after it; 0 is any free one. Rejects with `ListenError`. */
export const listen = async (rooms: Rooms, port: number): Promise<Listener> => {
  const { open, sockets, onRequest, onUpgrade } = handlersFor(rooms)
  const make = () => {
    const server = createServer(serverOptions, onRequest).on("upgrade", onUpgrade)
    server.maxConnections = maxConnections
    return server
  }
  const candidates = Array.from({ length: attempts }, (_, step) => (port === 0 ? 0 : port + step)).filter(
    (each) => each <= 65_535
  )
  for (const candidate of candidates) {
    try {
      const { port: bound, servers } = await bindBoth(make, candidate)
      return {
        port: bound,
        idle: (patienceMs) => whenEmpty(open, patienceMs),
        close: () => closeAll(servers, sockets)
      }
    } catch (error) {
      if (!taken.has(codeOf(error) ?? "")) throw new ListenError({ detail: `It cannot listen: ${String(error)}` })
    }
  }
  throw new ListenError({
    detail:
      `Every port from ${port} to ${candidates.at(-1)} is taken. ` +
      "Free one, or set EXECUTOR_PORT to another (0 takes any free one)."
  })
}

const whenEmpty = (open: ReadonlySet<ServerResponse>, patienceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const end = Date.now() + patienceMs
    const look = () => (open.size === 0 || Date.now() >= end ? resolve() : void setTimeout(look, 20))
    look()
  })

const closeAll = async (servers: ReadonlyArray<Server>, sockets: ReadonlySet<Duplex>): Promise<void> => {
  for (const socket of sockets) socket.destroy()
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        })
    )
  )
}
