// The adapter keeps the contracts of the ports.
import * as ArtifactStoreContract from "@executor-v2/persistence-ports/contract/ArtifactStoreContract"
import * as JournalContract from "@executor-v2/persistence-ports/contract/JournalContract"
import { deploy, portsOver } from "./Deployment.ts"

JournalContract.suite("Convex", portsOver(deploy().deployment), { hostSchedules: true })
ArtifactStoreContract.suite("Convex", portsOver(deploy().deployment))
