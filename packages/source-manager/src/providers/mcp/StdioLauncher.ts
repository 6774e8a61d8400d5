// The port that starts MCP servers as processes of this machine: real on a local daemon, refused everywhere else.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { SourceError } from "../../Provider.ts"

/** What is started. There is no shell between: arguments arrive as they are written here. */
export interface StdioCommand {
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** The host's own choice when absent. */
  readonly cwd?: string
}

/** What the process says while it lives. */
export interface StdioListener {
  /** One line of its standard output, without the line break. */
  readonly onLine: (line: string) => void
  /** It is gone, or cannot be listened to any longer. Called once. */
  readonly onExit: () => void
}

export interface StdioProcess {
  readonly pid: number | undefined
  /** Rejects when the process can no longer read; then nothing of the line arrived. */
  readonly write: (line: string) => Promise<void>
  /** How it ended, in words, or nothing while it runs: `ended with exit code 3`. */
  readonly ending: () => string | undefined
  /** The last lines of its standard error, cleaned and bounded; empty when it wrote none. */
  readonly stderr: () => string
}

export class StdioLauncher extends Context.Service<
  StdioLauncher,
  {
    /** Starts a process that ends, with all its children, when the scope closes. */
    readonly launch: (
      command: StdioCommand,
      listener: StdioListener
    ) => Effect.Effect<StdioProcess, SourceError, Scope.Scope>
  }
>()("@executor-v2/source-manager/providers/mcp/StdioLauncher") {}
