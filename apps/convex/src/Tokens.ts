// Keys to a workspace: 256 random bits behind a prefix that secret scanners can know. Only their hash is kept.
import { Workspaces } from "@executor-v2/domain"
import { ConvexCaller } from "@executor-v2/persistence-convex"
import * as Calls from "@executor-v2/persistence-convex/Calls"
import { Caller, TokenRpcs } from "@executor-v2/rpc"
import { HostFailure, NotFound, TokenId, type Timestamp, type WorkspaceId } from "@executor-v2/schema"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Hex from "effect/encoding/Hex"
import { books } from "./Books.ts"

type Kind = Calls.Token["kind"]

const random = (bytes: number): Effect.Effect<string> =>
  Effect.sync(() => Base64Url.encode(crypto.getRandomValues(new Uint8Array(bytes))))

const hashOf = (token: string): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))),
    (digest) => Hex.encode(new Uint8Array(digest))
  )

const now = Effect.map(Clock.currentTimeMillis, (millis) => millis as Timestamp)

const trouble = (error: { readonly message: string }) =>
  new HostFailure({ message: `the deployment could not do that (${error.message}); try again` })

/** Whose key this is. A revoked one is nobody's. */
export const tokenOf = Effect.fnUntraced(function* (key: string) {
  const { ask } = yield* ConvexCaller
  const found = Option.fromNullOr(yield* ask(Calls.tokenFind, { hash: yield* hashOf(key) }))
  return Option.filter(found, ({ revokedAt }) => revokedAt === undefined)
})

const create = Effect.fnUntraced(function* (workspace: WorkspaceId, kind: Kind, name: string) {
  const { ask } = yield* ConvexCaller
  const createdAt = yield* now
  // Lists are in the order of the ids, which is that of their making.
  const id = TokenId.make(
    `token_${createdAt.toString(36).padStart(10, "0")}${(yield* random(9)).toLowerCase().replace(/[^0-9a-z]/g, "0")}`
  )
  const token = `executor_${kind}_${yield* random(32)}`
  yield* ask(Calls.tokenCreate, { token: { id, workspace, kind, name, createdAt }, hash: yield* hashOf(token) })
  return { id, token }
})

/** Makes a workspace where there is none, and an owner's key to it. */
export const firstToken = Effect.fnUntraced(
  function* (asked: { readonly workspace: WorkspaceId; readonly name?: string }) {
    const workspace = yield* (yield* Workspaces).ensure(asked.workspace)
    const { token } = yield* create(workspace, "owner", asked.name ?? "first")
    return { workspace, token }
  },
  Effect.provide(Workspaces.layer.pipe(Layer.provideMerge(books)))
)

const all = Effect.fnUntraced(function* (workspace: WorkspaceId) {
  const { ask } = yield* ConvexCaller
  const tokens: Array<Calls.Token> = []
  for (let after: string | null | undefined; after !== null;) {
    const page: typeof Calls.tokenList.returns.Type = yield* ask(Calls.tokenList, {
      workspace,
      ...(after === undefined ? {} : { after })
    })
    tokens.push(...page.tokens)
    after = page.next
  }
  return tokens
})

/** The contract of tokens, within the caller's workspace. */
export const handlers = TokenRpcs.toLayer(
  Effect.gen(function* () {
    const caller = yield* ConvexCaller
    const onTables = <A, E>(effect: Effect.Effect<A, E, ConvexCaller>) =>
      Effect.provideService(effect, ConvexCaller, caller)
    return TokenRpcs.of({
      "Tokens.Create": ({ kind, name }) =>
        Effect.flatMap(Caller, ({ workspace }) => onTables(Effect.mapError(create(workspace, kind, name), trouble))),
      "Tokens.List": () =>
        Effect.flatMap(Caller, ({ workspace }) =>
          onTables(Effect.mapError(all(workspace), trouble)).pipe(
            Effect.map((tokens) => tokens.map(({ workspace: _, id, ...token }) => ({ ...token, id: TokenId.make(id) })))
          )
        ),
      "Tokens.Revoke": Effect.fnUntraced(function* ({ id }) {
        const { workspace } = yield* Caller
        const revoked = yield* onTables(
          Effect.mapError(caller.ask(Calls.tokenRevoke, { workspace, id, at: yield* now }), trouble)
        )
        if (!revoked)
          return yield* new NotFound({ what: "token", id, hint: "Tokens.List names those of this workspace." })
      })
    })
  })
)
