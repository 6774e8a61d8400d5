// The in-memory adapter keeps the contracts of the ports.
import { MemoryPersistence } from "../src/index.ts"
import * as ArtifactStoreContract from "../src/contract/ArtifactStoreContract.ts"
import * as JournalContract from "../src/contract/JournalContract.ts"

JournalContract.suite("memory", MemoryPersistence.layer)
ArtifactStoreContract.suite("memory", MemoryPersistence.layer)
