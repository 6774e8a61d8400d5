// What every ArtifactStore must do.
import { assert, layer as testLayer } from "@effect/vitest"
import { ArtifactHash, sha256Hex } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { ArtifactStore } from "../ArtifactStore.ts"

const bytes = (text: string) => new TextEncoder().encode(text)

export const suite = (adapter: string, store: Layer.Layer<ArtifactStore, unknown>) =>
  testLayer(store)(`${adapter}: ArtifactStore`, (it) => {
    it.effect("gives back what was put, under the SHA-256 of its content", () =>
      Effect.gen(function* () {
        const artifacts = yield* ArtifactStore
        const hash = yield* artifacts.put(bytes("content"))
        assert.strictEqual(hash, sha256Hex("content"))
        assert.deepStrictEqual(yield* artifacts.get(hash), bytes("content"))
        assert.deepStrictEqual(yield* artifacts.size(hash), Option.some(7))
      })
    )

    it.effect("accepts the same content again, also from many at once", () =>
      Effect.gen(function* () {
        const artifacts = yield* ArtifactStore
        const hashes = yield* Effect.forEach(Array.from({ length: 8 }), () => artifacts.put(bytes("twice")), {
          concurrency: "unbounded"
        })
        assert.strictEqual(new Set(hashes).size, 1)
      })
    )

    it.effect("reads a range, cut at the end", () =>
      Effect.gen(function* () {
        const artifacts = yield* ArtifactStore
        const hash = yield* artifacts.put(bytes("0123456789"))
        assert.deepStrictEqual(yield* artifacts.get(hash, { offset: 3, length: 4 }), bytes("3456"))
        assert.deepStrictEqual(yield* artifacts.get(hash, { offset: 8, length: 40 }), bytes("89"))
        assert.strictEqual((yield* artifacts.get(hash, { offset: 10, length: 1 })).length, 0)
      })
    )

    it.effect("says that an artifact is missing", () =>
      Effect.gen(function* () {
        const artifacts = yield* ArtifactStore
        const unknown = ArtifactHash.make("0".repeat(64))
        const error = yield* Effect.flip(artifacts.get(unknown))
        assert.strictEqual(error.reason, "missing")
        assert.isTrue(Option.isNone(yield* artifacts.size(unknown)))
      })
    )

    it.effect("keeps empty content", () =>
      Effect.gen(function* () {
        const artifacts = yield* ArtifactStore
        const hash = yield* artifacts.put(new Uint8Array())
        assert.strictEqual((yield* artifacts.get(hash)).length, 0)
      })
    )
  })
