// The code behind the commands, by file: loaded when a command is called.

export const modules = {
  agent: () => import("./commands/agent.ts"),
  demo: () => import("./commands/demo.ts"),
  doctor: () => import("./commands/doctor.ts"),
  mcp: () => import("./commands/mcp.ts"),
  pm: () => import("./commands/pm.ts"),
  policies: () => import("./commands/policies.ts"),
  run: () => import("./commands/run.ts"),
  runs: () => import("./commands/runs.ts"),
  sources: () => import("./commands/sources.ts"),
  target: () => import("./commands/target.ts"),
  tools: () => import("./commands/tools.ts")
}

export type Modules = typeof modules
