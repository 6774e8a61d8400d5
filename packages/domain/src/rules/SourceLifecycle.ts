// The states of a source: draft → probing → auth_required → connected | error, and back to probing on refresh.
import type { SourceState } from "@executor-v2/schema"

const moves: Record<SourceState, ReadonlyArray<SourceState>> = {
  draft: ["probing"],
  probing: ["auth_required", "connected", "error"],
  auth_required: ["probing"],
  connected: ["probing"],
  error: ["probing"]
}

/** Whether a source may go from one state to another. */
export const canMoveSource = (from: SourceState, to: SourceState): boolean => moves[from].includes(to)
