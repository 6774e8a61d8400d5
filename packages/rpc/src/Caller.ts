// Who calls an RPC. The key travels in each message's headers, because a browser cannot set one on a socket upgrade.
import { Unauthorized, type Actor, type WorkspaceId } from "@executor-v2/schema"
import * as Context from "effect/Context"
import * as RpcMiddleware from "effect/rpc/RpcMiddleware"

/** The principal behind a request, settled once at the door. */
export class Caller extends Context.Service<
  Caller,
  {
    readonly workspace: WorkspaceId
    readonly actor: Actor
  }
>()("@executor-v2/rpc/Caller") {}

/** Opens every RPC: only the owner's key does. The header is `authorization: Bearer <key>`. */
export class OwnerKey extends RpcMiddleware.Service<OwnerKey, { provides: Caller }>()("@executor-v2/rpc/OwnerKey", {
  error: Unauthorized,
  requiredForClient: false
}) {}
