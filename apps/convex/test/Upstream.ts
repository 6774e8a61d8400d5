// A service on this machine, as OpenAPI describes it, that counts what was done to it and answers when the test says so.
import * as http from "node:http"
import type { AddressInfo } from "node:net"

const json = (schema: object) => ({ content: { "application/json": { schema } } })
const ok = { "200": { description: "ok", ...json({}) } }
const inBody = { requestBody: { required: true, ...json({ type: "object" }) }, responses: ok }

const operation = (operationId: string, rest: object = {}) => ({
  operationId,
  summary: operationId,
  responses: ok,
  ...rest
})

const description = (title: string, more: object) => ({
  openapi: "3.1.0",
  info: { title, version: "1" },
  paths: {
    "/do": { post: operation("doIt", inBody) },
    "/held": { post: operation("doSlowly", inBody) },
    "/echo": { post: operation("echo", inBody) },
    "/look": { get: operation("look") },
    ...more
  }
})

export interface Heard {
  readonly method: string
  readonly path: string
  readonly body: string
}

export class Upstream {
  readonly url: string
  /** What a request to any other path is answered with. */
  other: (heard: Heard, response: http.ServerResponse) => void = (_, response) => void response.writeHead(404).end("{}")
  /** All requests but those for the description. */
  readonly heard: Array<Heard> = []
  readonly #server: http.Server
  readonly #held: Array<() => void> = []
  #arrived: (() => void) | undefined

  private constructor(server: http.Server, title: string, more: object) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const text = JSON.stringify(description(title, more))
    server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const { method = "", url: path = "" } = request
        if (path === "/openapi.json")
          return void response.writeHead(200, { "content-type": "application/json" }).end(text)
        const heard = { method, path, body: Buffer.concat(chunks).toString() }
        this.heard.push(heard)
        this.#answer(heard, response)
      })
    })
  }

  /** `more`: further paths of the description. */
  static async start(title = "upstream", more: object = {}): Promise<Upstream> {
    const server = http.createServer()
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return new Upstream(server, title, more)
  }

  /** How often something was done. */
  get done(): number {
    return this.heard.filter(({ path }) => path === "/do" || path === "/held").length
  }

  /** Waits until a slow request is there. */
  held(): Promise<void> {
    return this.#held.length > 0 ? Promise.resolve() : new Promise((resolve) => (this.#arrived = resolve))
  }

  /** Answers the slow requests that are there. */
  release(): void {
    for (const answer of this.#held.splice(0)) answer()
  }

  async stop(): Promise<void> {
    this.release()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(heard: Heard, response: http.ServerResponse): void {
    const say = (value: unknown) =>
      void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value))
    switch (heard.path) {
      case "/do":
        return say({ done: this.done })
      case "/look":
        return say({ seen: this.done })
      case "/echo":
        return void response.writeHead(200, { "content-type": "application/json" }).end(heard.body)
      case "/held":
        this.#held.push(() => say({ done: this.done }))
        this.#arrived?.()
        this.#arrived = undefined
        return
      default:
        return this.other(heard, response)
    }
  }
}
