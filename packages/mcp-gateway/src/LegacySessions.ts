// Sessions of clients that open with `initialize` (protocols up to 2025-11-25). A session belongs to one principal.
import type {
  McpServer,
  Server,
  ServerEvent,
  Transport,
  WebStandardStreamableHTTPServerTransport
} from "@modelcontextprotocol/server"
import type { McpSdk } from "./McpSdk.ts"
import { makeOpenRequests, type OpenRequests } from "./OpenRequests.ts"
import type { Principal } from "./Principal.ts"
import { refusal, tooLarge } from "./Refusals.ts"

export interface SessionLimits {
  /** Sessions that one principal may hold; the least recently used one gives way. Default 128. */
  readonly perPrincipal: number
  /**
   * Milliseconds without a message after which a session ends. Default one day: several clients do not find their way
   * back from an ended session, and an idle one costs little.
   */
  readonly idleMs: number
  /** Epoch milliseconds. Default the system's clock. */
  readonly now: () => number
}

interface Session {
  readonly owner: string
  readonly server: Server
  readonly transport: WebStandardStreamableHTTPServerTransport
  readonly requests: OpenRequests
  usedAt: number
}

/** What serves clients of the legacy era. */
export interface LegacyEra {
  readonly handle: (request: Request, principal: Principal, body: unknown) => Promise<Response>
  readonly publish: (event: ServerEvent) => void
  readonly close: () => Promise<void>
}

export interface LegacyOptions {
  readonly server: (principal: Principal) => Server | McpServer
  readonly onError: (error: Error) => void
}

const sessionHeader = "mcp-session-id"

/** A session keeps what its client said of itself for as long as it lives; honest clients say a few hundred words. */
const longestGreeting = 64 * 1024

/** Both halves of the identity: a key of another workspace is another principal. */
const ownerOf = (principal: Principal): string => `${principal.workspace}\n${principal.id}`

export const makeLegacySessions = (sdk: McpSdk, options: LegacyOptions & Partial<SessionLimits>): LegacyEra => {
  const { perPrincipal = 128, idleMs = 24 * 60 * 60 * 1_000, now = Date.now, onError } = options
  // Kept in the order of use, the oldest first.
  const sessions = new Map<string, Session>()

  const touch = (id: string, session: Session): void => {
    session.usedAt = now()
    sessions.delete(id)
    sessions.set(id, session)
  }

  const end = async (id: string, session: Session): Promise<void> => {
    sessions.delete(id)
    await session.transport.close().catch(onError)
  }

  const makeRoom = async (owner: string): Promise<void> => {
    const idle = [...sessions].filter(([, session]) => now() - session.usedAt > idleMs)
    await Promise.all(idle.map(([id, session]) => end(id, session)))
    const own = [...sessions].filter(([, session]) => session.owner === owner)
    await Promise.all(own.slice(0, Math.max(0, own.length - perPrincipal + 1)).map(([id, session]) => end(id, session)))
  }

  const open = async (request: Request, principal: Principal, body: unknown): Promise<Response> => {
    const owner = ownerOf(principal)
    await makeRoom(owner)
    const made = options.server(principal)
    const server = made instanceof sdk.McpServer ? made.server : made
    server.onerror = onError
    const requests = makeOpenRequests()
    const transport = new sdk.WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => {
        sessions.set(id, { owner, server, transport, requests, usedAt: now() })
      },
      onsessionclosed: (id) => {
        sessions.delete(id)
      }
    })
    const send = transport.send.bind(transport)
    transport.send = (message, sent) => {
      // A run that reports progress keeps its session in use.
      const session = transport.sessionId === undefined ? undefined : sessions.get(transport.sessionId)
      if (session !== undefined) session.usedAt = now()
      requests.sent(message)
      return send(message, sent)
    }
    // The SDK's class declares its optional callbacks less exactly than its own interface.
    await made.connect(transport as Transport)
    const response = await transport.handleRequest(request, { parsedBody: body })
    // Refused before it became a session: nobody will come back for it.
    if (transport.sessionId === undefined) await transport.close()
    return response
  }

  const handle = async (request: Request, principal: Principal, body: unknown): Promise<Response> => {
    const id = request.headers.get(sessionHeader)
    if (id === null) {
      if (sdk.isInitializeRequest(body))
        return JSON.stringify(body).length > longestGreeting
          ? tooLarge(longestGreeting)
          : open(request, principal, body)
      if (body === undefined)
        return refusal(405, -32000, "without a session there is no stream here; POST a request", { allow: "POST" })
      return refusal(
        400,
        -32000,
        "no session: send initialize first, then its Mcp-Session-Id header with every request"
      )
    }
    const session = sessions.get(id)
    if (session === undefined || session.owner !== ownerOf(principal)) return unknownSession()
    if (now() - session.usedAt > idleMs) {
      await end(id, session)
      return unknownSession()
    }
    touch(id, session)
    const reused = session.requests.open(body)
    if (reused !== undefined) return reused
    const response = await session.transport.handleRequest(request, { parsedBody: body })
    if (!response.ok) session.requests.dismiss(body)
    return response
  }

  return {
    handle,
    publish: (event) => {
      for (const session of sessions.values()) void tell(session.server, event).catch(onError)
    },
    close: async () => {
      await Promise.all([...sessions].map(([id, session]) => end(id, session)))
    }
  }
}

/** A session of another principal does not exist for this one. */
const unknownSession = (): Response => refusal(404, -32001, "Session not found: send initialize to open a new one")

const tell = (server: Server, event: ServerEvent): Promise<void> => {
  switch (event.kind) {
    case "tools_list_changed":
      return server.sendToolListChanged()
    case "prompts_list_changed":
      return server.sendPromptListChanged()
    case "resources_list_changed":
      return server.sendResourceListChanged()
    case "resource_updated":
      return server.sendResourceUpdated({ uri: event.uri })
  }
}
