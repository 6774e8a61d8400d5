// Branded identifiers. They are the identity of things on every host; a host's own row ids never leave its adapter.
import * as Schema from "effect/Schema"

/** Ids sort by the time they were made: a prefix, then lower-case base 36. */
const prefixed = (prefix: string) => Schema.String.check(Schema.isPattern(new RegExp(`^${prefix}_[0-9a-z]{1,40}$`)))

/** Whose state it is. The first start creates `default`. */
export const WorkspaceId = Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9-]{0,39}$/)).pipe(
  Schema.brand("WorkspaceId")
)
export type WorkspaceId = typeof WorkspaceId.Type

export const ProfileId = Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9-]{0,39}$/)).pipe(
  Schema.brand("ProfileId")
)
export type ProfileId = typeof ProfileId.Type

/** A source's name is its identity inside a workspace, and the first segment of its tools' paths. */
export const SourceName = Schema.String.check(Schema.isPattern(/^[a-z][A-Za-z0-9_]{0,39}$/)).pipe(
  Schema.brand("SourceName")
)
export type SourceName = typeof SourceName.Type

/** `source.tool` or `source.group.tool`: what code writes after `tools.`. */
export const ToolPath = Schema.String.check(
  Schema.isPattern(/^[a-z][A-Za-z0-9_]{0,39}(\.[A-Za-z_][A-Za-z0-9_]{0,99}){1,4}$/)
).pipe(Schema.brand("ToolPath"))
export type ToolPath = typeof ToolPath.Type

export const RunId = prefixed("run").pipe(Schema.brand("RunId"))
export type RunId = typeof RunId.Type

export const ToolCallId = prefixed("call").pipe(Schema.brand("ToolCallId"))
export type ToolCallId = typeof ToolCallId.Type

export const InputId = prefixed("input").pipe(Schema.brand("InputId"))
export type InputId = typeof InputId.Type

export const PolicyId = prefixed("policy").pipe(Schema.brand("PolicyId"))
export type PolicyId = typeof PolicyId.Type

export const CredentialId = prefixed("cred").pipe(Schema.brand("CredentialId"))
export type CredentialId = typeof CredentialId.Type

export const OAuthTokenId = prefixed("oauth").pipe(Schema.brand("OAuthTokenId"))
export type OAuthTokenId = typeof OAuthTokenId.Type

/** Names an API token without telling it. */
export const TokenId = prefixed("token").pipe(Schema.brand("TokenId"))
export type TokenId = typeof TokenId.Type

/** Names the remote that a workspace is synchronised with. */
export const TargetName = Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9-]{0,39}$/)).pipe(
  Schema.brand("TargetName")
)
export type TargetName = typeof TargetName.Type

/** Lower-case hexadecimal SHA-256 of content in the artifact store. */
export const ArtifactHash = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/)).pipe(Schema.brand("ArtifactHash"))
export type ArtifactHash = typeof ArtifactHash.Type

/** Milliseconds since 1970 (UTC). */
export const Timestamp = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).pipe(Schema.brand("Timestamp"))
export type Timestamp = typeof Timestamp.Type

/** Position of an event in the journal of its host, from 1, without gaps. */
export const Sequence = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).pipe(Schema.brand("Sequence"))
export type Sequence = typeof Sequence.Type
