// One workspace sees, changes, reads and guesses nothing of another: each function, with everything that could be known.
import { assert, describe, it } from "@effect/vitest"
import { ArtifactStore, Journal, Views } from "@executor-v2/persistence-ports"
import * as Samples from "@executor-v2/persistence-ports/contract/Samples"
import { sha256Hex, type Timestamp } from "@executor-v2/schema"
import { Effect, Layer, Option } from "effect"
import * as Calls from "../src/Calls.ts"
import { ConvexCaller, ConvexLeases, ConvexTokens } from "../src/index.ts"
import { pieceBytes } from "../src/Pieces.ts"
import { callingContext, contextLayer, deploy, portsOver, rowsOf } from "./Deployment.ts"

const { owner, otherWorkspace: stranger, runId, workspace } = Samples
const run = runId("secret")
const small = new TextEncoder().encode("what only one workspace knows")
const large = new Uint8Array(2 * pieceBytes).fill(7)
const key = sha256Hex("a key")
const now = 1_700_000_000_000 as Timestamp

/** A deployment in which one workspace has one of everything. */
const furnished = Effect.gen(function* () {
  const { deployment } = deploy()
  const claim = yield* Effect.gen(function* () {
    const journal = yield* Journal
    const artifacts = yield* ArtifactStore
    const leases = yield* ConvexLeases
    const tokens = yield* ConvexTokens
    yield* journal.commit({ workspace, actor: owner, events: [Samples.runOpened("secret")], wake: [run] })
    yield* artifacts.put(small)
    yield* artifacts.put(large)
    yield* tokens.create({ id: "token_1", workspace, kind: "owner", name: "mine" }, key)
    return Option.getOrThrow(yield* leases.claim({ workspace, run }, 60_000))
  }).pipe(Effect.provide(portsOver(deployment)))
  return { deployment, claim }
})

/** Asks as the other workspace, by the ports and by the functions themselves. */
const asStranger = <A, E>(
  deployment: Effect.Success<typeof furnished>["deployment"],
  test: Effect.Effect<A, E, Journal | Views | ArtifactStore | ConvexLeases | ConvexTokens | ConvexCaller>
) =>
  test.pipe(
    Effect.provide([
      portsOver(deployment, stranger),
      Layer.provide(ConvexCaller.layer, contextLayer(callingContext(deployment)))
    ])
  )

