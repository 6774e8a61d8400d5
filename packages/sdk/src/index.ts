// Talking to an Executor from a program. Adapters that need Node have entries of their own.
export * from "./ConnectError.ts"
export * as Executor from "./Executor.ts"
