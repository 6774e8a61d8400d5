// One `execute` and the tool calls it made, with everything that replaying it needs.
import * as Schema from "effect/Schema"
import { ArtifactHash, RunId, Timestamp, ToolCallId, ToolPath } from "./ids.ts"
import { CatalogVersion } from "./Tool.ts"
import { Actor } from "./Workspace.ts"

/** A value as JSON text: inline while small, else part of an artifact (outcomes of one commit share one). */
export const StoredJson = Schema.Union([
  Schema.TaggedStruct("Inline", { json: Schema.String }),
  Schema.TaggedStruct("Artifact", {
    hash: ArtifactHash,
    /** Where the text begins and how long it is, in bytes of UTF-8. */
    offset: Schema.Int,
    bytes: Schema.Int
  })
])
export type StoredJson = typeof StoredJson.Type

/** How a failed call or run looks to code, people and other hosts. The message says what to do next. */
export const Failure = Schema.Struct({
  code: Schema.String,
  message: Schema.String,
  /** HTTP status of the upstream's answer. */
  status: Schema.optionalKey(Schema.Int),
  retryable: Schema.optionalKey(Schema.Boolean),
  /** Further facts as JSON text. */
  detailsJson: Schema.optionalKey(Schema.String),
  /** Position in the agent's own code, from 1. */
  line: Schema.optionalKey(Schema.Int),
  column: Schema.optionalKey(Schema.Int)
})
export type Failure = typeof Failure.Type

export const RunStatus = Schema.Literals([
  "queued",
  "running",
  "waiting_for_input",
  "completed",
  "failed",
  "timed_out",
  "denied",
  "cancelled",
  "interrupted"
])
export type RunStatus = typeof RunStatus.Type

/** States that a run never leaves. */
export const terminalStatuses: ReadonlySet<RunStatus> = new Set<RunStatus>([
  "completed",
  "failed",
  "timed_out",
  "denied",
  "cancelled",
  "interrupted"
])

/** What makes a second execution of the same code see the same world. */
export const ReplayFacts = Schema.Struct({
  /** Seed of the guest's random numbers and identifiers. */
  seed: Schema.String,
  /** Where the guest's clock starts. */
  startedAt: Timestamp,
  catalog: CatalogVersion
})
export type ReplayFacts = typeof ReplayFacts.Type

export const TaskRun = Schema.Struct({
  id: RunId,
  status: RunStatus,
  code: Schema.String,
  actor: Actor,
  replay: ReplayFacts,
  /** Fences drivers: a write of an older attempt is refused. */
  attempt: Schema.Int,
  createdAt: Timestamp,
  endedAt: Schema.optionalKey(Timestamp),
  result: Schema.optionalKey(StoredJson),
  failure: Schema.optionalKey(Failure),
  logs: Schema.Array(Schema.String),
  logsTruncated: Schema.Boolean,
  callCount: Schema.Int
})
export type TaskRun = typeof TaskRun.Type

/** Identity of a call inside its run: never its place in the code, which differs between engines. */
export const CallKey = Schema.Struct({
  path: ToolPath,
  /** SHA-256 of the canonical JSON of the arguments. */
  argumentsHash: Schema.String,
  /** How many equal calls came before it. */
  occurrence: Schema.Int
})
export type CallKey = typeof CallKey.Type

export const CallOutcome = Schema.Union([
  Schema.TaggedStruct("Returned", { value: StoredJson }),
  Schema.TaggedStruct("Failed", { failure: Failure }),
  /** The intent was recorded, the outcome was not: it may or may not have happened upstream. */
  Schema.TaggedStruct("Unknown", { reason: Schema.String })
])
export type CallOutcome = typeof CallOutcome.Type

export const ToolCall = Schema.Struct({
  id: ToolCallId,
  run: RunId,
  key: CallKey,
  /** Redacted, cut to a readable size. */
  argumentsPreview: Schema.String,
  hasEffects: Schema.Boolean,
  startedAt: Timestamp,
  endedAt: Schema.optionalKey(Timestamp),
  outcome: Schema.optionalKey(CallOutcome),
  /** Place among the run's completions, from 1: replay delivers outcomes in this order. */
  completion: Schema.optionalKey(Schema.Int)
})
export type ToolCall = typeof ToolCall.Type
