// The scripted model: a small HTTP server that keeps no state. How many tool results a request carries is the step of the
// script, and what it saw is the oracle of the test.
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import type { RealAgent, Turn, Wish } from "./RealAgent.ts"

export interface Model {
  readonly url: string
  /** Every turn in which the wanted tool was offered. */
  readonly turns: ReadonlyArray<Turn>
  /** What was offered at all, for the message when the wanted tool never was. */
  readonly offered: () => ReadonlyArray<string>
  readonly close: () => void
}

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return {}
  }
}

/** Asks for `code` once, then says `words`. */
export const startModel = async (agent: RealAgent, code: string, words: string): Promise<Model> => {
  const turns: Array<Turn> = []
  const offered = new Set<string>()
  const wishFor = (turn: Turn): Wish => {
    for (const name of turn.offered) offered.add(name)
    // Titles, summaries and the like come without tools.
    if (!turn.offered.includes(agent.tool)) return { _tag: "Say", text: "ok" }
    turns.push(turn)
    return turn.results.length === 0 ? { _tag: "Execute", code } : { _tag: "Say", text: words }
  }
  const server = createServer((request, response) => {
    void text(request).then((sent) => {
      const path = request.url ?? "/"
      const body = parse(sent)
      const turn = request.method === "POST" ? agent.read(path, body) : undefined
      const reply = turn === undefined ? agent.other(path) : agent.say(wishFor(turn), body)
      response.writeHead(200, { "content-type": reply.type }).end(reply.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    turns,
    offered: () => [...offered],
    close: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}
