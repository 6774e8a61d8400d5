// The services that both hosts use in these tests: an OpenAPI service and an MCP server on one port, which count what really
// reached them and hold an answer back until they are told to give it.
import { toNodeHandler } from "@modelcontextprotocol/node"
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { z } from "zod"

/** Where a deployment on another machine, such as a container, reaches these services; any port of loopback when absent. */
const announced = process.env["EXECUTOR_REMOTE_UPSTREAM"]

const object = (properties: Readonly<Record<string, unknown>>, required = Object.keys(properties)) => ({
  type: "object",
  properties,
  required
})
const text = { type: "string" }
const whole = { type: "integer" }
const json = (schema: unknown) => ({ content: { "application/json": { schema } } })
const order = object({ id: whole, item: text, quantity: whole })
const query = (name: string, schema: unknown) => ({ name, in: "query", required: true, schema })

/** Its description, as text or served at `/openapi.json`; calls go to `origin`. */
export const shopDescription = (origin: string): string =>
  JSON.stringify({
    openapi: "3.1.0",
    info: { title: "Shop", version: "1" },
    servers: [{ url: `${origin}/v1` }],
    paths: {
      "/orders": {
        get: {
          operationId: "listOrders",
          summary: "List the orders that customers have placed",
          parameters: [query("count", whole)],
          responses: { 200: { description: "", ...json({ type: "array", items: order }) } }
        },
        post: {
          operationId: "placeOrder",
          summary: "Place an order: buy a number of one item",
          requestBody: { required: true, ...json(object({ item: text, quantity: whole })) },
          responses: { 201: { description: "", ...json(order) } }
        }
      },
      "/orders/{id}": {
        get: {
          operationId: "getOrder",
          summary: "Look up one order",
          parameters: [{ name: "id", in: "path", required: true, schema: whole }],
          responses: { 200: { description: "", ...json(order) } }
        }
      },
      "/trouble": {
        get: {
          operationId: "haveTrouble",
          summary: "Fail with a status",
          parameters: [query("status", whole)],
          responses: { 200: { description: "" } }
        }
      },
      "/deliveries": {
        post: {
          operationId: "deliver",
          summary: "Deliver a parcel, which takes its time",
          requestBody: { required: true, ...json(object({ parcel: text })) },
          responses: { 200: { description: "", ...json(object({ delivered: text })) } }
        }
      }
    }
  })

/** The part of the Swagger Petstore that the README calls. */
const petstoreDescription = (origin: string): string =>
  JSON.stringify({
    openapi: "3.0.4",
    info: { title: "Swagger Petstore", version: "1.0.27" },
    servers: [{ url: `${origin}/v1` }],
    paths: {
      "/store/inventory": {
        get: {
          operationId: "getInventory",
          responses: { 200: { description: "", ...json({ type: "object", additionalProperties: whole }) } }
        }
      }
    }
  })

const makeMcp = (counted: (name: string) => void) => () => {
  const server = new McpServer({ name: "desk", title: "Desk", version: "1.0.0" })
  server.registerTool(
    "add_numbers",
    {
      description: "Adds two numbers",
      inputSchema: z.object({ a: z.number(), b: z.number() }),
      outputSchema: z.object({ sum: z.number() }),
      annotations: { readOnlyHint: true }
    },
    ({ a, b }) => ({ content: [{ type: "text", text: String(a + b) }], structuredContent: { sum: a + b } })
  )
  server.registerTool(
    "leave_note",
    { description: "Leaves a note for a colleague", inputSchema: z.object({ note: z.string() }) },
    ({ note }) => {
      counted(note)
      return { content: [{ type: "text", text: `noted: ${note}` }] }
    }
  )
  server.registerTool("refuse", { description: "Always fails", inputSchema: z.object({}) }, () => ({
    isError: true,
    content: [{ type: "text", text: "the desk is closed" }]
  }))
  return server
}

/** One delivery: it has been asked for, and waits until its answer may go. */
interface Held {
  readonly arrived: PromiseWithResolvers<void>
  readonly released: PromiseWithResolvers<void>
}

