// The ports of persistence and the rules that every adapter shares.
export * from "./ArtifactStore.ts"
export * from "./Fold.ts"
export * from "./Journal.ts"
export * as MemoryPersistence from "./MemoryPersistence.ts"
export * from "./State.ts"
export * from "./Views.ts"
