// The ports of persistence on Convex: layers over the context of an action, and the tables beneath them.
export * as ConvexArtifactStore from "./ConvexArtifactStore.ts"
export * from "./ConvexCaller.ts"
export * as ConvexJournal from "./ConvexJournal.ts"
export * from "./ConvexLeases.ts"
export * as ConvexPersistence from "./ConvexPersistence.ts"
export * from "./ConvexTokens.ts"
export * as ConvexViews from "./ConvexViews.ts"
export * from "./Tables.ts"
