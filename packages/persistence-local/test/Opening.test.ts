// Which folders open, which are refused with what advice, and what the doctor reads in them without the daemon.
import { assert, describe, it } from "@effect/vitest"
import { Journal, Views, type Commit } from "@executor-v2/persistence-ports"
import * as Samples from "@executor-v2/persistence-ports/contract/Samples"
import { Effect, Exit, Layer, Option, Scope } from "effect"
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { createInterface } from "node:readline"
import {
  decodeDataFolderError,
  encodeDataFolderError,
  StateTooLarge,
  toDataFolderError
} from "../src/DataFolderError.ts"
import { nodeDisk, type Disk } from "../src/Disk.ts"
import { inspect, LocalPersistence, type Inspection } from "../src/index.ts"
import { encodeManifest, firstManifest } from "../src/Manifest.ts"
import { makeBatchEncoder } from "../src/WalLine.ts"
import { decodeHeader, headerBytes } from "../src/Segment.ts"
import { temporaryHome } from "./TemporaryFolder.ts"
import { vi } from "vitest"

// Real files and processes on a shared machine.
vi.setConfig({ testTimeout: 30_000 })

const child = path.join(import.meta.dirname, "Child.ts")
const segment = (home: string) => path.join(home, "events-000001.jsonl")
const manifest = (home: string) => path.join(home, "MANIFEST.json")

type Options = Omit<LocalPersistence.LocalPersistenceOptions, "home">

const opening = (home: string, options: Options = {}) => Layer.fresh(LocalPersistence.layer({ home, ...options }))
const refusal = (home: string) => Effect.flip(Effect.scoped(Layer.build(opening(home))))

const step = (...names: ReadonlyArray<string>): Commit => ({
  workspace: Samples.workspace,
  actor: Samples.owner,
  events: names.map(Samples.sourceDrafted) as unknown as Commit["events"]
})
const commit = (...names: ReadonlyArray<string>) => Journal.use((journal) => journal.commit(step(...names)))
const sources = Views.use((views) =>
  Effect.map(views.list(Samples.workspace, "source"), (rows) => rows.map(({ entity }) => entity.name as string))
)

const within = <A, E>(
  home: string,
  use: Effect.Effect<A, E, Journal | Views | LocalPersistence.LocalPersistence>,
  options?: Options
) => Effect.scoped(Effect.provide(use, opening(home, options)))

/** Writes without the clean end: the lock is let go, but no mark is written, as after a kill. */
const withoutMark = (home: string, names: ReadonlyArray<string>) =>
  Effect.sync(() => {
    const bytes = fs.readFileSync(segment(home))
    const { salt } = decodeHeader(bytes.subarray(0, headerBytes - 1))!
    const body = bytes.subarray(0, bytes.lastIndexOf(0x0a, bytes.length - 2) + 1)
    assert.include(bytes.subarray(body.length).toString(), `"mark":true`)
    const last = JSON.parse(body.subarray(body.lastIndexOf(0x0a, body.length - 2) + 1).toString()) as { s: number }
    const json = (name: string) =>
      JSON.stringify({ v: 1, workspace: "default", actor: Samples.owner, at: 1, event: Samples.sourceDrafted(name) })
    const lines = names.map((name, index) => ({ s: last.s + 1 + index, n: 0, json: json(name) }))
    fs.writeFileSync(segment(home), Buffer.concat([body, makeBatchEncoder()(lines, last.s, salt)]))
  })

/** Everything in a folder, to show that looking and refusing change nothing. */
const contents = (home: string) =>
  fs
    .readdirSync(home)
    .filter((name) => name !== "lock.db")
    .map((name) => [name, fs.readFileSync(path.join(home, name), "latin1")])

/** The folder is refused with this reason, says why in `inspect`, and is left as it was. */
const refuses = Effect.fnUntraced(function* (home: string, reason: string, message: RegExp) {
  const before = contents(home)
  const error = yield* refusal(home)
  assert.strictEqual(error.reason._tag, reason)
  assert.match(error.message, message)
  const inspection: Inspection = inspect(home)
  assert.strictEqual(inspection.status, "refused")
  assert.isString(inspection.problem)
  assert.deepStrictEqual(contents(home), before)
  return inspection
})

const flip = (file: string, position: number) => {
  const bytes = fs.readFileSync(file)
  bytes[position]! ^= 4
  fs.writeFileSync(file, bytes)
}

