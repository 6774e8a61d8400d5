import { afterAll, assert, beforeAll, beforeEach, describe, it, vi } from "vitest"
import type { Outcome } from "../src/Deployment.ts"
import type { Harness } from "../src/index.ts"
import { startHarness } from "../src/index.ts"
import { Limits } from "../src/index.ts"
import { patient, start } from "./fixture.ts"

vi.setConfig(patient)

let harness: Harness

beforeAll(async () => {
  harness = await start({ environment: { SITE: "own" } })
})
beforeEach(() => harness.reset())
afterAll(() => harness.stop())

type Kind = "query" | "mutation" | "action"
const invoke = (kind: Kind, path: string, args = {}): Promise<Outcome> =>
  harness.deployment.invoke({ kind, path, args, identity: undefined })

/** What the caller is told when it is refused; then nothing may have been written. */
const refusal = async (kind: Kind, path: string, args: object): Promise<string> => {
  const outcome = await invoke(kind, path, args)
  const written = JSON.stringify(await harness.deployment.run("notes:list"))
  if (outcome.status === "success") return "it was accepted"
  return written === "[]" ? outcome.message : `written: ${written}`
}

const value = async (kind: Kind, path: string, args = {}): Promise<unknown> => {
  const outcome = await invoke(kind, path, args)
  assert.strictEqual(outcome.status, "success", JSON.stringify(outcome))
  return outcome.status === "success" ? outcome.value : undefined
}

const document = (fields: object) => ({ json: JSON.stringify({ text: "t", ...fields }) })
const nested = (levels: number): unknown => (levels === 0 ? 1 : { in: nested(levels - 1) })

describe("a document is refused", () => {
  it("over 1 MiB", async () => {
    assert.include(
      await refusal("mutation", "notes:write", document({ anything: "x".repeat(Limits.document) })),
      "the limit is 1048576"
    )
    await value("mutation", "notes:write", document({ anything: "x".repeat(Limits.document - 500) }))
  })
  it("with an array of more than 8,192 elements, also when a patch brings it", async () => {
    assert.include(
      await refusal("mutation", "notes:write", document({ list: Array(8193).fill(0) })),
      "list has 8193 elements"
    )
    assert.include(await refusal("mutation", "notes:patchList", { elements: 8193 }), "list has 8193 elements")
    await value("mutation", "notes:patchList", { elements: 8192 })
  })
  it("nested more than 16 levels deep", async () => {
    assert.include(await refusal("mutation", "notes:write", document({ anything: nested(16) })), "nested too deeply")
    await value("mutation", "notes:write", document({ anything: nested(15) }))
  })
  it("with more than 1,024 fields in one object", async () => {
    const fields = Object.fromEntries(Array.from({ length: 1025 }, (_, index) => [`f${index}`, 0]))
    assert.include(await refusal("mutation", "notes:write", document({ anything: fields })), "has 1025 fields")
  })
  it("with a record's value of the wrong type", async () => {
    assert.include(
      await refusal("mutation", "notes:write", document({ scores: { one: "1" } })),
      "scores.one must be a number, not a string"
    )
    assert.include(await refusal("mutation", "notes:write", document({ scores: "none" })), "scores must be a record")
    await value("mutation", "notes:write", document({ scores: { one: 1 } }))
  })
  it("with a key that starts with $ or _, or is not ASCII", async () => {
    assert.include(await refusal("mutation", "notes:write", document({ anything: { $ref: 1 } })), "$ref")
    assert.include(await refusal("mutation", "notes:write", document({ anything: { é: 1 } })), "é")
    assert.include(await refusal("mutation", "notes:write", document({ _tag: "x" })), "_tag")
    await value("mutation", "notes:write", document({ anything: { _tag: "nested is fine" } }))
  })
  it("for a table that the schema does not declare", async () =>
    assert.include(await refusal("mutation", "notes:writeUndeclared", {}), 'table "nowhere" is not in the schema'))
})

describe("a call is refused", () => {
  it("when a record in its arguments holds another type", async () =>
    assert.include(await refusal("query", "notes:scores", { scores: { one: "1" } }), "scores.one must be a number"))
  it("when a record in its result holds another type", async () =>
    assert.include(await refusal("query", "notes:returnsWrong", {}), "scores.one must be a number"))
  it("when its arguments are over 16 MiB, for a Node action over 5 MiB", async () => {
    assert.include(
      await refusal("mutation", "notes:add", { text: "x".repeat(Limits.arguments) }),
      "ArgumentValidationError"
    )
    assert.include(
      await refusal("action", "native:sha256", { text: "x".repeat(Limits.nodeArguments) }),
      "the limit is 5242880"
    )
  })
  it("when its result is over 16 MiB", async () =>
    assert.include(await refusal("query", "notes:returnsMuch", { bytes: Limits.returned }), "ReturnsValidationError"))
  it("when it schedules a function with more than 4 MiB of arguments", async () =>
    assert.include(
      await refusal("mutation", "notes:addLater", { text: "x".repeat(Limits.scheduledArguments) }),
      "over a limit"
    ))
})

describe("the runtime", () => {
  it("fails a query that waits for a timer, instead of letting it hang", async () =>
    assert.include(await refusal("query", "notes:sleeps", {}), "Can't use setTimeout in queries and mutations"))
  it("fails a mutation that has set a timer even when it returns, and rolls it back", async () =>
    assert.include(await refusal("mutation", "notes:setsTimer", {}), "Can't use setTimeout in queries and mutations"))
  it("has only the deployment's own environment, in both runtimes", async () => {
    assert.deepStrictEqual(await value("query", "notes:environment"), { SITE: "own" })
    assert.deepStrictEqual(await value("action", "native:environment"), ["SITE"])
  })
  it("has no Node globals", async () => assert.deepStrictEqual(await value("query", "notes:nodeGlobals"), []))
  it("has a clock that a test can move", async () => {
    const before = Number(await value("query", "notes:now"))
    harness.advance(3_600_000)
    assert.isAtLeast(Number(await value("query", "notes:now")), before + 3_600_000)
    harness.advance(-3_600_000)
  })
})

it("production keeps the words of an error from clients, but not that a function is missing", async () => {
  const production = await start({ redact: true })
  try {
    const invoked = (path: string) =>
      production.deployment.invoke({ kind: "query", path, args: {}, identity: undefined })
    const [hidden, missing] = [await invoked("notes:sleeps"), await invoked("notes:nothing")]
    assert.match(hidden.status === "error" ? hidden.message : "", /^\[Request ID: \w+\] Server Error$/)
    assert.include(missing.status === "error" ? missing.message : "", "Could not find public function")
  } finally {
    await production.stop()
  }
})

it("a module map is guarded as a folder is", async () => {
  const mapped = await startHarness({
    functions: {
      "/convex/_generated/server.js": () => import("./fixtures/convex/_generated/server.js"),
      "/convex/notes.ts": () => import("./fixtures/convex/notes.ts")
    },
    schema: (await import("./fixtures/convex/schema.ts")).default,
    environment: { SITE: "map" }
  })
  try {
    assert.deepStrictEqual(await mapped.deployment.run("notes:environment"), { SITE: "map" })
    const args = document({ scores: { one: "1" } })
    const outcome = await mapped.deployment.invoke({ kind: "mutation", path: "notes:write", args, identity: undefined })
    assert.include(JSON.stringify(outcome), "scores.one must be a number")
    const timer = await mapped.deployment.invoke({ kind: "query", path: "notes:sleeps", args: {}, identity: undefined })
    assert.include(JSON.stringify(timer), "Can't use setTimeout")
  } finally {
    await mapped.stop()
  }
})
