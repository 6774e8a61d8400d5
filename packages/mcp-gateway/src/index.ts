// MCP in front of the engine: one tool, both protocol eras.
// The Node listener is an entry of its own: `@executor-v2/mcp-gateway/NodeMcpHttp`.
export * from "./ExecuteTool.ts"
export * from "./Gateway.ts"
export * from "./Instructions.ts"
export * from "./McpGateway.ts"
export * from "./McpHttp.ts"
export type { McpSdk } from "./McpSdk.ts"
export * from "./Patience.ts"
export * from "./Principal.ts"
