// Writes a golden data folder of the current format, once per released format: node write.ts format-1
// It never changes one that is there. Every kind of event is in it, half of them in a snapshot, with a torn tail.
import { Journal, type Commit } from "@executor-v2/persistence-ports"
import * as Samples from "@executor-v2/persistence-ports/contract/Samples"
import { canonicalJson, Event, sha256Hex } from "@executor-v2/schema"
import { Arbitrary, Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { nodeDisk } from "../../src/Disk.ts"
import { LocalPersistence } from "../../src/index.ts"
import { openFolder } from "../../src/Opening.ts"

const target = path.join(import.meta.dirname, process.argv[2] ?? "")
if (process.argv[2] === undefined || fs.existsSync(target))
  throw new Error("name a golden folder that does not exist yet")

const story: ReadonlyArray<Event> = [
  Samples.workspaceCreated(Samples.workspace),
  Samples.sourceDrafted("petstore"),
  Samples.sourceProbing("petstore"),
  Samples.sourceDrafted("gone"),
  Samples.sourceRemoved("gone"),
  Samples.runOpened("one"),
  { _tag: "ToolCallIntended", call: Samples.call("one", "a") },
  Samples.runEnded("one"),
  Samples.runOpened("two")
]

const write = Effect.gen(function* () {
  const journal = yield* Journal
  const local = yield* LocalPersistence.LocalPersistence
  const commit = (...events: ReadonlyArray<Event>) =>
    journal.commit({
      workspace: Samples.workspace,
      actor: Samples.owner,
      events: events as unknown as Commit["events"]
    })
  yield* commit(...story)
  const kinds = Object.values(Event.cases)
  for (const [index, kind] of kinds.entries()) {
    if (index === kinds.length >> 1) yield* local.compact
    const samples = yield* Arbitrary.sampleEffect(Arbitrary.schema(kind), { seed: "golden", count: 2 })
    yield* commit(...samples)
  }
  yield* local.recordSecretsProvider("sealed-file")
})

const home = path.join(target, "home")
const options = { home, compactionWorker: "inline" } as const
await Effect.runPromise(Effect.scoped(Effect.provide(write, LocalPersistence.layer(options))))
const newest = path.join(home, "events-000002.jsonl")
const lines = fs.readFileSync(newest, "latin1").split("\n")
fs.appendFileSync(newest, lines[1]!.slice(0, 120), "latin1")
const { state } = openFolder(nodeDisk, home)
const expected = { seq: state.seq, state: sha256Hex(canonicalJson(state.snapshot())) }
fs.writeFileSync(path.join(target, "expected.json"), `${JSON.stringify(expected, undefined, 2)}\n`)
fs.rmSync(path.join(home, "lock.db"))
for (const name of ["", ...fs.readdirSync(home)]) fs.chmodSync(path.join(home, name), name === "" ? 0o755 : 0o644)
