// What is written into a request can be read back out of it, whatever the value.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { encodePath, encodeQuery } from "../src/providers/openapi/Encode.ts"
import { buildRequest } from "../src/providers/openapi/BuildRequest.ts"
import type { OpenApiBinding } from "../src/providers/openapi/Binding.ts"
import { BadArgument } from "../src/providers/openapi/Body.ts"

const exploded = { style: "form", explode: true } as const
const joined = { style: "form", explode: false } as const
const deep = { style: "deepObject", explode: true } as const

describe("encoded values", () => {
  it.prop(
    "of a query come back from it",
    { name: Schema.NonEmptyString, values: Schema.Array(Schema.String) },
    ({ name, values }) => {
      const wellFormed = values.map((value) => value.toWellFormed())
      const read = new URLSearchParams(encodeQuery(name, values, exploded).join("&"))
      assert.deepStrictEqual(read.getAll(name.toWellFormed()), wellFormed)
      const [pair] = encodeQuery(name, values, joined)
      assert.deepStrictEqual(
        pair === undefined
          ? []
          : pair
              .slice(pair.indexOf("=") + 1)
              .split(",")
              .map(decodeURIComponent),
        wellFormed
      )
    }
  )

  it.prop(
    "of a nested object come back by their own keys",
    { map: Schema.Record(Schema.NonEmptyString, Schema.String) },
    ({ map }) => {
      const read = new URLSearchParams(encodeQuery("v", map, deep).join("&"))
      for (const key of Object.keys(map)) {
        assert.include(read.getAll(`v[${key.toWellFormed()}]`), map[key]!.toWellFormed())
      }
    }
  )

  it.prop(
    "of a path keep to their segment, and never leave the origin",
    { value: Schema.String, other: Schema.String },
    ({ value, other }) => {
      assert.notMatch(encodePath("id", value, { style: "simple", explode: false }), /[/?#\\\s]/)
      const binding: OpenApiBinding = {
        method: "GET",
        base: "https://a.example/base",
        path: "/x/{id}/y{id}",
        accept: "*/*",
        parameters: [
          { arg: "id", name: "id", in: "path", style: "simple", explode: false },
          { arg: "other", name: "other", in: "query", style: "form", explode: true }
        ]
      }
      try {
        const url = new URL(buildRequest(binding, { id: value, other }).url)
        const [, base, x, id, y, ...more] = url.pathname.split("/")
        assert.deepStrictEqual([url.origin, base, x, more], ["https://a.example", "base", "x", []])
        assert.strictEqual(decodeURIComponent(id!), value.toWellFormed())
        assert.strictEqual(decodeURIComponent(y!), `y${value.toWellFormed()}`)
        assert.strictEqual(url.searchParams.get("other"), other.toWellFormed())
      } catch (error) {
        if (!(error instanceof BadArgument)) throw error
        assert.include(["", ".", ".."], value)
      }
    }
  )
})
