// The thread in which a snapshot is built, so that the event loop of the daemon never waits for it.
import { parentPort, workerData } from "node:worker_threads"
import { buildSnapshot, type SnapshotPlan } from "./Compaction.ts"
import { encodeDataFolderError, toDataFolderError } from "./DataFolderError.ts"
import { nodeDisk } from "./Disk.ts"

const plan = workerData as SnapshotPlan
try {
  await buildSnapshot(nodeDisk, plan)
  parentPort?.postMessage("done")
} catch (error) {
  parentPort?.postMessage(encodeDataFolderError(toDataFolderError(plan.home, error)))
}
