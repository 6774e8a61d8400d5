// Everything that can happen, as data. State is the fold of these; a new shape of an old event gets a new version.
import * as Schema from "effect/Schema"
import { CredentialNeed, CredentialRef, OAuthToken } from "./Credential.ts"
import {
  CredentialId,
  InputId,
  OAuthTokenId,
  PolicyId,
  RunId,
  Sequence,
  SourceName,
  Timestamp,
  ToolCallId,
  WorkspaceId
} from "./ids.ts"
import { Input, InputAnswer } from "./Input.ts"
import { Policy } from "./Policy.ts"
import { CallOutcome, Failure, RunStatus, StoredJson, TaskRun, ToolCall } from "./Run.ts"
import { Source, SourceFailure, SourceKind } from "./Source.ts"
import { SyncState } from "./SyncState.ts"
import { ToolArtifact } from "./Tool.ts"
import { Actor, Profile, Workspace } from "./Workspace.ts"

/** Version of the event format that this code writes. Readers upcast older ones and refuse newer ones. */
export const eventVersion = 1

export const Event = Schema.Union([
  Schema.TaggedStruct("WorkspaceCreated", { workspace: Workspace }),
  Schema.TaggedStruct("ProfileCreated", { profile: Profile }),

  Schema.TaggedStruct("SourceDrafted", { source: Source }),
  Schema.TaggedStruct("SourceProbing", { name: SourceName }),
  Schema.TaggedStruct("SourceAuthRequired", {
    name: SourceName,
    kind: SourceKind,
    needs: Schema.Array(CredentialNeed)
  }),
  Schema.TaggedStruct("SourceConnected", {
    name: SourceName,
    kind: SourceKind,
    privateOrigins: Schema.Array(Schema.String),
    title: Schema.optionalKey(Schema.String),
    toolCount: Schema.Int,
    warnings: Schema.Array(Schema.String)
  }),
  Schema.TaggedStruct("SourceFailed", { name: SourceName, failure: SourceFailure }),
  Schema.TaggedStruct("SourceRemoved", { name: SourceName }),
  Schema.TaggedStruct("ToolsCompiled", { artifact: ToolArtifact }),

  Schema.TaggedStruct("PolicySet", { policy: Policy }),
  Schema.TaggedStruct("PolicyRemoved", { id: PolicyId }),
  Schema.TaggedStruct("CredentialStored", { credential: CredentialRef }),
  Schema.TaggedStruct("CredentialRemoved", { id: CredentialId }),
  Schema.TaggedStruct("OAuthTokenStored", { token: OAuthToken }),
  Schema.TaggedStruct("OAuthTokenRemoved", { id: OAuthTokenId }),

  Schema.TaggedStruct("InputRequested", { input: Input }),
  Schema.TaggedStruct("InputAnswered", { id: InputId, answer: InputAnswer }),
  Schema.TaggedStruct("InputClosed", { id: InputId, state: Schema.Literals(["expired", "withdrawn"]) }),

  Schema.TaggedStruct("RunOpened", { run: TaskRun }),
  /** A move that does not end the run; `attempt` names the driver that made it. */
  Schema.TaggedStruct("RunMoved", { id: RunId, status: RunStatus, attempt: Schema.Int }),
  Schema.TaggedStruct("RunEnded", {
    id: RunId,
    status: RunStatus,
    result: Schema.optionalKey(StoredJson),
    failure: Schema.optionalKey(Failure),
    logs: Schema.Array(Schema.String),
    logsTruncated: Schema.Boolean,
    callCount: Schema.Int
  }),
  /** Durable before a call with effects is sent. */
  Schema.TaggedStruct("ToolCallIntended", { call: ToolCall }),
  /** A call without effects, told once it is over: intent and outcome in one. */
  Schema.TaggedStruct("ToolCallRecorded", { call: ToolCall }),
  Schema.TaggedStruct("ToolCallSettled", {
    id: ToolCallId,
    run: RunId,
    outcome: CallOutcome,
    completion: Schema.Int,
    endedAt: Timestamp
  }),
  Schema.TaggedStruct("SyncAdvanced", { sync: SyncState })
]).pipe(Schema.toTaggedUnion("_tag"))
export type Event = typeof Event.Type

/** One event as journalled: who did what, in whose workspace, when, at which place in the order. */
export const EventEnvelope = Schema.Struct({
  v: Schema.Literal(eventVersion),
  seq: Sequence,
  workspace: WorkspaceId,
  actor: Actor,
  at: Timestamp,
  event: Event
})
export type EventEnvelope = typeof EventEnvelope.Type
