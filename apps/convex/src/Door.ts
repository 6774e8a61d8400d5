// Who may come in: judged from the request's own facts, before anything of its body is read. There is no cookie and no
// session here, only a key in a header; a page of another origin is refused even with one.
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { tokenOf } from "./Tokens.ts"

const refused = (status: number, message: string) =>
  HttpServerResponse.jsonUnsafe(
    { error: { code: status, message } },
    {
      status,
      headers: status === 401 ? { "www-authenticate": "Bearer" } : {}
    }
  )

const noKey =
  "A key is needed, in the header `authorization: Bearer KEY` only. Who deploys makes one: " +
  'npx convex run tokens:create \'{"workspace":"default"}\''
const wrongKey =
  "This key does not open anything here: it is wrong, or it was revoked. Get another from an owner of the workspace."
const agentKey = "This is an agent's key. It opens /mcp only; everything else is for the workspace's owners."
const foreignPage = "Pages of other origins may not talk to this deployment."

/** The owner's key opens every door, an agent's the one for running code. */
export type Opens = "owner" | "anyone with a key"

/** Who came in, and whether the key that opened the door still would. */
export type Entry = Effect.Success<ReturnType<typeof principalAt>>

/** What is told to whom came in with a key that is nobody's any more. */
export const keyIsGone = refused(401, wrongKey)

/** The key's holder, or the refusal to answer with. */
export const principalAt = Effect.fnUntraced(function* (request: HttpServerRequest, opens: Opens) {
  const { authorization, origin } = request.headers
  if (origin !== undefined && origin !== new URL((request.source as Request).url).origin)
    return yield* Effect.fail(refused(403, foreignPage))
  if (authorization === undefined) return yield* Effect.fail(refused(401, noKey))
  // What cannot be a key of ours costs no look into the tables.
  const key = /^bearer +(executor_(?:owner|agent)_[A-Za-z0-9_-]{43}) *$/i.exec(authorization)?.[1]
  const token = key === undefined ? Option.none() : yield* Effect.orDie(tokenOf(key))
  if (key === undefined || Option.isNone(token)) return yield* Effect.fail(keyIsGone)
  const { id, kind, workspace } = token.value
  if (opens === "owner" && kind !== "owner") return yield* Effect.fail(refused(403, agentKey))
  return { principal: { id, kind, workspace }, holds: Effect.map(tokenOf(key), Option.isSome) }
})
