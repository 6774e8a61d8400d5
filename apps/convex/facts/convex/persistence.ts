// The product's own functions on its tables, with another driver of runs.
import { commitOf, type DriveReference } from "@executor-v2/persistence-convex/functions"
import { makeFunctionReference } from "convex/server"

export const commit = commitOf({ drive: makeFunctionReference("jobs:drive") as unknown as DriveReference })

export { changesSince, get, leaseClaim, leaseExtend } from "@executor-v2/persistence-convex/functions"
