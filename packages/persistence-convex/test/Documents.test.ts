// What Convex's own values cannot hold comes back as it was: it travels as JSON text.
import { assert, describe, it } from "@effect/vitest"
import { Journal, Views, type Commit } from "@executor-v2/persistence-ports"
import * as Samples from "@executor-v2/persistence-ports/contract/Samples"
import { Actor, canonicalJson, Input, type Event, type InputId } from "@executor-v2/schema"
import { Effect, Option, Schema } from "effect"
import { deploy, portsOver } from "./Deployment.ts"

const { owner, workspace } = Samples
const ports = portsOver(deploy().deployment)

const asked = (input: Input): Commit => ({ workspace, actor: owner, events: [{ _tag: "InputRequested", input }] })

const sample = (id: string, formJson: string): Input => ({
  id: `input_${id}` as InputId,
  run: Samples.runId("a"),
  kind: "form",
  title: "título ✓ \u0000",
  previewJson: formJson,
  formJson,
  state: "pending",
  createdAt: 1 as never,
  expiresAt: 2 as never
})

/** Commits an input that carries this text, and reads it back. */
const carried = (json: string) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const views = yield* Views
    const input = sample("carried", json)
    yield* journal.commit(asked(input))
    const found = yield* views.get(workspace, "input", input.id)
    assert.deepStrictEqual(Option.getOrThrow(found).entity, input)
  }).pipe(Effect.provide(ports))

const nested = (levels: number): unknown => (levels === 0 ? 1 : { $ref: [nested(levels - 1)] })

describe("JSON that Convex has no values for", () => {
  const cases: ReadonlyArray<readonly [string, unknown]> = [
    ["keys that begin with $", { $ref: "#/$defs/Pet", $defs: { Pet: { $schema: "x", _id: 1, "": null } } }],
    ["keys that are not ASCII", { größe: 1, ключ: 2, "\u{1F600}": 3, "a\u0000b": 4, __proto__x: 5 }],
    ["nesting beyond every limit", nested(200)],
    ["more elements than an array may have", Array.from({ length: 9_000 }, (_, at) => at)],
    [
      "more fields than an object may have",
      Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`f${at}`, at]))
    ]
  ]
  for (const [name, value] of cases) {
    it.effect(`comes back equal: ${name}`, () => carried(JSON.stringify(value)))
  }

  it.effect.prop("comes back equal, whatever it is", { value: Schema.Json }, ({ value }) =>
    carried(JSON.stringify(value))
  )
})

describe("entities", () => {
  it.effect.prop("come back equal, whatever is in them and whoever acted", { actor: Actor, input: Input }, (given) =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const views = yield* Views
      yield* journal.commit({ ...asked(given.input), actor: given.actor })
      const found = Option.getOrThrow(yield* views.get(workspace, "input", given.input.id))
      assert.strictEqual(canonicalJson(found.entity), canonicalJson(given.input))
      const event: Event = { _tag: "InputClosed", id: given.input.id, state: "expired" }
      yield* journal.commit({ workspace, actor: given.actor, events: [event] })
    }).pipe(Effect.provide(ports))
  )
})
