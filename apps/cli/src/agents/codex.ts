// Codex: settings on the command line, the key in a variable, so that it is in no file and no process list.
import { patienceMs, type Agent } from "./Agent.ts"

export const codex: Agent = {
  name: "Codex",
  program: "codex",
  install: "npm install -g @openai/codex",
  launch: ({ mcpUrl, key }, args) => {
    const server = [
      `url=${JSON.stringify(mcpUrl)}`,
      'bearer_token_env_var="EXECUTOR_AGENT_TOKEN"',
      "required=true",
      'default_tools_approval_mode="approve"',
      `tool_timeout_sec=${patienceMs / 1_000}`
    ]
    return { args: ["-c", `mcp_servers.executor={${server.join(",")}}`, ...args], env: { EXECUTOR_AGENT_TOKEN: key } }
  }
}
