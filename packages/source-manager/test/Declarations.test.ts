// JSON Schema → what a model reads: types, budgets, and the order in which things are left out.
import { assert, describe, it } from "@effect/vitest"
import { declareTool, makeDeclarations } from "../src/json-schema/Declarations.ts"
import { makeRefs } from "../src/json-schema/Refs.ts"

const typeOf = (schema: unknown, definitions: object = {}): string => {
  const { typescript } = declareTool(
    { type: "object" },
    { $ref: "#/$defs/Root", $defs: { Root: schema, ...definitions } }
  )
  return typescript
    .split("\n")
    .find((line) => line.startsWith("type Root = "))!
    .slice("type Root = ".length)
}

/** Turned writing, a control sequence of eight bits, a soft hyphen, nothing wide, and a letter that only models read. */
const unseen = "\u202e\u009b31m\u00ad\u200b\u{e0041}"

it("hide nothing in keys, choices and comments", () => {
  const schema = {
    type: "object",
    properties: { [`k${unseen}`]: { enum: [`e${unseen}`], description: `d${unseen}` }, c: { const: `c${unseen}` } }
  }
  const { signature, typescript } = declareTool(schema, schema)
  for (const text of [signature, typescript]) {
    assert.notMatch(text, /[\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e]|[\u{e0000}-\u{e007f}]/u)
    assert.include(text, "\\u202e")
    assert.include(text, "\\udb40\\udc41")
  }
})

describe("types", () => {
  const cases: ReadonlyArray<readonly [unknown, string]> = [
    [true, "unknown"],
    [false, "never"],
    [{}, "unknown"],
    [{ type: "integer" }, "number"],
    [{ type: ["string", "null"] }, "string | null"],
    [{ type: "string", nullable: true }, "string | null"],
    [{ enum: ["a", 1, null] }, '"a" | 1 | null'],
    [{ const: "x" }, '"x"'],
    [{ type: "array", items: { type: "string" } }, "string[]"],
    [{ type: "array", items: { type: ["string", "number"] } }, "Array<string | number>"],
    [{ prefixItems: [{ type: "string" }, {}], items: false }, "[string, unknown]"],
    [{ type: "array", prefixItems: [{}], items: { type: "number" } }, "[unknown, ...number[]]"],
    [{ type: "object" }, "Record<string, unknown>"],
    [{ type: "object", additionalProperties: { type: "number" } }, "Record<string, number>"],
    [{ type: "object", additionalProperties: false }, "{}"],
    [{ properties: { a: { type: "string" }, "b-c": {} }, required: ["a"] }, '{ a: string; "b-c"?: unknown }'],
    [{ properties: { a: {} }, additionalProperties: true }, "{ a?: unknown; [more: string]: unknown }"],
    [{ oneOf: [{ type: "string" }, { type: "string" }, { type: "number" }] }, "string | number"],
    [{ type: "object", properties: { a: {} }, anyOf: [{ required: ["a"] }, { required: ["b"] }] }, "{ a?: unknown }"],
    [
      { allOf: [{ properties: { a: {} } }, { properties: { b: {} } }, { description: "x" }] },
      "{ a?: unknown } & { b?: unknown }"
    ],
    [
      { allOf: [{ properties: { a: {} } }, { oneOf: [{ type: "string" }, { type: "null" }] }] },
      "{ a?: unknown } & (string | null)"
    ],
    [
      { enum: Array.from({ length: 20 }, (_, index) => `v${index}`) },
      `${Array.from({ length: 16 }, (_, index) => `"v${index}"`).join(" | ")} | (string & {}) /* 4 more */`
    ],
    [{ $ref: "#/$defs/Root" }, "unknown"]
  ]
  for (const [schema, type] of cases.slice(0, -1)) {
    it(`${JSON.stringify(schema).slice(0, 100)} is ${type.slice(0, 80)}`, () =>
      assert.strictEqual(typeOf(schema), type))
  }

  it("that name each other are declared by name, each once", () => {
    const { typescript } = declareTool({
      properties: { a: { $ref: "#/$defs/node-type" } },
      $defs: { "node-type": { properties: { next: { $ref: "#/$defs/node-type" } } } }
    })
    assert.strictEqual(
      typescript,
      "type Call = (args?: {\n  a?: NodeType\n}) => Promise<unknown>\ntype NodeType = { next?: NodeType }"
    )
  })

  it("may have any name without hiding those that declarations use", () => {
    const { typescript } = declareTool(
      { properties: {} },
      {
        $ref: "#/$defs/Promise",
        $defs: {
          Promise: { properties: { a: { $ref: "#/$defs/class" }, b: { $ref: "#/$defs/1" } } },
          class: { type: "object" },
          1: { type: "array" }
        }
      }
    )
    assert.include(typescript, "Promise<Promise2>")
    assert.include(typescript, "type Class = Record<string, unknown>")
    assert.include(typescript, "type T1 = unknown[]")
  })

  it("of arguments and results that share a name are told apart when they differ", () => {
    const pet = { properties: { id: { type: "number", readOnly: true }, name: { type: "string" } } }
    const refs = makeRefs({ Pet: pet })
    const { typescript } = makeDeclarations(refs).declare({
      input: { schema: { $ref: "#/Pet" } },
      output: { schema: { $ref: "#/Pet" } }
    })
    assert.strictEqual(
      typescript,
      "type Call = (args: Pet) => Promise<PetResult>\ntype Pet = { name?: string }\ntype PetResult = { id?: number; name?: string }"
    )
  })
})

