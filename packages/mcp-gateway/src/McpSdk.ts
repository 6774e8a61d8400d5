// The protocol's SDK as a value: it takes a while to load, so nothing imports it before the first request.

/** What is used of `@modelcontextprotocol/server`. */
export type McpSdk = typeof import("./SdkParts.ts")

export const loadSdk = (): Promise<McpSdk> => import("./SdkParts.ts")
