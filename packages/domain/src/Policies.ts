// The rules over tools: kept in the journal, decided by `rules/Policy`.
import { Journal, Views } from "@executor-v2/persistence-ports"
import {
  NotFound,
  Refused,
  type Actor,
  type HostFailure,
  type Policy,
  type PolicyEffect,
  type PolicyId,
  type PolicyPattern,
  type Timestamp,
  type ToolPath,
  type WorkspaceId
} from "@executor-v2/schema"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { commitFailure, hostFailure } from "./Commits.ts"
import { newPolicyId } from "./Identifiers.ts"
import { decide, type PolicyDecision } from "./rules/Policy.ts"

/** What a new rule is made of. */
export interface PolicyDraft {
  readonly workspace: WorkspaceId
  readonly actor: Actor
  readonly pattern: PolicyPattern
  readonly effect: PolicyEffect
  readonly note?: string
}

const ownerOnly = (actor: Actor): Effect.Effect<void, Refused> =>
  actor.kind === "owner"
    ? Effect.void
    : Effect.fail(
        new Refused({
          code: "needs_human",
          message: "policies are changed by a human: executor policies set PATTERN allow|deny"
        })
      )

export class Policies extends Context.Service<Policies>()("@executor-v2/domain/Policies", {
  make: Effect.gen(function* () {
    const journal = yield* Journal
    const views = yield* Views

    // Asked on every call: no span, which would cost more than the reading.
    const list = Effect.fnUntraced(function* (workspace: WorkspaceId) {
      return (yield* views.list(workspace, "policy")).map((row) => row.entity)
    })

    const set = Effect.fn("Policies.set")(function* (
      draft: PolicyDraft
    ): Effect.fn.Return<Policy, Refused | HostFailure> {
      yield* ownerOnly(draft.actor)
      if (draft.effect === "require_approval") {
        return yield* new Refused({
          code: "unsupported",
          message: "this version decides allow or deny; approval by a human is not available yet"
        })
      }
      const same = (yield* list(draft.workspace)).find(
        (policy) => policy.pattern === draft.pattern && policy.scope === "workspace"
      )
      const policy: Policy = {
        id: same?.id ?? (yield* newPolicyId),
        pattern: draft.pattern,
        effect: draft.effect,
        scope: "workspace",
        ...(draft.note === undefined ? {} : { note: draft.note }),
        createdAt: same?.createdAt ?? ((yield* Clock.currentTimeMillis) as Timestamp)
      }
      yield* journal
        .commit({ workspace: draft.workspace, actor: draft.actor, events: [{ _tag: "PolicySet", policy }] })
        .pipe(Effect.mapError(hostFailure))
      return policy
    })

    const remove = Effect.fn("Policies.remove")(function* (
      workspace: WorkspaceId,
      actor: Actor,
      id: PolicyId
    ): Effect.fn.Return<void, NotFound | Refused | HostFailure> {
      yield* ownerOnly(actor)
      const found = yield* views.get(workspace, "policy", id)
      if (Option.isNone(found))
        return yield* new NotFound({ what: "policy", id, hint: "List them with: executor policies list" })
      yield* journal
        .commit({
          workspace,
          actor,
          events: [{ _tag: "PolicyRemoved", id }],
          expect: [{ entity: { kind: "policy", id }, revision: found.value.revision }]
        })
        .pipe(Effect.mapError(commitFailure))
    })

    /** One decision path for every surface. */
    const decideFor = (workspace: WorkspaceId, path: ToolPath): Effect.Effect<PolicyDecision> =>
      Effect.map(list(workspace), (policies) => decide(policies, path))

    return { list, set, remove, decide: decideFor }
  })
}) {
  static readonly layer = Layer.effect(Policies, this.make)
}
