// What launching an agent takes: its program, how to install it, and a configuration that leaves the user's own alone.

/** How to reach the host, with a key that opens nothing but the MCP endpoint. */
export interface AgentAccess {
  readonly mcpUrl: string
  readonly key: string
  /** Writes a file for this launch alone that only this user can read; gives its path. */
  readonly writeFile: (name: string, content: string) => string
}

export interface AgentLaunch {
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
}

export interface Agent {
  readonly name: string
  readonly program: string
  /** The command that installs it. */
  readonly install: string
  readonly launch: (access: AgentAccess, args: ReadonlyArray<string>) => AgentLaunch
}

/** Milliseconds that an agent waits for one `execute`: a run may wait for people. */
export const patienceMs = 3_600_000
