// The policy contract. It stands here because what a pattern matches is the catalog's to say.
import { parseToolPath, Policies, PolicyRules } from "@executor-v2/domain"
import { Caller, PolicyRpcs } from "@executor-v2/rpc"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Catalog } from "./catalog/Catalog.ts"

/** All tools of a catalog, as one page. */
const everything = { offset: 0, limit: Number.MAX_SAFE_INTEGER }

export const layer = PolicyRpcs.toLayer(
  Effect.gen(function* () {
    const policies = yield* Policies
    const catalog = yield* Catalog

    return PolicyRpcs.of({
      "Policies.List": () => Effect.flatMap(Caller, ({ workspace }) => policies.list(workspace)),

      "Policies.Set": Effect.fnUntraced(function* (draft) {
        const { workspace, actor } = yield* Caller
        const policy = yield* policies.set({ workspace, actor, ...draft })
        const { hits } = yield* Effect.flatMap(catalog.snapshot(workspace), (snapshot) => snapshot.list(everything))
        return { policy, matches: hits.filter(({ path }) => PolicyRules.matches(policy.pattern, path)).length }
      }),

      "Policies.Remove": ({ id }) =>
        Effect.flatMap(Caller, ({ workspace, actor }) => policies.remove(workspace, actor, id)),

      "Policies.Test": ({ path }) =>
        Option.match(parseToolPath(path), {
          onNone: () =>
            Effect.succeed({ effect: "deny", reason: `"${path}" is not a tool path (source.tool)` } as const),
          onSome: (parts) => Effect.flatMap(Caller, ({ workspace }) => policies.decide(workspace, parts.path))
        })
    })
  })
)
