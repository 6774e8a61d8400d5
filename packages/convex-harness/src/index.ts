// Everything that tests, the end-to-end suite and the bench use.
export type { Deployment, Outcome } from "./Deployment.ts"
export type { PlannedConflict, PlannedKill } from "./Faults.ts"
export { regenerate } from "./Generated.ts"
export { startHarness } from "./Harness.ts"
export type { Harness, HarnessOptions } from "./Harness.ts"
export { IsolateGate } from "./isolate/IsolateGate.ts"
export { Limits } from "./Limits.ts"
