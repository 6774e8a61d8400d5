// The protocol's SDK as a value: it takes a while to load, so nothing imports it before the first request.

/** Everything `@modelcontextprotocol/server` exports. */
export type McpSdk = typeof import("@modelcontextprotocol/server")
