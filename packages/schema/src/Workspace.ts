// Whose state it is: a workspace owns sources, policies and runs; a profile is one person's or machine's view of it.
import * as Schema from "effect/Schema"
import { ProfileId, Timestamp, WorkspaceId } from "./ids.ts"

export const Workspace = Schema.Struct({ id: WorkspaceId, name: Schema.String, createdAt: Timestamp })
export type Workspace = typeof Workspace.Type

export const Profile = Schema.Struct({
  id: ProfileId,
  workspace: WorkspaceId,
  name: Schema.String,
  createdAt: Timestamp
})
export type Profile = typeof Profile.Type

/** Who acts. The kind decides what may be done; the client is told by the caller and only shown. */
export const Actor = Schema.Struct({
  kind: Schema.Literals(["owner", "agent", "system"]),
  /** Name and version the client gave itself, for the audit trail. */
  client: Schema.optionalKey(Schema.String)
})
export type Actor = typeof Actor.Type
