// The legacy era on a host that keeps nothing between two requests: each POST gets a server of its own, no session is
// given out, and what a session would carry (streams of our own, cancelling by a second request) is not there.
import type { Transport } from "@modelcontextprotocol/server"
import type { LegacyEra, LegacyOptions } from "./LegacySessions.ts"
import type { McpSdk } from "./McpSdk.ts"
import { refusal } from "./Refusals.ts"

export const makeLegacyStateless = (sdk: McpSdk, { server, onError }: LegacyOptions): LegacyEra => ({
  handle: async (request, principal, body) => {
    // The SDK's own answer to GET is a stream that nothing would ever be written to.
    if (request.method !== "POST")
      return refusal(405, -32000, "this host keeps no sessions and no streams; POST a request", { allow: "POST" })
    const made = server(principal)
    const transport = new sdk.WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: undefined })
    ;(made instanceof sdk.McpServer ? made.server : made).onerror = onError
    await made.connect(transport as Transport)
    return transport.handleRequest(request, { parsedBody: body })
  },
  publish: () => {},
  close: () => Promise.resolve()
})
