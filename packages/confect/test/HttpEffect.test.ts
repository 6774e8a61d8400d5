// HTTP effects and RPC groups as HTTP actions of a deployment.
import { Effect, Layer, Option, Schema, Stream } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as RpcClient from "effect/rpc/RpcClient"
import * as RpcSerialization from "effect/rpc/RpcSerialization"
import { assert, describe, it } from "@effect/vitest"
import { deploy, Run, run, Runs } from "./Deployment.ts"

type Deployment = ReturnType<typeof deploy>

/** A client whose `fetch` is the deployment's own. */
const clientOf = (t: Deployment) => {
  const toDeployment = (async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init)
    const { pathname } = new URL(request.url)
    return t.fetch(pathname, { method: request.method, headers: request.headers, body: await request.text() })
  }) as typeof globalThis.fetch
  return RpcClient.make(Runs).pipe(
    Effect.provide(
      RpcClient.layerProtocolHttp({ url: "http://deployment.test/rpc" }).pipe(
        Layer.provide([FetchHttpClient.layer, RpcSerialization.layerNdjson]),
        Layer.provide(Layer.succeed(FetchHttpClient.Fetch, toDeployment))
      )
    )
  )
}

describe("httpEffect", () => {
  it("answers with the effect's response", async () => {
    const response = await deploy().fetch("/health", { method: "GET" })
    assert.deepStrictEqual([response.status, await response.text()], [200, "ok"])
  })

  it("answers a failure with 500 and not a word of it", async () => {
    const response = await deploy().fetch("/broken", { method: "GET" })
    assert.deepStrictEqual([response.status, await response.text()], [500, ""])
  })
})

describe("httpRpc", { timeout: 30_000 }, () => {
  it.effect("serves calls, whose handlers call the deployment's functions", () =>
    Effect.gen(function* () {
      const t = deploy()
      const client = yield* clientOf(t)
      const id = yield* client["Runs.Put"]({ run: run("run_1") })
      const row = yield* Effect.promise(() => t.run((ctx) => ctx.db.get("runs", id)))
      assert.strictEqual(row?.runId, "run_1")
    })
  )

  it.effect("passes a listed failure on, typed", () =>
    Effect.gen(function* () {
      const client = yield* clientOf(deploy())
      const refused = yield* Effect.flip(client["Runs.Put"]({ run: { ...run("run_1"), note: "x".repeat(1_048_576) } }))
      assert.strictEqual(refused._tag, "DocumentRefused")
    })
  )

  it.effect("streams, with what its handlers hold open until the body ends", () =>
    Effect.gen(function* () {
      const client = yield* clientOf(deploy())
      assert.deepStrictEqual(yield* Stream.runCollect(client["Runs.Count"]({ to: 4 })), [1, 2, 3, 4])
    })
  )

  it.effect("keeps requests apart", () =>
    Effect.gen(function* () {
      const t = deploy()
      const client = yield* clientOf(t)
      const ids = Array.from({ length: 20 }, (_, at) => run(`run_${at}`))
      yield* Effect.forEach(ids, (one) => client["Runs.Put"]({ run: one }), { concurrency: "unbounded" })
      const rows = yield* Effect.promise(() => t.run((ctx) => ctx.db.query("runs").collect()))
      assert.strictEqual(new Set(rows.map((row) => row.runId)).size, 20)
      assert.isTrue(Option.isSome(Schema.decodeUnknownOption(Run.fields.runId)(rows[0]?.runId)))
    })
  )
})
