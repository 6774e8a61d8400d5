// Keys to a workspace: 256 random bits behind a prefix that secret scanners can know. Only their hash is kept.
import { Workspaces } from "@executor-v2/domain"
import { ConvexTokens, type Token } from "@executor-v2/persistence-convex"
import { Caller, TokenRpcs } from "@executor-v2/rpc"
import { HostFailure, NotFound, TokenId, type WorkspaceId } from "@executor-v2/schema"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Hex from "effect/encoding/Hex"
import { books } from "./Books.ts"

const random = (bytes: number): Effect.Effect<string> =>
  Effect.sync(() => Base64Url.encode(crypto.getRandomValues(new Uint8Array(bytes))))

const hashOf = (token: string): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))),
    (digest) => Hex.encode(new Uint8Array(digest))
  )

const trouble = (error: { readonly message: string }) =>
  new HostFailure({ message: `the deployment could not do that: ${error.message}` })

/** Whose key this is. A revoked one is nobody's. */
export const tokenOf = Effect.fnUntraced(function* (key: string) {
  const found = yield* (yield* ConvexTokens).find(yield* hashOf(key))
  return Option.filter(found, ({ revokedAt }) => revokedAt === undefined)
})

const create = Effect.fnUntraced(function* (
  tokens: ConvexTokens["Service"],
  made: Pick<Token, "workspace" | "kind" | "name">
) {
  // Lists are in the order of the ids, which is that of their making.
  const time = (yield* Clock.currentTimeMillis).toString(36).padStart(10, "0")
  const id = TokenId.make(`token_${time}${(yield* random(9)).toLowerCase().replace(/[^0-9a-z]/g, "0")}`)
  const token = `executor_${made.kind}_${yield* random(32)}`
  const created = yield* tokens.create({ ...made, id }, yield* hashOf(token))
  if (!created) return yield* Effect.die(new Error("two random tokens were the same"))
  return { id, token }
})

/** Makes a workspace where there is none, and an owner's key to it. */
export const firstToken = Effect.fnUntraced(
  function* (asked: { readonly workspace: WorkspaceId; readonly name?: string }) {
    const workspace = yield* (yield* Workspaces).ensure(asked.workspace)
    const made = { workspace, kind: "owner", name: asked.name ?? "first" } as const
    const { token } = yield* create(yield* ConvexTokens, made)
    return { workspace, token }
  },
  Effect.provide(Workspaces.layer.pipe(Layer.provideMerge(books)))
)

/** The contract of tokens, within the caller's workspace. */
export const handlers = TokenRpcs.toLayer(
  Effect.gen(function* () {
    const tokens = yield* ConvexTokens
    return TokenRpcs.of({
      "Tokens.Create": (asked) =>
        Effect.flatMap(Caller, ({ workspace }) => Effect.mapError(create(tokens, { ...asked, workspace }), trouble)),
      "Tokens.List": Effect.fnUntraced(function* () {
        const all = yield* Effect.mapError(tokens.list((yield* Caller).workspace), trouble)
        return all.map(({ workspace: _, id, ...token }) => ({ ...token, id: TokenId.make(id) }))
      }),
      "Tokens.Revoke": Effect.fnUntraced(function* ({ id }) {
        const revoked = yield* Effect.mapError(tokens.revoke((yield* Caller).workspace, id), trouble)
        if (!revoked)
          return yield* new NotFound({ what: "token", id, hint: "Tokens.List names those of this workspace." })
      })
    })
  })
)
