// The limits that a host gives its runs. Defaults hold unless the composition root says otherwise.
import * as Context from "effect/Context"
import { defaultLimits, type SandboxLimits } from "./sandbox/Sandbox.ts"

export const RunLimits = Context.Reference<SandboxLimits>("@executor-v2/engine/RunLimits", {
  defaultValue: () => defaultLimits
})

/** Runs of agents that a sandbox works on at the same time. It has room for one more: they cannot lock the owner out. */
export const agentRuns = 4
