// Every model, event and snapshot survives JSON text unchanged, so that what a journal wrote is what it reads.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  Actor,
  entityKinds,
  EntityRef,
  entitySchemas,
  Event,
  EventEnvelope,
  ExecuteResult,
  Snapshot,
  ToolDescription,
  ToolSummary
} from "../src/index.ts"

/** Decoding must give back an equal value, and encoding again equal text. */
const survives =
  <A, I>(schema: Schema.Codec<A, I>) =>
  ({ value }: { readonly value: A }) =>
    Effect.gen(function* () {
      const text = JSON.stringify(yield* Schema.encodeEffect(schema)(value))
      const decoded = yield* Schema.decodeUnknownEffect(schema)(JSON.parse(text))
      assert.strictEqual(JSON.stringify(yield* Schema.encodeEffect(schema)(decoded)), text)
      assert.deepStrictEqual(
        JSON.parse(text),
        JSON.parse(JSON.stringify(value)),
        "stored form and value are the same data"
      )
    })

describe("entities", () => {
  for (const kind of entityKinds) {
    const schema = entitySchemas[kind] as Schema.Codec<unknown, unknown>
    it.effect.prop(`a ${kind} survives JSON`, { value: schema }, survives(schema))
  }
})

describe("events", () => {
  for (const [tag, schema] of Object.entries(Event.cases)) {
    it.effect.prop(
      `${tag} survives JSON`,
      { value: schema as Schema.Codec<unknown, unknown> },
      survives(schema as Schema.Codec<unknown, unknown>)
    )
  }
  it.effect.prop("an envelope survives JSON", { value: EventEnvelope }, survives(EventEnvelope))
})

describe("the rest", () => {
  it.effect.prop("a snapshot survives JSON", { value: Snapshot }, survives(Snapshot))
  it.effect.prop("an execute result survives JSON", { value: ExecuteResult }, survives(ExecuteResult))
  it.effect.prop("an actor survives JSON", { value: Actor }, survives(Actor))
  it.effect.prop("a tool summary survives JSON", { value: ToolSummary }, survives(ToolSummary))
  it.effect.prop("a tool description survives JSON", { value: ToolDescription }, survives(ToolDescription))
  it.effect.prop("an entity reference survives JSON", { value: EntityRef }, survives(EntityRef))
})

describe("an event of another format", () => {
  it("is refused when its version is unknown", () => {
    const envelope = {
      v: 2,
      seq: 1,
      workspace: "default",
      actor: { kind: "system" },
      at: 1,
      event: { _tag: "PolicyRemoved", id: "policy_1" }
    }
    assert.throws(() => Schema.decodeUnknownSync(EventEnvelope)(envelope), /1/)
  })

  it("is refused when its tag is unknown", () => {
    assert.throws(() => Schema.decodeUnknownSync(Event)({ _tag: "Reticulated" }))
  })
})
