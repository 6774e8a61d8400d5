// The folded state of a host at one sequence number: every living entity with the revision it has.
import * as Schema from "effect/Schema"
import { CredentialRef, OAuthToken } from "./Credential.ts"
import { Sequence, WorkspaceId } from "./ids.ts"
import { Input } from "./Input.ts"
import { Policy } from "./Policy.ts"
import { TaskRun, ToolCall } from "./Run.ts"
import { Source } from "./Source.ts"
import { SyncState } from "./SyncState.ts"
import { ToolArtifact } from "./Tool.ts"
import { Profile, Workspace } from "./Workspace.ts"

/** Everything that has a life of its own in the journal, by kind. */
export const entitySchemas = {
  workspace: Workspace,
  profile: Profile,
  source: Source,
  toolArtifact: ToolArtifact,
  credential: CredentialRef,
  oauthToken: OAuthToken,
  policy: Policy,
  input: Input,
  run: TaskRun,
  toolCall: ToolCall,
  sync: SyncState
} as const

export type EntityKind = keyof typeof entitySchemas
export type EntityOf<K extends EntityKind> = (typeof entitySchemas)[K]["Type"]
export type Entity = { readonly [K in EntityKind]: EntityOf<K> }[EntityKind]

export const entityKinds = Object.keys(entitySchemas) as ReadonlyArray<EntityKind>

/** Names one entity inside a workspace. */
export const EntityRef = Schema.Struct({
  kind: Schema.Literals(Object.keys(entitySchemas) as [EntityKind, ...Array<EntityKind>]),
  id: Schema.String
})
export interface EntityRef {
  readonly kind: EntityKind
  readonly id: string
}

/** Sequence number of the last event that touched the entity; 0 stands for "does not exist". */
export const Revision = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
export type Revision = typeof Revision.Type

const row = <K extends EntityKind>(kind: K) =>
  Schema.Struct({
    kind: Schema.Literal(kind),
    workspace: WorkspaceId,
    id: Schema.String,
    revision: Revision,
    entity: entitySchemas[kind] as (typeof entitySchemas)[K]
  })

/** One entity of a snapshot. */
export const SnapshotRow = Schema.Union([
  row("workspace"),
  row("profile"),
  row("source"),
  row("toolArtifact"),
  row("credential"),
  row("oauthToken"),
  row("policy"),
  row("input"),
  row("run"),
  row("toolCall"),
  row("sync")
])
export type SnapshotRow = typeof SnapshotRow.Type

export const Snapshot = Schema.Struct({
  /** The state holds every event up to and including this one. */
  seq: Sequence,
  rows: Schema.Array(SnapshotRow)
})
export type Snapshot = typeof Snapshot.Type