describe("a data folder", () => {
  it.effect("is created for this user only, with private files, and reopened with all that was committed", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      assert.strictEqual(inspect(home).status, "absent")
      yield* within(home, Effect.andThen(commit("a", "b"), commit("c")))
      assert.strictEqual(fs.statSync(home).mode & 0o777, 0o700)
      for (const name of fs.readdirSync(home))
        assert.strictEqual(fs.statSync(path.join(home, name)).mode & 0o777, 0o600, name)
      assert.deepStrictEqual(yield* within(home, sources), ["a", "b", "c"])
      const inspection = inspect(home)
      assert.deepInclude(inspection, { status: "sound", manifest: "Found", format: 1, lastSequence: 3 })
      assert.deepInclude(inspection.lock, { held: false })
      assert.isAbove(inspection.freeBytes ?? 0, 0)
    })
  )

  it.effect("stays empty but for the lock until something is committed", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      yield* within(home, Effect.void)
      assert.deepStrictEqual(fs.readdirSync(home), ["lock.db"])
      assert.strictEqual(inspect(home).status, "sound")
    })
  )

  it.effect("takes others' access away from a folder that was open to them", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      fs.mkdirSync(home, { mode: 0o755 })
      yield* within(home, commit("a"))
      assert.strictEqual(fs.statSync(home).mode & 0o777, 0o700)
    })
  )

  it.effect("is refused when it is a link, a file, or someone else's", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      fs.writeFileSync(home, "a file")
      assert.match((yield* refusal(home)).message, /not a folder.*EXECUTOR_HOME/)
      assert.strictEqual(inspect(home).status, "refused")
      fs.rmSync(home)
      fs.mkdirSync(`${home}-real`)
      fs.symlinkSync(`${home}-real`, home)
      assert.match((yield* refusal(home)).message, /symbolic link/)
      assert.deepStrictEqual(fs.readdirSync(`${home}-real`), [])
      const foreign: Disk = {
        ...nodeDisk,
        entry: (file) => {
          const found = nodeDisk.entry(file)
          return found && { ...found, uid: found.uid + 1 }
        }
      }
      const error = yield* Effect.flip(Effect.scoped(Layer.build(opening(`${home}-real`, { disk: foreign }))))
      assert.match(error.message, /belongs to user/)
    })
  )

  it.effect("is refused at once where no folder can be made", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      fs.writeFileSync(home, "a file")
      const inside = [path.join(home, "x"), path.join(home, "x/y/z")]
      // There the system answers as if the folder above were missing, for ever.
      const kernel = process.platform === "linux" ? ["/proc/x", "/proc/x/y", "/sys/x"] : []
      for (const place of [...inside, ...kernel]) {
        const error = yield* refusal(place)
        assert.strictEqual(error.reason._tag, "Unsuitable")
        assert.match(error.message, /cannot be created: .*Choose another folder with EXECUTOR_HOME/)
        const { problem, status } = inspect(place)
        assert.strictEqual(status, "refused")
        assert.include(problem, "cannot be created")
      }
      for (const place of kernel) assert.throws(() => nodeDisk.makeFolder(place))
    })
  )

  it.effect("is made with the folders above it, all for this user only", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      const deep = path.join(home, "a/b/c")
      yield* within(deep, commit("a"))
      for (const folder of [home, path.dirname(deep), deep]) assert.strictEqual(fs.statSync(folder).mode & 0o777, 0o700)
    })
  )

  it.effect("that cannot be written to is refused, not half-used", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      fs.mkdirSync(home, { mode: 0o500 })
      if (process.getuid?.() === 0) {
        fs.chmodSync(path.dirname(home), 0o755)
        fs.chownSync(home, 65534, 65534)
      }
      const { stdout } = spawnSync(process.execPath, [child, home, "hold-as-nobody"], { encoding: "utf8" })
      assert.match(stdout, /failed .*cannot be written to.*EXECUTOR_HOME/)
    })
  )
})

