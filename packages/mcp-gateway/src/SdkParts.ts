// What is used of the protocol's SDK, by name: a bundle leaves the rest out.
export {
  createMcpHandler,
  isInitializeRequest,
  isJsonContentType,
  isLegacyRequest,
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  readRequestBody,
  Server,
  WebStandardStreamableHTTPServerTransport
} from "@modelcontextprotocol/server"
