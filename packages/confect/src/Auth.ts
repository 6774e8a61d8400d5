// Who calls, where callers send a JWT that the deployment verifies. Opaque tokens are not Convex's to know: do not ask here for those.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Auth as ConvexAuth, UserIdentity } from "convex/server"

/** The caller's verified identity; none for an anonymous caller. */
export class Auth extends Context.Service<Auth, { readonly identity: Effect.Effect<Option.Option<UserIdentity>> }>()(
  "@executor-v2/confect/Auth"
) {}

export const makeAuth = (auth: ConvexAuth): Auth["Service"] => ({
  identity: Effect.map(
    Effect.promise(() => auth.getUserIdentity()),
    Option.fromNullOr
  )
})