describe("a folder that another process has", () => {
  it.effect("is refused with its holder named, and opens as soon as that one is killed", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      const holder = spawn(process.execPath, [child, home, "hold"], { stdio: ["ignore", "pipe", "inherit"] })
      yield* Effect.promise(
        () => new Promise((resolve) => createInterface({ input: holder.stdout }).once("line", resolve))
      )
      const unnamed = yield* refusal(home)
      assert.strictEqual(unnamed.reason._tag, "Held")
      assert.include(unnamed.message, "another process")
      fs.writeFileSync(path.join(home, "daemon.json"), JSON.stringify({ pid: holder.pid, port: 7411 }))
      const named = yield* refusal(home)
      assert.include(named.message, `process id ${holder.pid}, port 7411`)
      assert.include(named.message, "executor pm stop")
      assert.deepStrictEqual(inspect(home).lock, { held: true, pid: holder.pid!, port: 7411 })
      assert.strictEqual((yield* refusal(home)).reason._tag, "Held")
      const gone = new Promise((resolve) => holder.once("exit", resolve))
      holder.kill("SIGKILL")
      yield* Effect.promise(() => gone)
      assert.isFalse(inspect(home).lock.held)
      yield* within(home, commit("mine"))
    })
  )

  it.effect("is refused inside the same process too", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      const error = yield* within(home, refusal(home))
      assert.strictEqual(error.reason._tag, "Held")
    })
  )
})

describe("a torn tail", () => {
  it.effect("is set aside byte for byte, told, and written over", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      yield* within(home, commit("a"))
      yield* withoutMark(home, ["b"])
      fs.appendFileSync(segment(home), "half a li")
      assert.deepInclude(inspect(home), { status: "torn", lastSequence: 2 })
      const torn = yield* within(
        home,
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* sources, ["a", "b"])
          yield* commit("c")
          return (yield* LocalPersistence.LocalPersistence).torn
        })
      )
      assert.strictEqual(fs.readFileSync(path.join(home, Option.getOrThrow(torn)), "utf8"), "half a li")
      assert.deepStrictEqual(yield* within(home, sources), ["a", "b", "c"])
      const inspection = inspect(home)
      assert.deepStrictEqual(inspection.torn, [{ file: Option.getOrThrow(torn), bytes: 9 }])
      assert.strictEqual(inspection.status, "sound")
    })
  )

  it.effect("of a segment that was just being created costs nothing", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      yield* within(home, commit("a"))
      fs.writeFileSync(path.join(home, "events-000002.jsonl"), `{"c":"0123`)
      assert.deepStrictEqual(yield* within(home, Effect.andThen(commit("b"), sources)), ["a", "b"])
      assert.deepStrictEqual(yield* within(home, sources), ["a", "b"])
    })
  )
})

describe("damage to what was acknowledged", () => {
  it.effect("in a segment is refused with the file and the byte", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      yield* within(home, Effect.andThen(commit("a"), commit("b")))
      flip(segment(home), headerBytes + 30)
      const { firstDamage } = yield* refuses(
        home,
        "Damaged",
        /events-000001.jsonl is damaged at byte 160.*executor doctor/
      )
      assert.deepInclude(firstDamage, { file: "events-000001.jsonl", offset: headerBytes })
    })
  )

  it.effect("in the very last event is refused too, because a mark was written at the clean end", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      yield* within(home, commit("a"))
      flip(segment(home), headerBytes + 30)
      yield* refuses(home, "Damaged", /knows of event 1 on disk/)
    })
  )

  it.effect("in the last event is refused after a moment of idleness, without a clean end", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      const scope = yield* Scope.make()
      const context = yield* Scope.provide(Layer.build(opening(home, { idleMillis: 1 })), scope)
      yield* Effect.provide(commit("a"), context)
      yield* Effect.promise(async () => {
        while (!fs.readFileSync(segment(home), "utf8").includes(`"mark":true`)) await new Promise(setImmediate)
      })
      const copy = `${home}-copy`
      fs.cpSync(home, copy, { recursive: true, filter: (file) => !file.endsWith("lock.db") })
      yield* Scope.close(scope, Exit.void)
      flip(segment(copy), headerBytes + 30)
      yield* refuses(copy, "Damaged", /damaged at byte 160/)
    })
  )

  it.effect("in the manifest, or its loss, is refused", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      yield* within(home, commit("a"))
      flip(manifest(home), 20)
      yield* refuses(home, "Damaged", /MANIFEST.json/)
      fs.rmSync(manifest(home))
      yield* refuses(home, "Damaged", /MANIFEST.json.*no such file/)
    })
  )

  it.effect("in a snapshot, or the loss of a file that the manifest names, is refused", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      const compact = LocalPersistence.LocalPersistence.use((local) => local.compact)
      yield* within(home, Effect.andThen(commit("a"), compact))
      const snapshot = path.join(home, "snapshot-000001.json")
      const bytes = fs.readFileSync(snapshot)
      flip(snapshot, bytes.length - 20)
      yield* refuses(home, "Damaged", /snapshot-000001.json is damaged/)
      fs.rmSync(snapshot)
      yield* refuses(home, "Damaged", /snapshot-000001.json.*no such file/)
      fs.writeFileSync(snapshot, bytes)
      fs.rmSync(path.join(home, "events-000002.jsonl"))
      yield* refuses(home, "Damaged", /events-000002.jsonl.*no such file/)
    })
  )
})

