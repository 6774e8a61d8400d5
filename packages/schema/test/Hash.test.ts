// Canonical JSON: equal values have equal text, whatever the order of their keys.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { createHash } from "node:crypto"
import { canonicalJson, sha256Hex, ToolPath, SourceName } from "../src/index.ts"

describe("canonicalJson", () => {
  it.prop("parses back to the same value", { value: Schema.Json }, ({ value }) => {
    assert.deepStrictEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)))
  })

  it("does not depend on the order of keys, at any depth", () => {
    assert.strictEqual(canonicalJson({ b: [{ d: 1, c: 2 }], a: null }), canonicalJson({ a: null, b: [{ c: 2, d: 1 }] }))
    assert.strictEqual(canonicalJson({ b: 1, a: 2 }), '{"a":2,"b":1}')
  })

  it("leaves out what JSON has no word for", () => {
    assert.strictEqual(canonicalJson({ a: undefined, b: 1 }), '{"b":1}')
  })

  it("keeps a key called __proto__ as data", () => {
    assert.strictEqual(canonicalJson(JSON.parse('{"__proto__":{"x":1}}')), '{"__proto__":{"x":1}}')
  })
})

describe("sha256Hex", () => {
  it.prop("agrees with the platform's digest", { text: Schema.String }, ({ text }) => {
    assert.strictEqual(sha256Hex(text), createHash("sha256").update(text, "utf8").digest("hex"))
  })
})

describe("names", () => {
  it.each(["github.issues.create", "a.b", "petstore.getPetById"])("%s is a tool path", (path) => {
    assert.isTrue(Schema.is(ToolPath)(path))
  })
  it.each(["github", "a..b", "a.b-c", ".a", "a.1", "A.b", "a.__proto__.c.d.e.f"])("%s is none", (path) => {
    assert.isFalse(Schema.is(ToolPath)(path))
  })
  it.each(["constructor;", "1a", "", "a b", "A"])("%s names no source", (name) => {
    assert.isFalse(Schema.is(SourceName)(name))
  })
})
