// The one contract between hosts and people's faces. Handlers live with the features that implement them.
import { HostRpcs } from "./HostRpcs.ts"
import { PolicyRpcs } from "./PolicyRpcs.ts"
import { RunRpcs } from "./RunRpcs.ts"
import { SourceRpcs } from "./SourceRpcs.ts"
import { TokenRpcs } from "./TokenRpcs.ts"
import { ToolRpcs } from "./ToolRpcs.ts"

export * from "./Caller.ts"
export * from "./Daemon.ts"
export * from "./Health.ts"
export * from "./HostRpcs.ts"
export * from "./PolicyRpcs.ts"
export * from "./RunRpcs.ts"
export * from "./SourceRpcs.ts"
export * from "./TokenRpcs.ts"
export * from "./ToolRpcs.ts"

/** Everything a host answers. */
export class ExecutorRpcs extends RunRpcs.merge(SourceRpcs, ToolRpcs, PolicyRpcs, HostRpcs, TokenRpcs) {}