describe("a compaction that meets damage", () => {
  for (const compactionWorker of ["thread", "inline"] as const) {
    it.effect(`says which file, changes nothing, and leaves the journal at work (${compactionWorker})`, () =>
      Effect.gen(function* () {
        const home = yield* temporaryHome
        const compact = LocalPersistence.LocalPersistence.use((local) => local.compact)
        const work = Effect.gen(function* () {
          yield* commit("a")
          flip(segment(home), headerBytes + 40)
          const error = yield* Effect.flip(compact)
          assert.strictEqual(error.reason._tag, "Damaged")
          assert.include(error.message, "events-000001.jsonl is damaged at byte")
          yield* commit("b")
          assert.deepStrictEqual(yield* sources, ["a", "b"])
        })
        yield* within(home, work, compactionWorker === "inline" ? { compactionWorker } : {})
        assert.isFalse(fs.existsSync(path.join(home, "snapshot-000001.json")))
      })
    )
  }

  it("comes back from its thread with its reason", () => {
    for (const reason of [
      new StateTooLarge({ bytes: Option.some(600), limit: 500 }),
      new StateTooLarge({ bytes: Option.none(), limit: 500 })
    ]) {
      const error = toDataFolderError("/home", reason)
      const back = decodeDataFolderError(JSON.parse(JSON.stringify(encodeDataFolderError(error))))
      assert.strictEqual(back.message, error.message)
      assert.strictEqual(back.reason._tag, "StateTooLarge")
    }
    // Whatever was thrown, there is an error to tell.
    assert.include(toDataFolderError("/home", Object.create(null)).message, "the file system failed")
  })
})

describe("a damaged snapshot", () => {
  const compact = LocalPersistence.LocalPersistence.use((local) => local.compact)
  const used = <A, E>(home: string, use: Effect.Effect<A, E, Journal | Views | LocalPersistence.LocalPersistence>) =>
    within(home, use, { compactionWorker: "inline" })
  const damage = (home: string, name: string) =>
    Effect.sync(() => flip(path.join(home, name), fs.statSync(path.join(home, name)).size - 20))

  it.effect("of which the generation before is whole comes with the way back, which loses nothing", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      yield* used(home, Effect.all([commit("a"), compact, commit("b"), compact, commit("c")]))
      yield* damage(home, "snapshot-000002.json")
      const { fallback, problem } = yield* refuses(home, "Damaged", /snapshot-000002.json is damaged/)
      assert.match(problem!, /snapshot-000002.json, which MANIFEST.json names, cannot be read: damaged at byte/)
      assert.isDefined(fallback)
      assert.strictEqual(fallback.lastSequence, 3)
      // Opening never takes it by itself: a person does, and then everything is there.
      fs.writeFileSync(manifest(home), `${fallback.manifest}\n`)
      assert.strictEqual(inspect(home).status, "sound")
      assert.deepStrictEqual(yield* used(home, Effect.andThen(commit("d"), sources)), ["a", "b", "c", "d"])
      yield* used(home, compact)
      assert.deepStrictEqual(yield* used(home, sources), ["a", "b", "c", "d"])
    })
  )

  it.effect("that is the first, or lost, goes back to the journal alone", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      yield* used(home, Effect.all([commit("a"), compact, commit("b")]))
      fs.rmSync(path.join(home, "snapshot-000001.json"))
      const { fallback } = yield* refuses(home, "Damaged", /snapshot-000001.json.*no such file/)
      fs.writeFileSync(manifest(home), `${fallback!.manifest}\n`)
      assert.deepStrictEqual(yield* used(home, sources), ["a", "b"])
    })
  )

  it.effect("keeps the vault's name on the way back", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      const record = LocalPersistence.LocalPersistence.use((local) => local.recordSecretsProvider("keychain"))
      yield* used(home, Effect.all([record, commit("a"), compact]))
      yield* damage(home, "snapshot-000001.json")
      fs.writeFileSync(manifest(home), `${inspect(home).fallback!.manifest}\n`)
      assert.strictEqual(inspect(home).secretsProvider, "keychain")
    })
  )

  it.effect("has no way back when the generation before is damaged too", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      yield* used(home, Effect.all([commit("a"), compact, commit("b"), compact, commit("c")]))
      yield* damage(home, "snapshot-000002.json")
      const older = fs.readFileSync(path.join(home, "snapshot-000001.json"))
      yield* damage(home, "snapshot-000001.json")
      assert.isUndefined((yield* refuses(home, "Damaged", /snapshot-000002/)).fallback)
      fs.writeFileSync(path.join(home, "snapshot-000001.json"), older)
      assert.isDefined(inspect(home).fallback)
      flip(path.join(home, "events-000002.jsonl"), headerBytes + 40)
      assert.isUndefined(inspect(home).fallback)
    })
  )
})

