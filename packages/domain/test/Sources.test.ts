// Sources, policies and workspaces on the ports: who may do what, and what two at once come to.
import { assert, describe, it } from "@effect/vitest"
import { MemoryPersistence, Views } from "@executor-v2/persistence-ports"
import {
  ArtifactHash,
  PolicyPattern,
  SourceName,
  Timestamp,
  ToolPath,
  type Actor,
  type SourceLocation
} from "@executor-v2/schema"
import { Effect, Layer, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import { defaultWorkspace as workspace, Policies, Sources, Workspaces } from "../src/index.ts"

const owner: Actor = { kind: "owner" }
const agent: Actor = { kind: "agent" }
const house = Layer.provideMerge(
  Layer.mergeAll(Sources.layer, Policies.layer, Workspaces.layer),
  MemoryPersistence.layer
)
const name = SourceName.make("shop")
const location: SourceLocation = { _tag: "Url", url: "https://shop.example/openapi.json" }
const request = { workspace, actor: owner, name, location }
const failed = { _tag: "SourceFailed", name, failure: { code: "timeout", message: "no answer" } } as const

describe("a source's name", () => {
  it.effect("belongs to one of many who ask at once", () =>
    Effect.gen(function* () {
      const sources = yield* Sources
      const results = yield* Effect.forEach(Array.from({ length: 10 }), () => Effect.result(sources.draft(request)), {
        concurrency: "unbounded"
      })
      assert.strictEqual(results.filter(Result.isSuccess).length, 1)
      const refused = results.find(Result.isFailure)
      assert.include(refused?.failure.message ?? "", "--name")
    }).pipe(Effect.provide(house))
  )

  it.effect("is free again after a registration that failed", () =>
    Effect.gen(function* () {
      const sources = yield* Sources
      yield* sources.draft(request)
      yield* sources.move(workspace, owner, { _tag: "SourceProbing", name })
      yield* sources.move(workspace, owner, failed)
      assert.strictEqual((yield* sources.draft(request)).state, "draft")
    }).pipe(Effect.provide(house))
  )

  it.effect("stays a human's when a registration of theirs failed", () =>
    Effect.gen(function* () {
      const sources = yield* Sources
      yield* sources.draft(request)
      yield* sources.move(workspace, owner, { _tag: "SourceProbing", name })
      yield* sources.move(workspace, owner, failed)
      const refused = yield* Effect.flip(
        sources.draft({ ...request, actor: agent, location: { _tag: "Url", url: "https://evil.example" } })
      )
      assert.strictEqual(refused._tag === "Refused" ? refused.code : "", "name_taken")
    }).pipe(Effect.provide(house))
  )

  it.effect("brings no tools along when another address takes it", () =>
    Effect.gen(function* () {
      const sources = yield* Sources
      const views = yield* Views
      yield* sources.draft(request)
      yield* sources.move(workspace, owner, { _tag: "SourceProbing", name })
      const hash = ArtifactHash.make("0".repeat(64))
      yield* sources.move(workspace, owner, failed, [
        {
          _tag: "ToolsCompiled",
          artifact: {
            source: name,
            version: "1",
            index: hash,
            search: hash,
            records: hash,
            toolCount: 1,
            compiledAt: Timestamp.make(1)
          }
        }
      ])
      yield* sources.draft({ ...request, location: { _tag: "Url", url: "https://other.example" } })
      assert.isTrue(Option.isNone(yield* views.get(workspace, "toolArtifact", name)))
    }).pipe(Effect.provide(house))
  )

  it.effect("is moved only by whoever drives the source that has it now", () =>
    Effect.gen(function* () {
      const sources = yield* Sources
      const first = yield* sources.draft({ ...request, actor: agent })
      yield* sources.move(workspace, agent, { _tag: "SourceProbing", name }, [], first)
      yield* sources.remove(workspace, agent, name)
      yield* TestClock.adjust(1)
      yield* sources.draft(request)
      yield* sources.move(workspace, owner, { _tag: "SourceProbing", name })
      const late = yield* Effect.flip(sources.move(workspace, agent, failed, [], first))
      assert.strictEqual(late._tag === "Refused" ? late.code : "", "busy")
    }).pipe(Effect.provide(house))
  )

  it.effect("is not taken for an address that holds a password, or is none", () =>
    Effect.gen(function* () {
      const sources = yield* Sources
      for (const url of ["https://me:hunter2@shop.example", "file:///etc/passwd", "shop"]) {
        const refused = yield* Effect.flip(sources.draft({ ...request, location: { _tag: "Url", url } }))
        assert.strictEqual(refused._tag === "Refused" ? refused.code : "", "invalid")
        assert.notInclude(refused.message, "hunter2")
      }
      assert.strictEqual((yield* sources.list(workspace)).length, 0)
    }).pipe(Effect.provide(house))
  )

  it.effect("is never that of the built-in tools", () =>
    Effect.gen(function* () {
      const sources = yield* Sources
      const error = yield* Effect.flip(sources.draft({ ...request, name: SourceName.make("executor") }))
      assert.strictEqual(error._tag === "Refused" ? error.code : "", "name_taken")
    }).pipe(Effect.provide(house))
  )
})

describe("a source's life", () => {
  it.effect("goes through probing, and nothing jumps over it", () =>
    Effect.gen(function* () {
      const sources = yield* Sources
      yield* sources.draft(request)
      const early = yield* Effect.flip(sources.move(workspace, owner, failed))
      assert.strictEqual(early._tag === "Refused" ? early.code : "", "busy")
      yield* sources.move(workspace, owner, { _tag: "SourceProbing", name })
      assert.strictEqual((yield* sources.move(workspace, owner, failed)).state, "error")
    }).pipe(Effect.provide(house))
  )

  it.effect("ends in an error that names the remedy when the host stopped in the middle", () =>
    Effect.gen(function* () {
      const sources = yield* Sources
      yield* sources.draft(request)
      yield* sources.recover(workspace, { kind: "system" })
      const { entity } = yield* sources.find(workspace, name)
      assert.strictEqual(entity.state, "error")
      assert.include(entity.failure?.message ?? "", "executor sources refresh shop")
    }).pipe(Effect.provide(house))
  )

  it.effect("is a human's to end when a human began it", () =>
    Effect.gen(function* () {
      const sources = yield* Sources
      yield* sources.draft(request)
      const error = yield* Effect.flip(sources.remove(workspace, agent, name))
      assert.include(error.message, "executor sources remove shop")
      yield* sources.remove(workspace, owner, name)
      assert.deepStrictEqual(yield* sources.list(workspace), [])
    }).pipe(Effect.provide(house))
  )
})

describe("policies", () => {
  it.effect("are changed by the owner alone", () =>
    Effect.gen(function* () {
      const policies = yield* Policies
      const draft = { workspace, pattern: PolicyPattern.make("shop.**"), effect: "deny" } as const
      assert.strictEqual((yield* Effect.flip(policies.set({ ...draft, actor: agent })))._tag, "Refused")
      const policy = yield* policies.set({ ...draft, actor: owner })
      assert.strictEqual((yield* policies.decide(workspace, ToolPath.make("shop.list"))).effect, "deny")
      assert.strictEqual((yield* Effect.flip(policies.remove(workspace, agent, policy.id)))._tag, "Refused")
      yield* policies.remove(workspace, owner, policy.id)
      assert.strictEqual((yield* policies.decide(workspace, ToolPath.make("shop.list"))).effect, "allow")
    }).pipe(Effect.provide(house))
  )

  it.effect("replace each other when they have the same pattern", () =>
    Effect.gen(function* () {
      const policies = yield* Policies
      const draft = { workspace, actor: owner, pattern: PolicyPattern.make("shop.get") }
      yield* policies.set({ ...draft, effect: "deny" })
      yield* policies.set({ ...draft, effect: "allow" })
      assert.deepStrictEqual(
        (yield* policies.list(workspace)).map(({ effect }) => effect),
        ["allow"]
      )
    }).pipe(Effect.provide(house))
  )
})

describe("the first start", () => {
  it.effect("makes the default workspace once, however many start", () =>
    Effect.gen(function* () {
      const workspaces = yield* Workspaces
      yield* Effect.forEach(Array.from({ length: 5 }), () => workspaces.ensureDefault(), { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* workspaces.list, [workspace])
    }).pipe(Effect.provide(house))
  )
})
