// The thread in which a snapshot is built, so that the event loop of the daemon never waits for it.
import { parentPort, workerData } from "node:worker_threads"
import { buildSnapshot, type SnapshotPlan } from "./Compaction.ts"
import { nodeDisk } from "./Disk.ts"

// A failure ends the thread with the error, which the daemon sees as the worker's `error` event.
await buildSnapshot(nodeDisk, workerData as SnapshotPlan)
parentPort?.postMessage("done")
