// The folded state: a snapshot is the whole of it, and events must come without gaps.
import { assert, describe, it } from "@effect/vitest"
import {
  canonicalJson,
  Snapshot,
  type Event,
  type EventEnvelope,
  type Sequence,
  type Timestamp
} from "@executor-v2/schema"
import { Schema } from "effect"
import * as Samples from "../src/contract/Samples.ts"
import { State } from "../src/index.ts"

const envelope = (seq: number, event: Event): EventEnvelope => ({
  v: 1,
  seq: seq as Sequence,
  workspace: Samples.workspace,
  actor: Samples.owner,
  at: seq as Timestamp,
  event
})

const applied = (events: ReadonlyArray<Event>): State => {
  const state = new State()
  events.forEach((event, index) => state.apply(envelope(index + 1, event)))
  return state
}

const story: ReadonlyArray<Event> = [
  Samples.workspaceCreated(Samples.workspace),
  Samples.sourceDrafted("api"),
  Samples.sourceProbing("api"),
  { _tag: "SourceFailed", name: "api" as never, failure: { code: "timeout", message: "no answer" } },
  Samples.sourceProbing("api"),
  Samples.runOpened("a1"),
  { _tag: "ToolCallIntended", call: Samples.call("a1", "0001") },
  Samples.runEnded("a1")
]

describe("State", () => {
  it("is the same after going through a snapshot, at every point of a story", () => {
    for (let length = 0; length <= story.length; length++) {
      const direct = applied(story)
      const resumed = State.fromSnapshot(
        Schema.decodeUnknownSync(Snapshot)(JSON.parse(JSON.stringify(applied(story.slice(0, length)).snapshot())))
      )
      story.slice(length).forEach((event, index) => resumed.apply(envelope(length + index + 1, event)))
      assert.strictEqual(canonicalJson(resumed.snapshot()), canonicalJson(direct.snapshot()))
    }
  })

  it("refuses a gap in the sequence", () => {
    const state = applied(story)
    assert.throws(() => state.apply(envelope(story.length + 2, Samples.runEnded("a1"))), /cannot follow/)
  })

  it("drops a source's failure and needs when it is looked at again", () => {
    const failed = applied(story.slice(0, 4)).get(Samples.workspace, "source", "api")
    const again = applied(story.slice(0, 5)).get(Samples.workspace, "source", "api")
    assert.strictEqual(
      failed.pipe((row) => (row._tag === "Some" ? row.value.entity.failure?.code : undefined)),
      "timeout"
    )
    assert.isUndefined(again.pipe((row) => (row._tag === "Some" ? row.value.entity.failure : "missing")))
  })

  it("forgets the calls of the oldest ended runs first, then the runs, and the same after a snapshot", () => {
    const retention = { runs: 3, calls: 4, characters: 1_000_000 }
    const state = new State(retention)
    let seq = 0
    const run = (name: string, calls: number) => {
      state.apply(envelope(++seq, Samples.runOpened(name)))
      for (let n = 0; n < calls; n++)
        state.apply(envelope(++seq, { _tag: "ToolCallIntended", call: Samples.call(name, `000${n}`) }))
      state.apply(envelope(++seq, Samples.runEnded(name)))
    }
    const seen = (of: State) => [
      of.list(Samples.workspace, "run").map(({ entity }) => `${entity.id}`),
      of.list(Samples.workspace, "toolCall").map(({ entity }) => `${entity.run}`)
    ]
    run("a", 2)
    run("b", 2)
    run("c", 1)
    assert.deepStrictEqual(seen(state), [
      ["run_a", "run_b", "run_c"],
      ["run_b", "run_b", "run_c"]
    ])
    const resumed = State.fromSnapshot(state.snapshot(), retention)
    run("d", 0)
    assert.deepStrictEqual(seen(state), [
      ["run_b", "run_c", "run_d"],
      ["run_b", "run_b", "run_c"]
    ])
    for (const event of [Samples.runOpened("d"), Samples.runEnded("d")]) resumed.apply(envelope(resumed.seq + 1, event))
    assert.strictEqual(canonicalJson(resumed.snapshot()), canonicalJson(state.snapshot()))
  })

  it("keeps the record of runs that wrote much, but not what they wrote, and the same after a snapshot", () => {
    const retention = { runs: 1_000, calls: 1_000, characters: 100_000 }
    const run = (name: string): ReadonlyArray<Event> => [
      Samples.runOpened(name),
      { _tag: "ToolCallIntended", call: { ...Samples.call(name, `${name}1`), argumentsPreview: "p".repeat(2_000) } },
      { ...(Samples.runEnded(name) as Extract<Event, { readonly _tag: "RunEnded" }>), logs: ["l".repeat(20_000)] }
    ]
    const events = Array.from({ length: 50 }, (_, at) => run(`r${String(at).padStart(3, "0")}`)).flat()
    const state = new State(retention)
    events.forEach((event, index) => state.apply(envelope(index + 1, event)))
    const runs = state.list(Samples.workspace, "run").map(({ entity }) => entity)
    assert.strictEqual(runs.length, 50)
    assert.isBelow(JSON.stringify(state.snapshot()).length, 150_000)
    assert.deepStrictEqual([runs[0]?.status, runs[0]?.code, runs[0]?.logs.length], ["completed", "return 1", 1])
    assert.match(runs[0]!.logs[0]!, /no longer kept/)
    assert.strictEqual(runs.at(-1)?.logs[0]?.length, 20_000)
    assert.strictEqual(state.list(Samples.workspace, "toolCall", { run: runs.at(-1)!.id }).length, 1)

    const resumed = State.fromSnapshot(state.snapshot(), retention)
    run("z").forEach((event, index) => {
      for (const each of [state, resumed]) each.apply(envelope(events.length + index + 1, event))
    })
    assert.strictEqual(canonicalJson(resumed.snapshot()), canonicalJson(state.snapshot()))
  })

  it("never forgets what still runs", () => {
    const state = new State({ runs: 1, calls: 1, characters: 1_000_000 })
    const events: ReadonlyArray<Event> = [
      Samples.runOpened("old"),
      { _tag: "ToolCallIntended", call: Samples.call("old", "0001") },
      ...["x", "y", "z"].flatMap((name) => [Samples.runOpened(name), Samples.runEnded(name)])
    ]
    events.forEach((event, index) => state.apply(envelope(index + 1, event)))
    assert.deepStrictEqual(
      state.list(Samples.workspace, "run").map(({ entity }) => `${entity.id}`),
      ["run_old", "run_z"]
    )
    assert.strictEqual(state.list(Samples.workspace, "toolCall").length, 1)
  })

  it("ignores an event that names nothing", () => {
    const state = applied([Samples.sourceProbing("nobody")])
    assert.strictEqual(state.snapshot().rows.length, 0)
  })
})
