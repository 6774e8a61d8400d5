// References to secrets. The values live in a vault and never pass through state, events or the model.
import * as Schema from "effect/Schema"
import { CredentialId, OAuthTokenId, SourceName, Timestamp } from "./ids.ts"

/** Where a secret goes in a request, and in which form. */
export const CredentialPlacement = Schema.Struct({
  in: Schema.Literals(["header", "query", "cookie", "env"]),
  name: Schema.NonEmptyString,
  /** Text put before the value, such as `Bearer `. */
  prefix: Schema.optionalKey(Schema.String)
})
export type CredentialPlacement = typeof CredentialPlacement.Type

/** What a source says it needs before it can be used. */
export const CredentialNeed = Schema.Struct({
  /** Name of the security scheme as the source declares it. */
  scheme: Schema.String,
  kind: Schema.Literals(["api-key", "bearer", "basic", "oauth2", "unknown"]),
  placement: Schema.optionalKey(CredentialPlacement),
  scopes: Schema.optionalKey(Schema.Array(Schema.String)),
  description: Schema.optionalKey(Schema.String)
})
export type CredentialNeed = typeof CredentialNeed.Type

export const CredentialRef = Schema.Struct({
  id: CredentialId,
  source: SourceName,
  kind: Schema.Literals(["api-key", "bearer", "basic", "oauth2"]),
  placements: Schema.Array(CredentialPlacement),
  /** Key under which the vault holds the value. */
  vaultKey: Schema.NonEmptyString,
  createdAt: Timestamp
})
export type CredentialRef = typeof CredentialRef.Type

/** State of an OAuth grant; the tokens themselves are in the vault under `vaultKey`. */
export const OAuthToken = Schema.Struct({
  id: OAuthTokenId,
  source: SourceName,
  /** Issuer identifier (RFC 8414). */
  issuer: Schema.String,
  clientId: Schema.String,
  scopes: Schema.Array(Schema.String),
  vaultKey: Schema.NonEmptyString,
  expiresAt: Schema.optionalKey(Timestamp),
  refreshable: Schema.Boolean,
  updatedAt: Timestamp
})
export type OAuthToken = typeof OAuthToken.Type
