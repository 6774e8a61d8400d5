// A door on loopback that adds a key to every request: for programs that can be given an address and nothing else.
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { pipeline } from "node:stream"

export interface KeyProxy extends AsyncDisposable {
  /** The target's path, on the proxy's own port. */
  readonly url: string
  /** Requests handed on so far. */
  readonly requests: () => number
}

/** Names of this machine as the daemon knows it; any other Host is handed on as it came, for the daemon to refuse. */
const ownNames = new Set(["localhost", "127.0.0.1", "[::1]"])

/** The port in Host and Origin is the proxy's own: the daemon must see the one that it listens on. */
const atPort = (authority: string, own: number, target: number): string => {
  const at = authority.lastIndexOf(":")
  const named = ownNames.has(authority.slice(0, at)) && authority.slice(at + 1) === String(own)
  return named ? `${authority.slice(0, at)}:${target}` : authority
}

/** Hands requests on to `target` and streams the answers back as they come, status and headers unchanged. */
export const proxyWithKey = async (target: string, key: string): Promise<KeyProxy> => {
  const { hostname, port, pathname } = new URL(target)
  let count = 0

  const forward = (asked: IncomingMessage, answered: ServerResponse): void => {
    count++
    const own = (server.address() as AddressInfo).port
    const { host = "", origin } = asked.headers
    const onward = request(
      {
        hostname,
        port,
        path: asked.url,
        method: asked.method,
        setHost: false,
        headers: {
          ...asked.headers,
          host: atPort(host, own, Number(port)),
          ...(origin === undefined
            ? {}
            : {
                origin: origin.replace(
                  /^(https?:\/\/)(.*)$/,
                  (_, scheme: string, rest: string) => scheme + atPort(rest, own, Number(port))
                )
              }),
          authorization: `Bearer ${key}`
        }
      },
      (answer) => {
        answered.writeHead(answer.statusCode ?? 502, answer.headers)
        answered.flushHeaders()
        pipeline(answer, answered, () => {})
      }
    )
    onward.on("error", () => answered.destroy())
    answered.on("close", () => onward.destroy())
    asked.pipe(onward)
  }

  const server = createServer(forward)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    requests: () => count,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
