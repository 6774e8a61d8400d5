// Registering on the ports: however the looking ends, the source comes to rest in a state that says so.
import { assert, describe, it } from "@effect/vitest"
import { defaultWorkspace as workspace, Sources } from "@executor-v2/domain"
import { MemoryPersistence } from "@executor-v2/persistence-ports"
import { SourceName, type Actor } from "@executor-v2/schema"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { InlineCompiler, Registration } from "../src/index.ts"
import type { Provider } from "../src/Provider.ts"
import { Providers } from "../src/Providers.ts"

const agent: Actor = { kind: "agent" }
const name = SourceName.make("shop")
const request = {
  workspace,
  actor: agent,
  name,
  location: { _tag: "Url", url: "https://shop.example/openapi.json" }
} as const
const quiet = () => Effect.void
const unused = () => Effect.die("nothing is compiled or called here")

const houseWith = (probe: Provider["probe"]) =>
  Registration.layer.pipe(
    Layer.provideMerge(Sources.layer),
    Layer.provideMerge(
      Layer.succeed(
        Providers,
        Providers.of({
          get: () => ({ kind: "openapi", probe, compile: unused, invoke: unused })
        })
      )
    ),
    Layer.provideMerge(InlineCompiler.layer),
    Layer.provideMerge(MemoryPersistence.layer)
  )

const stateOf = Effect.gen(function* () {
  const { entity } = yield* (yield* Sources).find(workspace, name)
  return entity.state
})

describe("a registration", () => {
  it.effect("ends in an error when a provider fails for a reason of ours", () =>
    Effect.gen(function* () {
      const source = yield* (yield* Registration).add(request, quiet)
      assert.strictEqual(source.state, "error")
      assert.strictEqual(yield* stateOf, "error")
    }).pipe(Effect.provide(houseWith(() => Effect.die(new Error("planted")))))
  )

  it.effect("ends in an error wherever it is cut off", () =>
    Effect.gen(function* () {
      const looking = yield* Deferred.make<void>()
      yield* Effect.gen(function* () {
        const registration = yield* Registration
        for (const late of [false, true]) {
          const adding = yield* Effect.forkChild(registration.add(request, quiet), { startImmediately: true })
          if (late) yield* Deferred.await(looking)
          yield* Fiber.interrupt(adding)
          assert.strictEqual(yield* stateOf, "error")
        }
      }).pipe(Effect.provide(houseWith(() => Effect.andThen(Deferred.succeed(looking, undefined), Effect.never))))
    })
  )

  it.effect("is taken back with what its provider kept for it, such as a process", () =>
    Effect.gen(function* () {
      const forgotten: Array<string> = []
      const keeping = Layer.succeed(
        Providers,
        Providers.of({
          get: () => ({
            kind: "openapi",
            probe: () => Effect.succeed({ _tag: "AuthRequired", needs: [] } as const),
            compile: unused,
            invoke: unused,
            forget: ({ location }) => Effect.sync(() => void forgotten.push(location._tag))
          })
        })
      )
      const kept = Layer.provideMerge(
        Registration.layer,
        Layer.mergeAll(Layer.provideMerge(Sources.layer, MemoryPersistence.layer), keeping, InlineCompiler.layer)
      )
      yield* Effect.gen(function* () {
        const registration = yield* Registration
        yield* registration.add(request, quiet)
        yield* registration.remove(workspace, agent, name)
        assert.deepStrictEqual(forgotten, ["Url"])
        assert.strictEqual((yield* Effect.flip(registration.remove(workspace, agent, name)))._tag, "NotFound")
      }).pipe(Effect.provide(kept))
    })
  )

  it.effect("does not settle another source that has taken its name", () =>
    Effect.gen(function* () {
      const [looking, go] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const slow = Effect.andThen(
        Deferred.succeed(looking, undefined),
        Effect.andThen(Deferred.await(go), Effect.succeed({ _tag: "AuthRequired", needs: [] } as const))
      )
      yield* Effect.gen(function* () {
        const [registration, sources] = [yield* Registration, yield* Sources]
        const adding = yield* Effect.forkChild(registration.add(request, quiet), { startImmediately: true })
        yield* Deferred.await(looking)
        yield* sources.remove(workspace, agent, name)
        yield* TestClock.adjust(1)
        const owner: Actor = { kind: "owner" }
        yield* sources.draft({ ...request, actor: owner })
        yield* sources.move(workspace, owner, { _tag: "SourceProbing", name })
        yield* Deferred.succeed(go, undefined)
        assert.strictEqual((yield* Effect.flip(Fiber.join(adding)))._tag, "Refused")
        assert.strictEqual(yield* stateOf, "probing")
      }).pipe(Effect.provide(houseWith(() => slow)))
    })
  )
})
