// What an app exports from `convex/persistence.ts`: the functions, and `commitOf` to make `commit` of.
export * from "./Artifacts.ts"
export * from "./Commit.ts"
export * from "./Leases.ts"
export * from "./Read.ts"
export * from "./Tokens.ts"
