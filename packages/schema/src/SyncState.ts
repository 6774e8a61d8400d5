// How far a workspace has been brought over to another target.
import * as Schema from "effect/Schema"
import { Sequence, TargetName, Timestamp } from "./ids.ts"

export const SyncState = Schema.Struct({
  target: TargetName,
  /** Last local event that the target has. */
  pushed: Sequence,
  /** Last event of the target that is here. */
  pulled: Sequence,
  updatedAt: Timestamp
})
export type SyncState = typeof SyncState.Type
