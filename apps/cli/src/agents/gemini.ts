// Gemini CLI: a settings file of its own layer. It refuses one below a folder that others can write.
import { patienceMs, type Agent } from "./Agent.ts"

export const gemini: Agent = {
  name: "Gemini CLI",
  program: "gemini",
  install: "npm install -g @google/gemini-cli",
  launch: ({ mcpUrl, key, writeFile }, args) => {
    const server = { httpUrl: mcpUrl, headers: { Authorization: `Bearer ${key}` }, timeout: patienceMs, trust: true }
    const file = writeFile("gemini.settings.json", JSON.stringify({ mcpServers: { executor: server } }, null, 2))
    return { args, env: { GEMINI_CLI_SYSTEM_SETTINGS_PATH: file } }
  }
}
