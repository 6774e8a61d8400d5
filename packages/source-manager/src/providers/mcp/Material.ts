// What listing a server's tools leaves behind: the text that compiling reads.

/** A tool as the server told it. Nothing of it was checked yet. */
export type ListedTool = Readonly<Record<string, unknown>>

export interface McpMaterial {
  readonly format: 1
  readonly server: { readonly name?: string; readonly title?: string; readonly version?: string }
  readonly protocolVersion: string
  /** How the server wants its tools to be used: a stranger's words, kept for people and never obeyed. */
  readonly instructions?: string
  readonly tools: ReadonlyArray<ListedTool>
  /** Things that happened while listing and that a person should know. */
  readonly notes: ReadonlyArray<string>
}

/** What calling a tool needs. */
export interface McpBinding {
  /** Its name on the server. */
  readonly tool: string
  /** What the server says of itself: shown to people, never believed. */
  readonly hints?: Readonly<Record<string, boolean>>
  /** Some arguments are repeated in headers (`x-mcp-header`), so that the schema is needed for sending. */
  readonly mirrors?: true
}
