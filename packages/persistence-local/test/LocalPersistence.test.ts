// The adapters on files keep the contracts of the ports.
import * as ArtifactStoreContract from "@executor-v2/persistence-ports/contract/ArtifactStoreContract"
import * as JournalContract from "@executor-v2/persistence-ports/contract/JournalContract"
import { Effect, Layer } from "effect"
import { LocalPersistence } from "../src/index.ts"
import { temporaryHome } from "./TemporaryFolder.ts"

const onTemporaryFolder = Layer.unwrap(Effect.map(temporaryHome, (home) => LocalPersistence.layer({ home })))

JournalContract.suite("local", onTemporaryFolder)
ArtifactStoreContract.suite("local", onTemporaryFolder)
