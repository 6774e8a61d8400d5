// The requests of a session that have no answer yet. Answers find their way back by the request's id: a second request
// under an open one's id would take the first one's answer away, so it is refused (JSON-RPC 2.0; MCP, Base Protocol:
// an id is used once in a session).
import { refusal } from "./Refusals.ts"

type Id = string | number

export interface OpenRequests {
  /** Notes the requests of a body. An answer: one of them uses an id that is open, and nothing was noted. */
  readonly open: (body: unknown) => Response | undefined
  /** The body was not taken: its requests will get no other answer. */
  readonly dismiss: (body: unknown) => void
  /** A message leaves: perhaps an answer. */
  readonly sent: (message: object) => void
}

interface Shape {
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: { readonly requestId?: unknown } | null
}

const messagesOf = (body: unknown): ReadonlyArray<Shape> =>
  (Array.isArray(body) ? body : [body]).filter((one) => typeof one === "object" && one !== null)

const isId = (id: unknown): id is Id => typeof id === "string" || typeof id === "number"

const idsOf = (body: unknown): ReadonlyArray<Id> =>
  messagesOf(body).flatMap(({ id, method }) => (typeof method === "string" && isId(id) ? [id] : []))

const stillOpen = (id: Id): Response =>
  refusal(
    400,
    -32600,
    `request id ${JSON.stringify(id).slice(0, 100)} is still open in this session; give every request an id of its own`,
    {},
    id
  )

export const makeOpenRequests = (): OpenRequests => {
  const open = new Set<Id>()
  return {
    open: (body) => {
      for (const { method, params } of messagesOf(body)) {
        // A cancelled request is not answered any more.
        if (method === "notifications/cancelled" && isId(params?.requestId)) open.delete(params.requestId)
      }
      const own = new Set<Id>()
      for (const id of idsOf(body)) {
        if (open.has(id) || own.has(id)) return stillOpen(id)
        own.add(id)
      }
      for (const id of own) open.add(id)
      return undefined
    },
    dismiss: (body) => idsOf(body).forEach((id) => open.delete(id)),
    sent: (message) => {
      const { id, method } = message as Shape
      if (method === undefined && isId(id)) open.delete(id)
    }
  }
}
