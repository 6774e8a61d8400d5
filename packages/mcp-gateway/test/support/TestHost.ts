// A listener like the product's: Host and Origin guarded, keys looked up, the gateway behind.
import { WorkspaceId } from "@executor-v2/schema"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { McpHttp } from "../../src/McpHttp.ts"
import { nodeMcpHandler } from "../../src/NodeMcpHttp.ts"
import type { Principal } from "../../src/Principal.ts"

export interface TestHost extends AsyncDisposable {
  readonly url: URL
  readonly principals: Map<string, Principal>
  /** Errors that reached the listener. */
  readonly errors: Array<unknown>
}

const workspace = WorkspaceId.make("default")

const local = (host: string | undefined): boolean => /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host ?? "")

/** Serves on a free port. Keys: `a` and `b` (two agents), `o` (the owner); `open` lets everybody in as `a`. */
export const listen = async (
  http: Pick<McpHttp, "fetch" | "maxBodyBytes">,
  options: { readonly open?: boolean } = {}
): Promise<TestHost> => {
  const principals = new Map<string, Principal>([
    ["a", { workspace, kind: "agent", id: "agent-a" }],
    ["b", { workspace, kind: "agent", id: "agent-b" }],
    ["o", { workspace, kind: "owner", id: "owner" }]
  ])
  const errors: Array<unknown> = []
  const handler = nodeMcpHandler(http)
  const server: Server = createServer((request, response) => {
    const origin = request.headers.origin
    if (!local(request.headers.host) || (origin !== undefined && !local(origin.replace(/^https?:\/\//, "")))) {
      response.writeHead(403).end()
      return
    }
    const key = options.open === true ? "a" : (request.headers.authorization?.replace("Bearer ", "") ?? "")
    const principal = principals.get(key)
    if (principal === undefined) {
      response.writeHead(401).end()
      return
    }
    handler(request, response, principal).catch((error: unknown) => errors.push(error))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`),
    principals,
    errors,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
