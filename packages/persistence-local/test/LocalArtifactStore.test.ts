// What the contract cannot see: rot is found, ids never leave the folder, and a failed put leaves nothing behind.
import { assert, it } from "@effect/vitest"
import type { ArtifactHash } from "@executor-v2/schema"
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { nodeDisk, type Disk } from "../src/Disk.ts"
import { makeLocalArtifactStore } from "../src/LocalArtifactStore.ts"
import { temporaryHome } from "./TemporaryFolder.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

const makeStore = (disk: Disk = nodeDisk) =>
  Effect.map(temporaryHome, (home) => {
    fs.mkdirSync(home)
    return { home, store: makeLocalArtifactStore(disk, home) }
  })

const fileOf = (home: string, hash: string) => path.join(home, "artifacts/sha256", hash.slice(0, 2), hash)

it.effect("finds rot in a whole read, and heals it when the content is put again", () =>
  Effect.gen(function* () {
    const { home, store } = yield* makeStore()
    const hash = yield* store.put(bytes("content"))
    assert.strictEqual(fs.statSync(fileOf(home, hash)).mode & 0o777, 0o600)
    fs.writeFileSync(fileOf(home, hash), "c0ntent")
    const error = yield* Effect.flip(store.get(hash))
    assert.strictEqual(error.reason, "corrupt")
    yield* store.put(bytes("content"))
    assert.deepStrictEqual(yield* store.get(hash), Buffer.from("content"))
  })
)

it.effect("takes ids that are no hashes for missing and never looks outside its folder", () =>
  Effect.gen(function* () {
    const { home, store } = yield* makeStore()
    fs.writeFileSync(path.join(home, "token"), "secret")
    for (const id of ["../../token", "..\\..\\token", `${"a".repeat(63)}/`, "A".repeat(64), ""]) {
      assert.strictEqual((yield* Effect.flip(store.get(id as ArtifactHash))).reason, "missing")
      assert.isTrue(Option.isNone(yield* store.size(id as ArtifactHash)))
    }
  })
)

it.effect("leaves nothing behind when the disk is full, and says what to do", () =>
  Effect.gen(function* () {
    const full: Disk = {
      ...nodeDisk,
      storeLater: async (file, content) => {
        await nodeDisk.storeLater(file, content.subarray(0, 2))
        throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" })
      }
    }
    const { home, store } = yield* makeStore(full)
    const error = yield* Effect.flip(store.put(bytes("content")))
    assert.strictEqual(error.reason, "unavailable")
    assert.include(error.message, "free some space")
    const left = fs.readdirSync(path.join(home, "artifacts"), { recursive: true, withFileTypes: true })
    assert.deepStrictEqual(
      left.filter((entry) => entry.isFile()),
      []
    )
  })
)

it.effect("keeps large content", () =>
  Effect.gen(function* () {
    const { store } = yield* makeStore()
    const content = new Uint8Array(3_000_000).map((_, index) => index * 31)
    const hash = yield* store.put(content)
    assert.deepStrictEqual(Buffer.compare(yield* store.get(hash), content), 0)
    assert.deepStrictEqual(
      Array.from(yield* store.get(hash, { offset: 2_999_998, length: 9 })),
      Array.from(content.slice(-2))
    )
  })
)