describe("a folder of a newer version", () => {
  it.effect("is refused by its manifest, its snapshot's schema or one event, and left as it is", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      yield* within(home, commit("a"))
      fs.writeFileSync(manifest(home), encodeManifest({ ...firstManifest, format: 2 }))
      yield* refuses(home, "NewerFormat", /version 2.*reads up to 1.*Update the program/)
      fs.writeFileSync(manifest(home), encodeManifest(firstManifest))
      const bytes = fs.readFileSync(segment(home))
      const { salt } = decodeHeader(bytes.subarray(0, headerBytes - 1))!
      const withEvent = (e: unknown) => {
        const line = makeBatchEncoder()([{ s: 1, n: 0, json: JSON.stringify(e) }], 0, salt)
        fs.writeFileSync(segment(home), Buffer.concat([bytes.subarray(0, headerBytes), line]))
      }
      withEvent({ v: 2, event: {} })
      yield* refuses(home, "NewerFormat", /event 1 has version 2/)
      withEvent({ v: 1, event: { _tag: "SomethingNew" } })
      yield* refuses(home, "UnknownEvent", /event 1 .*SomethingNew/)
      withEvent({ v: 0, event: {} })
      yield* refuses(home, "UnknownEvent", /version 0/)
    })
  )
})

describe("the vault's name", () => {
  it.effect("is recorded once, survives compaction and restarts, and never changes silently", () =>
    Effect.gen(function* () {
      const home = yield* temporaryHome
      const local = LocalPersistence.LocalPersistence
      yield* within(
        home,
        Effect.gen(function* () {
          const { secretsProvider, recordSecretsProvider, compact } = yield* local
          assert.isTrue(Option.isNone(yield* secretsProvider))
          yield* recordSecretsProvider("sealed-file")
          yield* commit("a")
          yield* compact
        })
      )
      yield* within(
        home,
        Effect.gen(function* () {
          const { secretsProvider, recordSecretsProvider } = yield* local
          assert.deepStrictEqual(yield* secretsProvider, Option.some("sealed-file"))
          yield* recordSecretsProvider("sealed-file")
          const error = yield* Effect.flip(recordSecretsProvider("keychain"))
          assert.strictEqual(error.reason._tag, "ProviderChanged")
        })
      )
      assert.strictEqual(inspect(home).secretsProvider, "sealed-file")
    })
  )
})

describe("files removed under a process that uses them", () => {
  for (const name of ["lock.db", "events-000001.jsonl"]) {
    it.effect(`stop the journal instead of acknowledging into nowhere: ${name}`, () =>
      Effect.gen(function* () {
        const home = yield* temporaryHome
        yield* within(home, commit("kept"))
        yield* within(
          home,
          Effect.gen(function* () {
            fs.rmSync(path.join(home, name))
            const failure = yield* Effect.flip(commit("lost"))
            assert.include(failure.message, `${name} was removed or replaced`)
            assert.deepStrictEqual(yield* sources, ["kept"])
            const { stopped } = yield* LocalPersistence.LocalPersistence
            assert.include((yield* stopped).detail, name)
          })
        )
      })
    )
  }
})
