// A registered service and where it stands: draft → probing → auth_required → connected | error.
import * as Schema from "effect/Schema"
import { CredentialNeed } from "./Credential.ts"
import { SourceName, Timestamp } from "./ids.ts"

export const SourceKind = Schema.Literals(["openapi", "mcp", "graphql"])
export type SourceKind = typeof SourceKind.Type

/** How a source is reached. What was given inline is kept with it, so that a refresh needs nothing else. */
export const SourceLocation = Schema.Union([
  Schema.TaggedStruct("Url", {
    url: Schema.NonEmptyString,
    /** Where calls go when the description does not say, or says it wrongly. */
    baseUrl: Schema.optionalKey(Schema.String)
  }),
  Schema.TaggedStruct("File", { path: Schema.NonEmptyString, baseUrl: Schema.optionalKey(Schema.String) }),
  Schema.TaggedStruct("Text", { text: Schema.NonEmptyString, baseUrl: Schema.optionalKey(Schema.String) }),
  Schema.TaggedStruct("Stdio", {
    command: Schema.NonEmptyString,
    args: Schema.Array(Schema.String),
    /** Working folder of the process; the daemon's own data folder when absent. */
    cwd: Schema.optionalKey(Schema.String)
  })
])
export type SourceLocation = typeof SourceLocation.Type

/** Longest description kept inline (`Text`), in characters: it is part of an event, and of every list of sources. */
export const longestSourceText = 1024 * 1024

/** Why a source cannot be used, in words for a person, with what to do next. */
export const SourceFailure = Schema.Struct({
  code: Schema.Literals([
    "unreachable",
    "timeout",
    "http_status",
    "not_a_specification",
    "invalid_specification",
    "no_tools",
    "process_failed",
    "protocol",
    "refused_address",
    "too_large",
    "unsupported"
  ]),
  message: Schema.String,
  status: Schema.optionalKey(Schema.Int)
})
export type SourceFailure = typeof SourceFailure.Type

export const SourceState = Schema.Literals(["draft", "probing", "auth_required", "connected", "error"])
export type SourceState = typeof SourceState.Type

export const Source = Schema.Struct({
  name: SourceName,
  /** Absent until it is given or found out. */
  kind: Schema.optionalKey(SourceKind),
  location: SourceLocation,
  /** Exact origins on non-public addresses that a human allowed this source to reach. */
  privateOrigins: Schema.Array(Schema.String),
  /** Who registered it: what a human added, a run cannot remove. */
  addedBy: Schema.Literals(["owner", "agent"]),
  state: SourceState,
  title: Schema.optionalKey(Schema.String),
  /** What the source still needs, when `auth_required`. */
  needs: Schema.Array(CredentialNeed),
  failure: Schema.optionalKey(SourceFailure),
  toolCount: Schema.Int,
  /** Things a person should know about the last compilation, such as skipped operations. */
  warnings: Schema.Array(Schema.String),
  addedAt: Timestamp,
  updatedAt: Timestamp
})
export type Source = typeof Source.Type
