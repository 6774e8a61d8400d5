// The session of a client that opened with `initialize`. It ends with the daemon that knows it; the client never notices,
// because what it said at the beginning is said again to the next one.
import { ask, type Answer, type Place } from "./Line.ts"
import type { Message, Request } from "./Message.ts"

export interface Session {
  /** Remembers how the client introduced itself, before that is sent. */
  readonly opening: (initialize: Request) => void
  /** What the daemon answered to it. */
  readonly opened: (answer: Answer, result: Message) => void
  readonly headers: () => Record<string, string>
  /** Introduces the client again; `false` when it never did, or the daemon does not want it. */
  readonly reopen: (place: Place) => Promise<boolean>
  readonly close: (place: Place) => Promise<void>
  /** Changes with each opening. */
  readonly id: () => string | undefined
}

const initialized: Message = { jsonrpc: "2.0", method: "notifications/initialized" }

export const makeSession = (): Session => {
  let first: Request | undefined
  let id: string | undefined
  let version: string | undefined
  let reopening: Promise<boolean> | undefined

  const headers = (): Record<string, string> => ({
    ...(id === undefined ? {} : { "mcp-session-id": id }),
    ...(version === undefined ? {} : { "mcp-protocol-version": version })
  })
  const opened = (answer: Answer, { result }: Message): void => {
    id = answer.session
    version = typeof result?.["protocolVersion"] === "string" ? result["protocolVersion"] : undefined
  }
  const introduce = async (place: Place, initialize: Request): Promise<boolean> => {
    const answer = await ask(place, { method: "POST", headers: {}, body: initialize })
    for await (const message of answer.messages) {
      if (message.result === undefined) continue
      opened(answer, message)
      const heard = await ask(place, { method: "POST", headers: headers(), body: initialized })
      for await (const _ of heard.messages);
      return true
    }
    return false
  }
  return {
    opening: (initialize) => {
      first = initialize
      id = undefined
      version = undefined
    },
    opened,
    headers,
    reopen: async (place) => {
      if (first === undefined) return false
      // Several messages find out at once that the session is gone; it is opened again once.
      reopening ??= introduce(place, first).finally(() => {
        reopening = undefined
      })
      return await reopening
    },
    close: async (place) => {
      if (id === undefined) return
      const answer = await ask(place, { method: "DELETE", headers: headers(), signal: AbortSignal.timeout(500) })
      for await (const _ of answer.messages);
    },
    id: () => id
  }
}
