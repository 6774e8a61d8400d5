// Artifacts of every size, whole and in parts, and what is left behind when storing one goes wrong.
import { assert, describe, it } from "@effect/vitest"
import { ArtifactStore } from "@executor-v2/persistence-ports"
import { sha256Hex } from "@executor-v2/schema"
import * as Samples from "@executor-v2/persistence-ports/contract/Samples"
import { Effect, Layer, Option, Result } from "effect"
import { ConvexPersistence } from "../src/index.ts"
import { inlineBytes, pieceBytes, spanOf, touchedBy } from "../src/Pieces.ts"
import { callingContext, contextLayer, deploy, portsOver, rowsOf } from "./Deployment.ts"

/** Content in which every stretch differs. */
const contentOf = (size: number, salt = 0): Uint8Array => {
  const content = new Uint8Array(size)
  for (let at = 0; at < size; at++) content[at] = (at * 31 + (at >> 8) * 7 + (at >> 16) + salt) & 255
  return content
}

const sizes = [0, 1, inlineBytes - 1, inlineBytes, inlineBytes + 1, pieceBytes, pieceBytes + 1, 5 * pieceBytes]

/** Ranges at the edges of the content and of its pieces, across them and beyond the end. */
const rangesOf = (size: number): ReadonlyArray<readonly [offset: number, length: number]> => [
  [0, 0],
  [0, 10],
  [Math.max(0, size - 1), 1],
  [Math.max(0, size - 1), 100],
  [size, 1],
  [0, size + 10],
  [pieceBytes - 1, 1],
  [pieceBytes - 1, 2],
  [pieceBytes, 1],
  [pieceBytes - 5, 2 * pieceBytes + 10],
  [2 * pieceBytes, pieceBytes]
]

describe("an artifact", () => {
  for (const size of sizes) {
    it.effect(`of ${size} bytes comes back whole and in ranges`, () =>
      Effect.gen(function* () {
        const { deployment } = deploy()
        const content = contentOf(size)
        yield* Effect.gen(function* () {
          const artifacts = yield* ArtifactStore
          const hash = yield* artifacts.put(content)
          assert.strictEqual(hash, sha256Hex(content))
          assert.isTrue(Buffer.from(yield* artifacts.get(hash)).equals(content))
          assert.deepStrictEqual(yield* artifacts.size(hash), Option.some(size))
          for (const [offset, length] of rangesOf(size)) {
            const part = yield* artifacts.get(hash, { offset, length })
            assert.isTrue(Buffer.from(part).equals(content.subarray(offset, offset + length)), `${offset}+${length}`)
          }
        }).pipe(Effect.provide(portsOver(deployment)))
        const files = yield* rowsOf(deployment, "_storage")
        assert.lengthOf(files, size <= inlineBytes ? 0 : Math.ceil(size / pieceBytes))
      })
    )
  }

  it.effect("is read in a range by fetching only the pieces that the range touches", () =>
    Effect.gen(function* () {
      const { deployment } = deploy()
      const ctx = callingContext(deployment)
      let fetched = 0
      const storage = {
        ...ctx.storage,
        get: (id: never) => {
          fetched++
          return ctx.storage.get(id)
        }
      }
      yield* Effect.gen(function* () {
        const artifacts = yield* ArtifactStore
        const hash = yield* artifacts.put(contentOf(5 * pieceBytes))
        yield* artifacts.get(hash, { offset: 2 * pieceBytes + 10, length: 1_000 })
        assert.strictEqual(fetched, 1)
        yield* artifacts.get(hash, { offset: 3 * pieceBytes - 1, length: 2 })
        assert.strictEqual(fetched, 3)
      }).pipe(
        Effect.provide(
          Layer.provide(ConvexPersistence.layer(Samples.workspace), contextLayer({ ...ctx, storage } as never))
        )
      )
    })
  )

  it.effect("that many store at once is one row, and the losers' files go", () =>
    Effect.gen(function* () {
      const { deployment } = deploy()
      const content = contentOf(2 * pieceBytes)
      yield* Effect.gen(function* () {
        const artifacts = yield* ArtifactStore
        const [hash] = yield* Effect.forEach(Array.from({ length: 4 }), () => artifacts.put(content), {
          concurrency: "unbounded"
        })
        assert.isTrue(Buffer.from(yield* artifacts.get(hash!)).equals(content))
      }).pipe(Effect.provide(portsOver(deployment)))
      assert.lengthOf(yield* rowsOf(deployment, "artifacts"), 1)
      assert.lengthOf(yield* rowsOf(deployment, "_storage"), 2)
    })
  )

  it.effect("that could not be stored whole leaves nothing behind", () =>
    Effect.gen(function* () {
      const { deployment } = deploy()
      const ctx = callingContext(deployment)
      let stored = 0
      const storage = {
        ...ctx.storage,
        store: (blob: Blob) => (++stored > 2 ? Promise.reject(new Error("no more room")) : ctx.storage.store(blob))
      }
      const result = yield* ArtifactStore.use((artifacts) => artifacts.put(contentOf(5 * pieceBytes))).pipe(
        Effect.result,
        Effect.provide(
          Layer.provide(ConvexPersistence.layer(Samples.workspace), contextLayer({ ...ctx, storage } as never))
        )
      )
      assert.isTrue(Result.isFailure(result) && result.failure.reason === "unavailable")
      assert.isEmpty(yield* rowsOf(deployment, "artifacts"))
      assert.isEmpty(yield* rowsOf(deployment, "_storage"))
    })
  )

  it.effect("that lost a piece says so, and is whole again when it is stored again", () =>
    Effect.gen(function* () {
      const { deployment } = deploy()
      const content = contentOf(3 * pieceBytes)
      yield* Effect.gen(function* () {
        const artifacts = yield* ArtifactStore
        const hash = yield* artifacts.put(content)
        const files = yield* rowsOf(deployment, "_storage")
        yield* Effect.promise(() => deployment.run((ctx) => ctx.storage.delete(files[1]!["_id"] as never)))
        const error = yield* Effect.flip(artifacts.get(hash))
        assert.strictEqual(error.reason, "corrupt")
        assert.include(error.message, "refresh its source")
        yield* artifacts.put(content)
        assert.isTrue(Buffer.from(yield* artifacts.get(hash)).equals(content))
      }).pipe(Effect.provide(portsOver(deployment)))
      assert.lengthOf(yield* rowsOf(deployment, "artifacts"), 1)
    })
  )

  it.effect("is not looked for under something that is no hash", () =>
    Effect.gen(function* () {
      const artifacts = yield* ArtifactStore
      const error = yield* Effect.flip(artifacts.get("../../etc/passwd" as never))
      assert.strictEqual(error.reason, "missing")
      assert.notInclude(error.message, "passwd")
      assert.isTrue(Option.isNone(yield* artifacts.size("$where" as never)))
    }).pipe(Effect.provide(portsOver(deploy().deployment)))
  )
})

describe("a range", () => {
  it("touches no piece that it needs nothing of", () => {
    assert.deepStrictEqual(touchedBy(spanOf(5 * pieceBytes, { offset: pieceBytes, length: pieceBytes })), {
      first: 1,
      end: 2
    })
    assert.deepStrictEqual(touchedBy(spanOf(10, { offset: 10, length: 5 })), { first: 0, end: 0 })
    assert.deepStrictEqual(spanOf(10, { offset: -3, length: 4.7 }), { offset: 0, length: 4 })
  })
})
