// A local HTTP service with an OpenAPI description, so that calls meet the same upstream from every side.
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Bench } from "./Suite.ts"

const item = {
  type: "object",
  required: ["id", "name", "price"],
  properties: { id: { type: "integer" }, name: { type: "string" }, price: { type: "number" } }
}

const operation = (id: string, summary: string) => ({
  get: {
    operationId: id,
    summary,
    parameters: [{ name: "id", in: "path", required: true, schema: { type: "integer" } }],
    responses: { 200: { description: "ok", content: { "application/json": { schema: item } } } }
  }
})

const nouns = ["invoice", "order", "ticket", "customer", "report", "parcel", "booking", "contract", "device", "payment"]
const verbs = ["get", "inspect", "preview", "summarise", "audit", "compare", "export", "estimate", "verify", "count"]

/** `getItem`, which is served, and invented operations up to a number of `tools`. */
const descriptionOf = (tools: number) => ({
  openapi: "3.1.0",
  info: { title: "Bench", version: "1" },
  paths: Object.fromEntries([
    ["/items/{id}", operation("getItem", "One item")],
    ...Array.from({ length: tools - 1 }, (_, index) => {
      const noun = nouns[index % 10]!
      const verb = verbs[Math.floor(index / 10) % 10]!
      const name = `${verb}${noun[0]!.toUpperCase()}${noun.slice(1)}${Math.floor(index / 100)}`
      return [
        `/${verb}/${noun}/${Math.floor(index / 100)}/{id}`,
        operation(name, `Lets you ${verb} a ${noun} of department ${index}`)
      ]
    })
  ])
})

export interface Upstream {
  readonly url: string
  /** Address of the description. */
  readonly description: string
  /** Requests for items so far. */
  readonly served: () => number
}

/** Serves until the suite is over. `files` are further answers, by path; whatever else is asked gets an item. */
export const serveUpstream = async (
  bench: Bench,
  options: { readonly tools?: number; readonly files?: Readonly<Record<string, Buffer>> } = {}
): Promise<Upstream> => {
  const description = JSON.stringify(descriptionOf(options.tools ?? 1))
  let served = 0
  const server = createServer((request, response) => {
    const path = request.url ?? "/"
    const file = options.files?.[path] ?? (path === "/openapi.json" ? description : undefined)
    if (file === undefined) served++
    const body = file ?? JSON.stringify({ id: Number(path.split("/").at(-1)) || 0, name: "kettle", price: 19.5 })
    response
      .writeHead(200, { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) })
      .end(body)
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  bench.defer(() => {
    server.close()
    server.closeAllConnections()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, description: `${url}/openapi.json`, served: () => served }
}