describe("declarations", () => {
  const wide = (count: number, schema: object = { type: "string" }) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`property_${index}`, schema]))

  it("put required arguments first and explain each shortly", () => {
    const { typescript, signature } = declareTool({
      properties: {
        page: { type: "integer", description: "Page number. Starts at 1, and there is more to say." },
        owner: { type: "string" }
      },
      required: ["owner"]
    })
    assert.strictEqual(
      typescript,
      "type Call = (args: {\n  owner: string\n  /** Page number. */\n  page?: number\n}) => Promise<unknown>"
    )
    assert.strictEqual(signature, "(args: { owner: string; page?: number }) => Promise<unknown>")
  })

  it("can be called without arguments where none is required", () => {
    assert.strictEqual(declareTool({}).signature, "(args?: {}) => Promise<unknown>")
    assert.strictEqual(
      declareTool({ type: "object", additionalProperties: true }).typescript,
      "type Call = (args?: Record<string, unknown>) => Promise<unknown>"
    )
  })

  it("keep to their budget, and say how much they leave out", () => {
    const output = {
      $ref: "#/$defs/Big",
      $defs: { Big: { properties: { ...wide(300), inner: { properties: wide(50) } } } }
    }
    const { typescript, signature } = declareTool(
      { properties: wide(100, { type: "object", properties: wide(30) }) },
      output
    )
    assert.isBelow(typescript.length, 4_000)
    assert.match(typescript, /\[more: string\]: any \/\* 40 more \*\//)
    assert.match(typescript, /^type Big = \{ property_0\?: string;.*\[more: string\]: any \/\* \d+ more \*\/ \}$/m)
    assert.isAtMost(signature.length, 200)
  })

  it("leave out links before anything else", () => {
    const properties = {
      ...Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`thing_${index}_url`, { type: "string" }])),
      name: { type: "string" }
    }
    const { typescript } = declareTool({}, { $ref: "#/$defs/Big", $defs: { Big: { properties } } })
    assert.include(typescript, "name?: string")
    assert.include(typescript, "more: string")
  })

  it("declare the nearest types first and mark those that they leave out", () => {
    const definitions = Object.fromEntries(
      Array.from({ length: 30 }, (_, level) => [
        `Level${level}`,
        { properties: { ...wide(4), next: { $ref: `#/$defs/Level${level + 1}` } } }
      ])
    )
    const { typescript } = declareTool({}, { $ref: "#/$defs/Level0", $defs: { ...definitions, Level30: {} } })
    const declared = [...typescript.matchAll(/^type (Level\d+) /gm)].map((match) => match[1])
    assert.isAbove(declared.length, 3)
    assert.deepStrictEqual(
      declared,
      declared.map((_, level) => `Level${level}`)
    )
    assert.include(typescript, `next?: any /* Level${declared.length} */`)
  })

  it("show a signature in one line, with what matters of long types", () => {
    const { signature } = declareTool(
      {
        properties: {
          ...wide(3, { type: "string" }),
          sort: { enum: Array.from({ length: 16 }, (_, index) => `choice ${index}`) },
          filter: { type: "object", properties: wide(9) }
        },
        required: ["filter", "property_0", "sort"]
      },
      { properties: { total: { type: "integer" }, items: { type: "array", items: { properties: wide(9) } } } }
    )
    assert.strictEqual(
      signature,
      '(args: { property_0: string; sort: "choice 0" | …; filter: {…}; … }) => Promise<{ total?: number; items?: Array<{…}> }>'
    )
  })
})
