// Claude Code: a configuration file beside the user's own, merged by it; the tool is allowed and always loaded.
import { patienceMs, type Agent } from "./Agent.ts"

export const claude: Agent = {
  name: "Claude Code",
  program: "claude",
  install: "npm install -g @anthropic-ai/claude-code",
  launch: ({ mcpUrl, key, writeFile }, args) => {
    const server = {
      type: "http",
      url: mcpUrl,
      headers: { Authorization: `Bearer ${key}` },
      alwaysLoad: true,
      timeout: patienceMs
    }
    const file = writeFile("claude.mcp.json", JSON.stringify({ mcpServers: { executor: server } }, null, 2))
    // Both flags take lists: the `=` form keeps them from swallowing what the user passes.
    return { args: [`--mcp-config=${file}`, "--allowedTools=mcp__executor__execute", ...args], env: {} }
  }
}
