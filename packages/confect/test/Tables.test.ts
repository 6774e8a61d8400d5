// Tables: what they refuse to hold, what their types know, and rows of unions with ids and bytes.
import { Effect, Option, Schema } from "effect"
import { makeFunctionReference } from "convex/server"
import type { DataModelFromSchemaDefinition } from "convex/server"
import { describe, expect, it } from "vitest"
import {
  Bytes,
  defineSchema,
  defineTable,
  Id,
  internalMutation,
  SchemaRefused,
  Storage,
  unlistedMessage,
  writer
} from "@executor-v2/confect"
import { deploy, run, schema } from "./Deployment.ts"

const refusal = (schemaOf: Schema.ConstraintCodec<object, object>): string => {
  try {
    defineTable(schemaOf)
  } catch (thrown) {
    if (thrown instanceof SchemaRefused) return thrown.message
  }
  throw new Error("it was not refused")
}

describe("defineTable", () => {
  it("refuses what is no object", () => {
    expect(refusal(Schema.Array(Schema.String))).toMatch(/^\$: a table holds objects, not array/)
    expect(refusal(Schema.Record(Schema.String, Schema.String))).toMatch(/not record/)
    expect(refusal(Schema.Union([Schema.Struct({}), Schema.Array(Schema.String)]))).toMatch(/not array/)
  })

  it("refuses names at the top that are Convex's own, in each member of a union", () => {
    expect(refusal(Schema.TaggedStruct("A", {}))).toMatch(/^_tag: .*kind/)
    expect(refusal(Schema.Union([Schema.Struct({ kind: Schema.Null }), Schema.TaggedStruct("B", {})]))).toMatch(
      /^_tag: /
    )
  })

  it("refuses what no validator describes, by its path", () => {
    expect(refusal(Schema.Struct({ a: Schema.Struct({ at: Schema.Date }) }))).toMatch(/^a\.at: /)
  })

  it("exports what Convex deploys: validators and indexes", () => {
    const exported = JSON.parse((schema as unknown as { export(): string }).export()) as {
      tables: ReadonlyArray<{ tableName: string; indexes: ReadonlyArray<unknown> }>
    }
    expect(exported.tables.map(({ tableName, indexes }) => [tableName, indexes])).toStrictEqual([
      [
        "runs",
        [
          { indexDescriptor: "by_runId", fields: ["runId"] },
          { indexDescriptor: "by_state", fields: ["state", "startedAt"] }
        ]
      ],
      ["shapes", [{ indexDescriptor: "by_kind", fields: ["kind"] }]]
    ])
  })

  it("types indexes and documents by the Encoded side", () => {
    const table = defineTable(
      Schema.Struct({ at: Schema.DateTimeUtcFromMillis, deep: Schema.Struct({ name: Schema.String }) })
    )
    const indexed = defineSchema({ things: table.index("by_at", ["at"]).index("by_name", ["deep.name", "at"]) })
    type Thing = DataModelFromSchemaDefinition<typeof indexed>["things"]
    const document: Omit<Thing["document"], "_id" | "_creationTime"> = { at: 1000, deep: { name: "n" } }
    const fields: Thing["indexes"]["by_name"] = ["deep.name", "at", "_creationTime"]
    // @ts-expect-error -- no such field
    void (() => table.index("by_none", ["none"]))
    // @ts-expect-error -- no such field within one
    void (() => table.index("by_none", ["deep.none"]))
    expect([document.at, fields.length]).toStrictEqual([1000, 3])
  })
})

describe("a writer", () => {
  const shapes = {
    make: internalMutation({
      args: { content: Bytes, file: Id("_storage") },
      returns: Schema.Struct({ file: Id("_storage"), size: Schema.Finite, kinds: Schema.Array(Schema.String) }),
      handler: ({ content, file }) =>
        Effect.gen(function* () {
          const db = yield* writer(schema)
          yield* Effect.flatMap(Storage, (storage) => storage.getUrl(file))
          const id = yield* db.insert("shapes", { kind: "file", file, first: content })
          yield* db.insert("shapes", { kind: "circle", r: 1 })
          const row = yield* Effect.flatMap(db.get("shapes", id), Effect.fromOption)
          if (row.kind !== "file") return yield* Effect.die("another row")
          const all = yield* db.take("shapes", 10, (q) => q.withIndex("by_kind").order("desc"))
          return { file: row.file, size: row.first.byteLength, kinds: all.map(({ kind }) => kind) }
        })
    }),
    patch: internalMutation({
      args: {},
      returns: Schema.Null,
      handler: () =>
        Effect.gen(function* () {
          const db = yield* writer(schema)
          const id = yield* db.insert("shapes", { kind: "circle", r: 1 })
          yield* db.patch("shapes", id, { kind: "circle" })
          return null
        })
    }),
    refusals: internalMutation({
      args: {},
      returns: Schema.Array(Schema.String),
      handler: () =>
        Effect.gen(function* () {
          const db = yield* writer(schema)
          const id = yield* db.insert("runs", run("run_1"))
          const told = (effect: Effect.Effect<unknown, { readonly path: string; readonly rule: string }>) =>
            Effect.map(Effect.flip(effect), ({ rule, path }) => `${rule} ${path}`)
          return yield* Effect.all([
            told(db.insert("runs", { ...run("run_2"), counts: { a: 1 } })),
            told(db.insert("runs", { ...run("run_2"), more: 1 } as never)),
            told(db.insert("runs", { ...run("run_2"), state: "gone" } as never)),
            told(db.patch("runs", id, { more: 1 } as never)),
            told(db.patch("runs", id, { state: undefined })),
            told(db.patch("runs", id, { state: "gone" } as never))
          ])
        })
    }),
    again: internalMutation({
      args: {},
      returns: Schema.Boolean,
      handler: () =>
        Effect.gen(function* () {
          const db = yield* writer(schema)
          const id = yield* db.insert("runs", { ...run("run_1"), note: "n" })
          const row = yield* Effect.flatMap(db.get("runs", id), Effect.fromOption)
          yield* db.replace("runs", id, row)
          const found = yield* db.first("runs", (q) => q.withIndex("by_runId", (i) => i.eq("runId", "run_1")))
          return Option.isSome(found) && found.value.note === "n"
        })
    })
  }
  const t = () => deploy({ shapes })
  const reference = (name: keyof typeof shapes) => makeFunctionReference<"mutation">(`shapes:${name}`)

  it("writes and reads unions, ids and bytes", async () => {
    const deployment = t()
    const file = await deployment.run((ctx) => ctx.storage.store(new Blob(["a file"])))
    const made: unknown = await deployment.mutation(reference("make"), {
      content: new Uint8Array([1, 2, 3]).buffer,
      file
    })
    expect(made).toStrictEqual({ file, size: 3, kinds: ["file", "circle"] })
  })

  it("does not patch a union: no field says which member it will be", async () => {
    await expect(t().mutation(reference("patch"), {})).rejects.toThrow(unlistedMessage)
  })

  it("refuses what the Schema does not, instead of dropping it", async () => {
    expect(await t().mutation(reference("refusals"), {})).toStrictEqual([
      "schema counts.a",
      "schema more",
      "schema state",
      "schema more",
      "schema state",
      "schema state"
    ])
  })

  it("takes a row back as it was read", async () => {
    expect(await t().mutation(reference("again"), {})).toBe(true)
  })
})
