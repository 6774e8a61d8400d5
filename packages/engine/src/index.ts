// Running code: one execute, its tool calls, the sandbox behind a port.
export * from "./ActiveRuns.ts"
export * from "./Execute.ts"
export * as Kernel from "./Kernel.ts"
export * from "./ResultBudget.ts"
export * from "./sandbox/Sandbox.ts"
export * from "./RunLimits.ts"
export * from "./ToolCall.ts"
export * from "./Transpile.ts"
