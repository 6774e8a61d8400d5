// One HTTP exchange with the host's MCP endpoint. Redirects are not followed. By node:http: `fetch` alone would cost the start of the bridge 40 ms.
import * as http from "node:http"
import { asMessage, type Message } from "./Message.ts"

/** Where and as whom to ask. */
export interface Place {
  readonly url: string
  readonly key: string
  /** What to say when it refuses the key. */
  readonly whenRefused?: string
}

export interface Answer {
  readonly status: number
  readonly session: string | undefined
  /** What to say because the key was refused. */
  readonly refused: string | undefined
  /** The messages of the answer as they come: one of a JSON body, any number of an event stream. */
  readonly messages: AsyncIterable<Message>
}

export interface Question {
  readonly method: "POST" | "GET" | "DELETE"
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Message
  readonly signal?: AbortSignal
}

/** `data` of the events of a stream (Server-Sent Events); its other fields are not used here. */
async function* eventData(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ""
  let data: Array<string> = []
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ""
    for (const line of lines) {
      if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5))
      if (line !== "" || data.length === 0) continue
      yield data.join("\n")
      data = []
    }
  }
}

/** A message in a JSON text, or undefined. */
export const parse = (text: string): Message | undefined => {
  try {
    return asMessage(JSON.parse(text))
  } catch {
    return undefined
  }
}

async function* messagesOf(response: http.IncomingMessage): AsyncGenerator<Message> {
  const chunks = response.setEncoding("utf8") as AsyncIterable<string>
  if (response.headers["content-type"]?.startsWith("text/event-stream")) {
    for await (const data of eventData(chunks)) {
      const message = parse(data)
      if (message !== undefined) yield message
    }
    return
  }
  let text = ""
  for await (const chunk of chunks) text += chunk
  const message = parse(text)
  if (message !== undefined) yield message
}

/** Asks, on a connection of its own: one that was kept open may break just when a message is on its way. */
export const ask = async (place: Place, { body, headers, method, signal }: Question): Promise<Answer> => {
  const { request: open } = place.url.startsWith("https:") ? await import("node:https") : http
  return await new Promise((resolve, reject) => {
    const request = open(place.url, {
      method,
      agent: false,
      headers: {
        authorization: `Bearer ${place.key}`,
        accept: method === "GET" ? "text/event-stream" : "application/json, text/event-stream",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers
      },
      ...(signal === undefined ? {} : { signal })
    })
    request.once("error", reject)
    request.once("response", (response) => {
      const session = response.headers["mcp-session-id"]
      resolve({
        status: response.statusCode ?? 0,
        session: typeof session === "string" ? session : undefined,
        refused: response.statusCode === 401 || response.statusCode === 403 ? place.whenRefused : undefined,
        messages: messagesOf(response)
      })
    })
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
