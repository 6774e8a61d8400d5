// How long each client waits for the answer to a call. We answer "still running, resume with …" before it gives up.
import type { ClientInfo } from "./Principal.ts"

interface ClientPatience {
  /** Beginning of `clientInfo.name`, in lower case: some clients append a server's name. */
  readonly name: string
  /** Milliseconds that a call may stay without an answer when no progress can be sent. */
  readonly silentMs: number
  /** The same when the client sent a progress token; larger only where progress was seen to reset its clock. */
  readonly progressMs: number
}

const second = 1_000

/**
 * Limits seen with Claude Code 2.1.330 (300 s idle, progress resets), Codex 0.169.0 (300 s, progress does not reset),
 * Gemini CLI 0.61.0 (600 s by its source, does not reset) and opencode 1.18.33 (60 s, progress resets), and stated by
 * VS Code (none) and Goose (300 s). Each keeps a margin.
 */
const known: ReadonlyArray<ClientPatience> = [
  { name: "claude-code", silentMs: 280 * second, progressMs: 330 * second },
  { name: "codex-mcp-client", silentMs: 280 * second, progressMs: 280 * second },
  { name: "gemini-cli-mcp-client", silentMs: 570 * second, progressMs: 570 * second },
  { name: "opencode", silentMs: 50 * second, progressMs: 330 * second },
  { name: "visual studio code", silentMs: 280 * second, progressMs: 280 * second },
  { name: "goose", silentMs: 280 * second, progressMs: 280 * second }
]

/** For everybody else: SDKs give up after 60 s. */
const unknown = 50 * second

/** Milliseconds that a call of this client may take before it gets a handle instead of its result. */
export const patienceOf = (client: ClientInfo | undefined, progress: boolean): number => {
  const name = client?.name.toLowerCase() ?? ""
  const found = known.find((entry) => name.startsWith(entry.name))
  if (found === undefined) return unknown
  return progress ? found.progressMs : found.silentMs
}
