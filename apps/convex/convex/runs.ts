// Runs between the commit that opened them and their ends: their drivers, and the sweep after drivers that are gone.
import { internalAction } from "@executor-v2/confect"
import { RunId, WorkspaceId } from "@executor-v2/schema"
import * as Schema from "effect/Schema"
import { drivenIn } from "../src/Driving.ts"
import { sweepRuns, sweepSources } from "../src/Sweeping.ts"

/** Scheduled by the commit that opens or wakes a run. */
export const drive = internalAction({
  args: { workspace: WorkspaceId, run: RunId },
  returns: Schema.Null,
  handler: drivenIn
})

export const sweep = internalAction({ args: {}, returns: Schema.Int, handler: () => sweepRuns })

export const sweepRegistrations = internalAction({ args: {}, returns: Schema.Null, handler: () => sweepSources })