/** Services that run in the test's own process. */
export interface Upstream extends AsyncDisposable {
  readonly origin: string
  readonly descriptionUrl: string
  readonly petstoreUrl: string
  readonly mcpUrl: string
  /** How often an effect of this name has happened: an order's item, a parcel, a note. */
  readonly count: (name: string) => number
  /** Resolves once the parcel's delivery has been asked for. */
  readonly arrived: (parcel: string) => Promise<void>
  /** Lets the parcel's delivery be answered, now or when it is asked for. */
  readonly release: (parcel: string) => void
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const answer = (response: ServerResponse, status: number, content: unknown): void => {
  response.writeHead(status, { "content-type": "application/json" })
  response.end(typeof content === "string" ? content : JSON.stringify(content))
}

/** `own`: on loopback whatever is announced, so that no host has been told of it. */
export const startUpstream = async ({ own = false } = {}): Promise<Upstream> => {
  const counts = new Map<string, number>()
  const counted = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1)
  const deliveries = new Map<string, Held>()
  const delivery = (parcel: string): Held => {
    const known = deliveries.get(parcel)
    if (known !== undefined) return known
    const made = { arrived: Promise.withResolvers<void>(), released: Promise.withResolvers<void>() }
    deliveries.set(parcel, made)
    return made
  }
  const mcp = toNodeHandler(createMcpHandler(makeMcp(counted)))
  let orders = 0

  const routes: Readonly<Record<string, (url: URL, body: string, response: ServerResponse) => unknown>> = {
    "GET /openapi.json": (_url, _body, response) => answer(response, 200, shopDescription(origin)),
    "GET /petstore.json": (_url, _body, response) => answer(response, 200, petstoreDescription(origin)),
    "GET /v1/store/inventory": (_url, _body, response) => answer(response, 200, { available: 7, sold: 1 }),
    "GET /v1/orders": ({ searchParams }, _body, response) => {
      const item = (_: unknown, id: number) => ({ id, item: `item ${id} ${"x".repeat(80)}`, quantity: id % 7 })
      answer(response, 200, Array.from({ length: Number(searchParams.get("count")) }, item))
    },
    "POST /v1/orders": (_url, body, response) => {
      const placed = JSON.parse(body) as { readonly item: string }
      counted(placed.item)
      answer(response, 201, { id: ++orders, ...placed })
    },
    "GET /v1/trouble": ({ searchParams }, _body, response) =>
      answer(response, Number(searchParams.get("status")), { reason: "the shop has trouble" }),
    "POST /v1/deliveries": async (_url, body, response) => {
      const { parcel } = JSON.parse(body) as { readonly parcel: string }
      counted(parcel)
      const held = delivery(parcel)
      held.arrived.resolve()
      await held.released.promise
      answer(response, 200, { delivered: parcel })
    }
  }

  const server = createServer((request, response) => {
    const handled = async (): Promise<void> => {
      const url = new URL(request.url ?? "/", "http://upstream")
      const body = await bodyOf(request)
      if (url.pathname === "/mcp")
        return void mcp(request as never, response, body === "" ? undefined : JSON.parse(body))
      const route = routes[`${request.method} ${url.pathname}`]
      if (route === undefined) return answer(response, 404, { reason: "there is no such order" })
      await route(url, body, response)
    }
    handled().catch(() => response.destroy())
  })
  // A connection that is closed for idleness while a request is on its way to it would be a failure of ours.
  server.keepAliveTimeout = 0
  const at = own || announced === undefined ? undefined : new URL(announced)
  await new Promise<void>((done, failed) => {
    server.once("error", failed)
    server.listen(Number(at?.port ?? 0), at === undefined ? "127.0.0.1" : "0.0.0.0", done)
  })
  const origin = at?.origin ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    origin,
    descriptionUrl: `${origin}/openapi.json`,
    petstoreUrl: `${origin}/petstore.json`,
    mcpUrl: `${origin}/mcp`,
    count: (name) => counts.get(name) ?? 0,
    arrived: (parcel) => delivery(parcel).arrived.promise,
    release: (parcel) => delivery(parcel).released.resolve(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    }
  }
}