describe("another workspace", () => {
  it.effect("sees no entity and no event", () =>
    Effect.gen(function* () {
      const { deployment } = yield* furnished
      yield* asStranger(
        deployment,
        Effect.gen(function* () {
          const views = yield* Views
          const { ask } = yield* ConvexCaller
          assert.isTrue(Option.isNone(yield* views.get(stranger, "run", run)))
          assert.isEmpty(yield* views.list(stranger, "run"))
          assert.isEmpty(yield* views.list(stranger, "run", { state: "running" }))
          assert.isEmpty(yield* views.list(stranger, "toolCall", { run }))
          const { envelopesJson, seq } = yield* ask(Calls.changesSince, { workspace: stranger, after: 0 as never })
          assert.isEmpty(envelopesJson)
          assert.strictEqual(seq, 0 as never)
        })
      )
    })
  )

  it.effect("changes nothing by a commit that names the same things", () =>
    Effect.gen(function* () {
      const { claim, deployment } = yield* furnished
      yield* asStranger(
        deployment,
        Effect.gen(function* () {
          const journal = yield* Journal
          yield* journal.commit({
            workspace: stranger,
            actor: owner,
            events: [Samples.runEnded("secret")],
            wake: [run]
          })
          const expect = [{ entity: { kind: "run", id: run } as const, revision: claim.revision }]
          const events = [Samples.runEnded("secret")] as const
          const error = yield* Effect.flip(journal.commit({ workspace: stranger, actor: owner, events, expect }))
          assert.strictEqual(error.reason._tag === "Conflict" ? error.reason.actual : -1, 0)
        })
      )
      const [lease] = yield* rowsOf(deployment, "leases")
      assert.deepInclude(lease, { workspaceId: workspace, attempt: claim.attempt, held: true })
    })
  )

  it.effect("reads no artifact by its hash, nor learns that it is there, nor loses the owner's files", () =>
    Effect.gen(function* () {
      const { deployment } = yield* furnished
      const files = yield* rowsOf(deployment, "_storage")
      yield* asStranger(
        deployment,
        Effect.gen(function* () {
          const artifacts = yield* ArtifactStore
          for (const content of [small, large]) {
            const hash = sha256Hex(content)
            assert.isTrue(Option.isNone(yield* artifacts.size(hash)))
            assert.strictEqual((yield* Effect.flip(artifacts.get(hash))).reason, "missing")
            assert.strictEqual((yield* Effect.flip(artifacts.get(hash, { offset: 0, length: 1 }))).reason, "missing")
          }
          yield* artifacts.put(large)
          assert.deepStrictEqual(yield* artifacts.size(sha256Hex(large)), Option.some(large.length))
        })
      )
      const kept = new Set((yield* rowsOf(deployment, "_storage")).map((file) => file["_id"]))
      assert.isTrue(files.every((file) => kept.has(file["_id"])))
    })
  )

  it.effect("claims, keeps and gives up no run", () =>
    Effect.gen(function* () {
      const { claim, deployment } = yield* furnished
      const driver = { workspace: stranger, run, attempt: claim.attempt }
      yield* asStranger(
        deployment,
        Effect.gen(function* () {
          const { ask } = yield* ConvexCaller
          const later = (now + 1e12) as Timestamp
          assert.isNull(yield* ask(Calls.leaseClaim, { workspace: stranger, run, now: later, ttlMs: 1 }))
          assert.isFalse(yield* ask(Calls.leaseExtend, { ...driver, now: later, ttlMs: 1 }))
          assert.isFalse(yield* ask(Calls.leaseRelease, { ...driver, now: later }))
        })
      )
    })
  )

  it.effect("lists and revokes no token, and no list tells a hash", () =>
    Effect.gen(function* () {
      const { deployment } = yield* furnished
      yield* asStranger(
        deployment,
        Effect.gen(function* () {
          const tokens = yield* ConvexTokens
          assert.isEmpty(yield* tokens.list(stranger))
          assert.isFalse(yield* tokens.revoke(stranger, "token_1"))
          assert.isFalse(yield* tokens.create({ id: "token_2", workspace: stranger, kind: "owner", name: "x" }, key))
          const found = Option.getOrThrow(yield* tokens.find(key))
          assert.deepInclude(found, { workspace, id: "token_1" })
          assert.isUndefined(found.revokedAt)
          assert.notInclude(JSON.stringify(yield* tokens.list(workspace)), key)
        })
      )
    })
  )
})

describe("a token", () => {
  it.effect("is found by its hash until and after it is revoked, and says which", () =>
    Effect.gen(function* () {
      const tokens = yield* ConvexTokens
      assert.isTrue(yield* tokens.create({ id: "token_b", workspace, kind: "agent", name: "claude" }, key))
      assert.isFalse(yield* tokens.create({ id: "token_b", workspace, kind: "owner", name: "again" }, sha256Hex("b")))
      assert.isTrue(yield* tokens.create({ id: "token_a", workspace, kind: "owner", name: "me" }, sha256Hex("c")))
      assert.isTrue(yield* tokens.revoke(workspace, "token_b"))
      const first = Option.getOrThrow(yield* tokens.find(key))
      assert.isDefined(first.revokedAt)
      assert.isTrue(yield* tokens.revoke(workspace, "token_b"))
      assert.deepStrictEqual(Option.getOrThrow(yield* tokens.find(key)), first)
      assert.deepStrictEqual(
        (yield* tokens.list(workspace)).map(({ id, kind }) => [id, kind]),
        [
          ["token_a", "owner"],
          ["token_b", "agent"]
        ]
      )
      assert.isTrue(Option.isNone(yield* tokens.find(sha256Hex("no key"))))
    }).pipe(Effect.provide(portsOver(deploy().deployment)))
  )
})
