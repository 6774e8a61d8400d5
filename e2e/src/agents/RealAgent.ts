// What is particular to one agent: its package, how it is run without a person, and how its model speaks.

/** What the model saw in one request and what it says to it. */
export interface Turn {
  /** Names of the tools that the agent offered. */
  readonly offered: ReadonlyArray<string>
  /** Texts of the tool results in the conversation so far. */
  readonly results: ReadonlyArray<string>
}

/** What the scripted model wants next: a call of `execute` with this code, or the last words. */
export type Wish = { readonly _tag: "Execute"; readonly code: string } | { readonly _tag: "Say"; readonly text: string }

export interface Reply {
  readonly type: string
  readonly body: string
}

export interface RealAgent {
  /** The word after `executor`. */
  readonly name: string
  readonly pkg: string
  /** The version that the script is known to fit. */
  readonly version: string
  /** Name under which it offers our tool to its model. */
  readonly tool: string
  /** Beginning of the name by which it introduces itself over MCP. */
  readonly client: string
  /** Arguments and environment for one prompt against a model at `url`, with `home` as the user's folder. */
  readonly headless: (
    url: string,
    prompt: string
  ) => {
    readonly args: ReadonlyArray<string>
    readonly env: Readonly<Record<string, string>>
  }
  /** Files of the user's, relative to HOME, that are to stay as they are, with something of the user's in them. */
  readonly own: Readonly<Record<string, string>>
  /** Reads one request of the model's interface; undefined for requests that are no turn. */
  readonly read: (path: string, body: unknown) => Turn | undefined
  /** Says something in the model's interface. */
  readonly say: (wish: Wish, body: unknown) => Reply
  /** Answers to requests that are no turn. */
  readonly other: (path: string) => Reply
}

/** Server-sent events, each with its name where the interface wants one. */
export const events = (list: ReadonlyArray<{ readonly type: string; readonly [field: string]: unknown }>): Reply => ({
  type: "text/event-stream",
  body: list.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("")
})

export const json = (value: unknown): Reply => ({ type: "application/json", body: JSON.stringify(value) })

/** The text in a tool result, in whatever blocks it comes. */
export const textOf = (content: unknown): string => {
  if (typeof content === "string") return content
  if (Array.isArray(content)) return content.map(textOf).join("\n")
  const text = (content as { readonly text?: unknown } | null)?.text
  return typeof text === "string" ? text : ""
}
