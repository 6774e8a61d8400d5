// Contract: the API tokens of a workspace on a host that has many users. A local daemon has two key files instead.
import { HostFailure, NotFound, Refused, Timestamp, TokenId } from "@executor-v2/schema"
import * as Schema from "effect/Schema"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import { OwnerKey } from "./Caller.ts"

/** What a token opens: the owner's every door, an agent's only the one to MCP. */
export const TokenKind = Schema.Literals(["owner", "agent"])
export type TokenKind = typeof TokenKind.Type

/** What people call a token, such as the machine that it is for. */
export const TokenName = Schema.String.check(Schema.isPattern(/^[\x20-\x7e]{1,80}$/))

/** A token as it is listed: never the token itself, of which the host keeps a hash only. */
export const TokenInfo = Schema.Struct({
  id: TokenId,
  kind: TokenKind,
  name: TokenName,
  createdAt: Timestamp,
  /** It opens nothing since then. */
  revokedAt: Schema.optionalKey(Timestamp)
})
export type TokenInfo = typeof TokenInfo.Type

export class TokenRpcs extends RpcGroup.make(
  /** The only time that the token is told. */
  Rpc.make("Tokens.Create", {
    payload: { kind: TokenKind, name: TokenName },
    success: Schema.Struct({ token: Schema.String, id: TokenId }),
    error: Schema.Union([Refused, HostFailure])
  }),
  Rpc.make("Tokens.List", { success: Schema.Array(TokenInfo), error: Schema.Union([Refused, HostFailure]) }),
  /** Open connections of the token end too. Revoking a revoked one changes nothing. */
  Rpc.make("Tokens.Revoke", { payload: { id: TokenId }, error: Schema.Union([NotFound, Refused, HostFailure]) })
).middleware(OwnerKey) {}
