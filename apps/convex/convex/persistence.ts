// The functions on the tables. The layers of the persistence package call them by these names.
import { commitOf, type DriveReference } from "@executor-v2/persistence-convex/functions"
import { makeFunctionReference } from "convex/server"

export const commit = commitOf({ drive: makeFunctionReference("runs:drive") as unknown as DriveReference })

export {
  artifactDrop,
  artifactJoin,
  artifactKeep,
  artifactPart,
  changesSince,
  get,
  leaseClaim,
  leaseExtend,
  leaseRelease,
  leasesExpired,
  list,
  tokenCreate,
  tokenFind,
  tokenList,
  tokenRevoke,
  workspaces
} from "@executor-v2/persistence-convex/functions"
