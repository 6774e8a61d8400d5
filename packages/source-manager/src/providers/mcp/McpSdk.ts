// What is used of the protocol's SDK, by name: a bundle leaves the rest out. It takes a while to load, so it is imported
// only when a connection is made.
export {
  Client,
  CLIENT_CAPABILITIES_META_KEY,
  isInputRequiredResult,
  SSEClientTransport,
  StreamableHTTPClientTransport
} from "@modelcontextprotocol/client"
