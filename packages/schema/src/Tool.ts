// What a tool is to the rest of the house: its traits decide policy, its summary and signature are what a model reads.
import * as Schema from "effect/Schema"
import { ArtifactHash, SourceName, Timestamp, ToolPath } from "./ids.ts"

/** Facts about a tool that policy and durability rest on. Upstream hints are untrusted: they never widen a default. */
export const ToolTraits = Schema.Struct({
  /** Calling it changes nothing upstream (GET and HEAD, GraphQL queries, built-in reads). */
  readOnly: Schema.Boolean,
  destructive: Schema.Boolean,
  /** A repeated call with the same arguments has no further effect: an unknown outcome may be tried again. */
  idempotent: Schema.Boolean
})
export type ToolTraits = typeof ToolTraits.Type

/** A line of search results: enough to write the call. */
export const ToolSummary = Schema.Struct({ path: ToolPath, summary: Schema.String, signature: Schema.String })
export type ToolSummary = typeof ToolSummary.Type

/** The whole interface of one tool. */
export const ToolDescription = Schema.Struct({
  path: ToolPath,
  description: Schema.String,
  /** TypeScript declaration of the call with the types it names. */
  typescript: Schema.String,
  annotations: ToolTraits
})
export type ToolDescription = typeof ToolDescription.Type

/**
 * The compiled manifest of one source, in the artifact store: an index (names, signatures, where each record lies),
 * the search terms, and a pack with one record per tool of which a call reads only its own.
 */
export const ToolArtifact = Schema.Struct({
  source: SourceName,
  /** Version of the source's tools: the hash of what they were compiled from. */
  version: Schema.String,
  index: ArtifactHash,
  search: ArtifactHash,
  records: ArtifactHash,
  toolCount: Schema.Int,
  compiledAt: Timestamp
})
export type ToolArtifact = typeof ToolArtifact.Type

/** Where the list of all tools stands: equal versions see equal tools. */
export const CatalogVersion = Schema.String.pipe(Schema.brand("CatalogVersion"))
export type CatalogVersion = typeof CatalogVersion.Type
