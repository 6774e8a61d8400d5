// A small HTTP service with an OpenAPI description, as the demo's own part of the world.
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const orders = [
  { id: 1, city: "Chicago", item: "espresso machine", quantity: 2 },
  { id: 2, city: "Chicago", item: "grinder", quantity: 5 },
  { id: 3, city: "New York", item: "kettle", quantity: 12 },
  { id: 4, city: "Los Angeles", item: "scale", quantity: 9 },
  { id: 5, city: "New York", item: "filter papers", quantity: 40 }
]

const order = {
  type: "object",
  required: ["id", "city", "item", "quantity"],
  properties: {
    id: { type: "integer" },
    city: { type: "string" },
    item: { type: "string" },
    quantity: { type: "integer" }
  }
}

export const description = {
  openapi: "3.1.0",
  info: { title: "Coffee shop", version: "1.0.0" },
  paths: {
    "/orders": {
      get: {
        operationId: "listOrders",
        summary: "Open orders, of one city or of all",
        parameters: [{ name: "city", in: "query", schema: { type: "string" } }],
        responses: {
          200: { description: "ok", content: { "application/json": { schema: { type: "array", items: order } } } }
        }
      }
    }
  }
}

const answerTo = (target: string): unknown => {
  const { pathname, searchParams } = new URL(target, "http://shop")
  const city = searchParams.get("city")
  if (pathname === "/openapi.json") return description
  return pathname === "/orders" ? orders.filter((each) => city === null || each.city === city) : undefined
}

export interface Shop {
  /** Address of its description. */
  readonly url: string
  readonly close: () => void
}

/** Serves until it is closed, on loopback and a free port. */
export const serveShop = async (): Promise<Shop> => {
  const server = createServer((request, response) => {
    const body = answerTo(request.url ?? "/")
    response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" })
    response.end(JSON.stringify(body ?? { error: "not found" }))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/openapi.json`, close }
}
