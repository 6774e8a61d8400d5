// The contract itself: which methods there are, that each is behind the owner's key, and that all it says survives a wire.
import { assert, describe, it } from "@effect/vitest"
import { HostFailure, NotFound, Refused, Unauthorized } from "@executor-v2/schema"
import { Effect, Exit, Schema } from "effect"
import * as Rpc from "effect/rpc/Rpc"
import { isStreamSchema } from "effect/rpc/RpcSchema"
import { Challenge, ChallengeProof, DaemonFile, ExecutorRpcs, OwnerKey } from "../src/index.ts"

type Any = Schema.Codec<unknown, unknown>

/** A method as the group holds it, with its error and the element of its stream where they really are. */
const methods = [...ExecutorRpcs.requests.values()].map((found) => {
  const rpc = found as unknown as Rpc.AnyWithProps
  const { successSchema: success } = rpc
  const stream = isStreamSchema(success)
  return {
    tag: rpc._tag,
    stream,
    payload: rpc.payloadSchema as unknown as Any,
    success: (stream ? success.success : success) as unknown as Any,
    error: (stream ? success.error : rpc.errorSchema) as unknown as Any,
    exit: Rpc.exitSchema(rpc) as unknown as Any,
    middlewares: [...rpc.middlewares]
  }
})

/** What people's programs call, and in which form each answers. Changing a line needs a note in the changelog. */
const surface: Readonly<Record<string, "once" | "stream">> = {
  "Host.Shutdown": "once",
  "Host.Status": "once",
  "Policies.List": "once",
  "Policies.Remove": "once",
  "Policies.Set": "once",
  "Policies.Test": "once",
  "Runs.Call": "once",
  "Runs.Cancel": "once",
  "Runs.Execute": "once",
  "Runs.Get": "once",
  "Runs.List": "once",
  "Runs.Resume": "once",
  "Runs.Watch": "stream",
  "Sources.Add": "stream",
  "Sources.Get": "once",
  "Sources.List": "once",
  "Sources.Refresh": "stream",
  "Sources.Remove": "once",
  "Tokens.Create": "once",
  "Tokens.List": "once",
  "Tokens.Revoke": "once",
  "Tools.Describe": "once",
  "Tools.List": "once",
  "Tools.Search": "once"
}

/** The errors that a wire carries; what a daemon meets besides becomes a `HostFailure`. */
const wireErrors = [NotFound, Refused, HostFailure]
const samples = [
  new NotFound({ what: "run", id: "run_1", hint: "List them with: executor runs list" }),
  new Refused({ code: "name_taken", message: "there is a source of that name" }),
  new HostFailure({ message: "the disk is full" }),
  new Unauthorized({ message: "no key" })
]

/** What an error schema is made of; a method without errors has none. */
const membersOf = (schema: Any): ReadonlyArray<unknown> => {
  const { members } = schema as { readonly members?: ReadonlyArray<unknown> }
  return members ?? (schema.ast._tag === "Never" ? [] : [schema])
}

/** As a message carries it: through the codec of the wire and JSON text, there and back, with nothing lost. */
const survives = (schema: Any) => {
  const wire = Schema.toCodecJson(schema)
  const equal = Schema.toEquivalence(schema)
  return ({ value }: { readonly value: unknown }) =>
    Effect.gen(function* () {
      const text = JSON.stringify(yield* Schema.encodeEffect(wire)(value))
      const decoded = yield* Schema.decodeUnknownEffect(wire)(JSON.parse(text))
      assert.isTrue(equal(decoded, value), text)
      assert.strictEqual(JSON.stringify(yield* Schema.encodeEffect(wire)(decoded)), text)
    })
}

describe("the contract", () => {
  it("has these methods and no other", () => {
    const found = methods.map(({ tag, stream }) => [tag, stream ? "stream" : "once"])
    assert.deepStrictEqual(Object.fromEntries(found), surface)
    assert.deepStrictEqual([...ExecutorRpcs.requests.keys()].toSorted(), Object.keys(surface))
  })

  it("puts the owner's key in front of every method, and nothing that a client would have to bring", () => {
    for (const { tag, middlewares } of methods) {
      assert.deepStrictEqual(middlewares, [OwnerKey], tag)
    }
    assert.strictEqual(OwnerKey.error, Unauthorized)
    assert.isFalse(OwnerKey.requiredForClient)
  })

  it("fails with wire errors of the schema only", () => {
    for (const { tag, error } of methods) {
      for (const member of membersOf(error)) assert.include(wireErrors, member as (typeof wireErrors)[number], tag)
    }
    // The question is asked of something: most methods can fail.
    assert.isAbove(methods.filter(({ error }) => membersOf(error).length > 0).length, methods.length / 2)
  })
})

describe("over the wire", () => {
  for (const { tag, payload, success, error } of methods) {
    it.effect.prop(`what ${tag} is asked survives`, { value: payload }, survives(payload))
    it.effect.prop(`what ${tag} answers survives`, { value: success }, survives(success))
    if (membersOf(error).length > 0) {
      it.effect.prop(`how ${tag} fails survives`, { value: error }, survives(error))
    }
  }

  for (const { tag, error, exit } of methods) {
    it.effect(
      `an error of ${tag} arrives as the error it was, with its message, and one of another kind does not`,
      () =>
        Effect.gen(function* () {
          const own = membersOf(error)
          const wire = Schema.toCodecJson(exit)
          for (const sample of samples) {
            const isOwn = sample instanceof Unauthorized || own.includes(sample.constructor)
            const sent = yield* Effect.result(Schema.encodeEffect(wire)(Exit.fail(sample)))
            assert.strictEqual(sent._tag, isOwn ? "Success" : "Failure", sample._tag)
            if (sent._tag === "Failure") continue
            const got = yield* Schema.decodeUnknownEffect(wire)(JSON.parse(JSON.stringify(sent.success)))
            const failure = yield* Effect.flip(got as Exit.Exit<unknown, Error>)
            assert.instanceOf(failure, sample.constructor as new () => Error)
            assert.strictEqual(failure.message, sample.message)
          }
        })
    )
  }
})

describe("what is not an RPC", () => {
  for (const [name, schema] of Object.entries({ DaemonFile, Challenge, ChallengeProof })) {
    it.effect.prop(`${name} survives JSON`, { value: schema as unknown as Any }, survives(schema as unknown as Any))
  }

  it("names no group of processes and no port that is none", () => {
    const file = {
      pid: 1,
      startTime: 0,
      port: 1,
      apiVersion: { min: 1, max: 1 },
      version: "",
      buildId: "",
      instanceId: ""
    }
    assert.isTrue(Schema.is(DaemonFile)(file))
    for (const bad of [{ pid: 0 }, { pid: -1 }, { port: 0 }, { port: 65_536 }]) {
      assert.isFalse(Schema.is(DaemonFile)({ ...file, ...bad }), JSON.stringify(bad))
    }
  })
})
