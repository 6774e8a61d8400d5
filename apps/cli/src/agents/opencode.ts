// opencode: configuration in a variable, which it merges with the user's files.
import { CommandFailure } from "../Failure.ts"
import { patienceMs, type Agent } from "./Agent.ts"

/** What the user has in the variable already. */
const ownConfig = (): { readonly mcp?: object } => {
  try {
    return JSON.parse(process.env["OPENCODE_CONFIG_CONTENT"] || "{}") as { readonly mcp?: object }
  } catch {
    throw new CommandFailure(
      "OPENCODE_CONFIG_CONTENT is not JSON, so the tools cannot be added to it. Correct it, or unset it"
    )
  }
}

export const opencode: Agent = {
  name: "opencode",
  program: "opencode",
  install: "npm install -g opencode-ai",
  launch: ({ mcpUrl, key }, args) => {
    const server = {
      type: "remote",
      url: mcpUrl,
      enabled: true,
      oauth: false,
      headers: { Authorization: `Bearer ${key}` },
      timeout: patienceMs
    }
    const config = ownConfig()
    return {
      args,
      env: { OPENCODE_CONFIG_CONTENT: JSON.stringify({ ...config, mcp: { ...config.mcp, executor: server } }) }
    }
  }
}
