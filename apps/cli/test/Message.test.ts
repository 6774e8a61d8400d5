import { describe, expect, it } from "vitest"
import { asMessage, isRequest, isStateless, statelessHeaders, type Request } from "../src/bridge/Message.ts"

const request = (method: string, params: object): Request => ({
  jsonrpc: "2.0",
  id: 1,
  method,
  params: { ...params, _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } }
})

describe("the headers of a stateless request", () => {
  it("repeat what its body says", () => {
    expect(statelessHeaders(request("tools/call", { name: "execute" }))).toEqual({
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "execute"
    })
    expect(statelessHeaders(request("resources/read", { uri: "a://b" }))).toMatchObject({ "mcp-name": "a://b" })
    expect(statelessHeaders(request("tools/list", { name: "no" }))).toEqual({
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/list"
    })
  })

  it("never carry what a header cannot hold", () => {
    for (const name of ["a\r\nx-evil: 1", "größe", " padded ", "", "=?base64?YQ==?="]) {
      const value = statelessHeaders(request("tools/call", { name }))["mcp-name"] ?? ""
      expect(value).toMatch(/^=\?base64\?[A-Za-z0-9+/=]*\?=$/)
      expect(Buffer.from(value.slice(9, -2), "base64").toString()).toBe(name)
    }
  })

  it("belong to the stateless era only", () => {
    expect(statelessHeaders({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "execute" } })).toEqual({})
    expect(isStateless({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { _meta: { progressToken: 1 } } })).toBe(
      false
    )
  })
})

it("only JSON-RPC 2.0 is a message, and only what has a method and an id wants an answer", () => {
  for (const value of [null, 1, "x", [], {}, { jsonrpc: "1.0" }]) expect(asMessage(value)).toBeUndefined()
  expect(isRequest({ jsonrpc: "2.0", id: 0, method: "ping" })).toBe(true)
  expect(isRequest({ jsonrpc: "2.0", method: "ping" })).toBe(false)
  expect(isRequest({ jsonrpc: "2.0", id: "a", result: {} })).toBe(false)
})
