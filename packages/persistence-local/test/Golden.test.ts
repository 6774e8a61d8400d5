// Folders written by each released format open with the state they had; a newer one is refused.
import { assert, describe, it } from "@effect/vitest"
import { canonicalJson, EventEnvelope, sha256Hex, Snapshot } from "@executor-v2/schema"
import { Effect, Layer, Option, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { nodeDisk } from "../src/Disk.ts"
import { makeEventReader, type Upcasters } from "../src/EventFormat.ts"
import { inspect, LocalPersistence } from "../src/index.ts"
import { encodeManifest, readManifest } from "../src/Manifest.ts"
import { openFolder } from "../src/Opening.ts"
import { temporaryHome } from "./TemporaryFolder.ts"

const golden = path.join(import.meta.dirname, "golden")
const formats = fs.readdirSync(golden).filter((name) => name.startsWith("format-"))

const copyOf = (format: string) =>
  Effect.map(temporaryHome, (home) => {
    fs.cpSync(path.join(golden, format, "home"), home, { recursive: true })
    return home
  })

describe.each(formats)("a folder of %s", (format) => {
  const expected = JSON.parse(fs.readFileSync(path.join(golden, format, "expected.json"), "utf8")) as {
    readonly seq: number
    readonly state: string
  }

  it.effect("opens with the state that it was written with", () =>
    Effect.gen(function* () {
      const home = yield* copyOf(format)
      assert.deepInclude(inspect(home), { status: "torn", lastSequence: expected.seq, secretsProvider: "sealed-file" })
      const { torn } = yield* Effect.scoped(
        Effect.provide(LocalPersistence.LocalPersistence, Layer.fresh(LocalPersistence.layer({ home })))
      )
      assert.isTrue(Option.isSome(torn))
      const { state } = openFolder(nodeDisk, home)
      assert.strictEqual(state.seq, expected.seq)
      assert.strictEqual(sha256Hex(canonicalJson(state.snapshot())), expected.state)
    })
  )

  it("holds nothing that the schemas of today would not decode", () => {
    const home = path.join(golden, format, "home")
    Schema.decodeUnknownSync(Snapshot)(openFolder(nodeDisk, home).state.snapshot())
    let events = 0
    for (const name of fs.readdirSync(home).filter((file) => file.startsWith("events-"))) {
      for (const text of fs.readFileSync(path.join(home, name), "utf8").split("\n").slice(0, -1)) {
        const { s, e } = JSON.parse(text) as { readonly s: number; readonly e?: Record<string, unknown> }
        if (e !== undefined) Schema.decodeUnknownSync(EventEnvelope)({ ...e, seq: s })
        if (e !== undefined) events++
      }
    }
    assert.isAtLeast(events, expected.seq)
  })

  it.effect("is refused, untouched, once its manifest says a newer format", () =>
    Effect.gen(function* () {
      const home = yield* copyOf(format)
      const reading = readManifest(nodeDisk, home)
      if (reading._tag !== "Found") return assert.fail("no manifest")
      fs.writeFileSync(path.join(home, "MANIFEST.json"), encodeManifest({ ...reading.manifest, format: 99 }))
      const error = yield* Effect.flip(Effect.scoped(Layer.build(LocalPersistence.layer({ home }))))
      assert.strictEqual(error.reason._tag, "NewerFormat")
      assert.isFalse(fs.readdirSync(home).some((name) => name.includes(".torn-")))
    })
  )
})

describe("an event of an older version", () => {
  const today = {
    v: 1,
    workspace: "default",
    actor: { kind: "owner" },
    at: 5,
    event: { _tag: "SourceProbing", name: "a" }
  }
  const upcasters: Upcasters = new Map<number, (envelope: Record<string, unknown>) => Record<string, unknown>>([
    [-1, (envelope: Record<string, unknown>) => ({ ...envelope, actor: { kind: "owner" } })],
    [0, ({ what, ...envelope }: Record<string, unknown>) => ({ ...envelope, event: { _tag: what, name: "a" } })]
  ])
  const read = makeEventReader("/home", upcasters)

  it("is lifted version by version and then decoded", () => {
    const { actor, event, ...rest } = today
    assert.deepStrictEqual(read({ s: 7, d: 6, e: { ...rest, v: 0, actor, what: "SourceProbing" } }), {
      ...today,
      seq: 7
    } as never)
    assert.deepStrictEqual(read({ s: 7, d: 6, e: { ...rest, v: -1, what: "SourceProbing" } }), {
      ...today,
      seq: 7
    } as never)
  })

  it("is refused when what comes out is no event, and when no one can lift it", () => {
    const { event, ...rest } = today
    assert.throws(() => read({ s: 7, d: 6, e: { ...rest, v: 0, what: "NoSuchEvent" } }), /event 7/)
    assert.throws(() => read({ s: 7, d: 6, e: { ...rest, v: -2 } }), /version -2/)
    assert.throws(() => read({ s: 7, d: 6, e: rest as never }), /event 7/)
  })
})
