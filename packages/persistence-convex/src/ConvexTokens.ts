// Keys to workspaces. Whoever makes a key hashes it: no table ever holds one.
import type { CallFailed } from "@executor-v2/confect"
import type { Timestamp, WorkspaceId } from "@executor-v2/schema"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Calls from "./Calls.ts"
import { ConvexCaller } from "./ConvexCaller.ts"

export type { Token } from "./Calls.ts"

/** The tokens cannot be asked for. */
export class TokensUnavailable extends Schema.TaggedError<TokensUnavailable>()("TokensUnavailable", {
  detail: Schema.String
}) {
  override get message() {
    return this.detail
  }
}

const unavailable = ({ message }: CallFailed) => new TokensUnavailable({ detail: `${message}: try again` })

const now = Effect.map(Clock.currentTimeMillis, (millis) => millis as Timestamp)

const make = Effect.gen(function* () {
  const { ask } = yield* ConvexCaller
  return {
    /** `false`: a token with this id or this hash is there already. `hash`: SHA-256 of the key, hexadecimal. */
    create: Effect.fnUntraced(function* (
      token: Omit<Calls.Token, "createdAt" | "revokedAt">,
      hash: string
    ): Effect.fn.Return<boolean, TokensUnavailable> {
      const created = ask(Calls.tokenCreate, { token: { ...token, createdAt: yield* now }, hash })
      return yield* Effect.mapError(created, unavailable)
    }),
    /** Also one that was revoked: the caller is told so. */
    find: (hash: string): Effect.Effect<Option.Option<Calls.Token>, TokensUnavailable> =>
      Effect.mapBoth(ask(Calls.tokenFind, { hash }), { onSuccess: Option.fromNullOr, onFailure: unavailable }),
    /** All of a workspace, in the order of their ids. */
    list: Effect.fnUntraced(function* (
      workspace: WorkspaceId
    ): Effect.fn.Return<ReadonlyArray<Calls.Token>, TokensUnavailable> {
      const tokens: Array<Calls.Token> = []
      let after: string | null = ""
      while (after !== null) {
        const page: typeof Calls.tokenList.returns.Type = yield* Effect.mapError(
          ask(Calls.tokenList, { workspace, after }),
          unavailable
        )
        tokens.push(...page.tokens)
        after = page.next
      }
      return tokens
    }),
    /** `false`: the workspace has no such token. */
    revoke: Effect.fnUntraced(function* (
      workspace: WorkspaceId,
      id: string
    ): Effect.fn.Return<boolean, TokensUnavailable> {
      return yield* Effect.mapError(ask(Calls.tokenRevoke, { workspace, id, at: yield* now }), unavailable)
    })
  }
})

/** The keys of this deployment. */
export class ConvexTokens extends Context.Service<ConvexTokens, Effect.Success<typeof make>>()(
  "@executor-v2/persistence-convex/ConvexTokens"
) {
  static readonly layer: Layer.Layer<ConvexTokens, never, ConvexCaller> = Layer.effect(ConvexTokens, make)
}
