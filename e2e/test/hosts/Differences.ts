// What one of the two hosts cannot do that the other one can, and why: the only place that says so. Each row is shown by
// hosts-differ-where-said.e2e.test.ts, and docs/hosts.md is this, rendered.

/** One thing that the hosts do differently, in words for a user. */
export interface Difference {
  readonly what: string
  readonly local: string
  readonly remote: string
  readonly why: string
}

export const differences = {
  stdio: {
    what: "MCP servers over stdio",
    local: "yes, with your consent",
    remote: "refused: add it to the daemon, or serve it over HTTP",
    why: "a deployment starts no processes"
  },
  files: {
    what: "Descriptions in files",
    local: "read from disk, of any size that is read at all; a refresh reads again",
    remote: "the command line sends the text, up to 1,048,576 characters; a path given to the API is refused",
    why: "a deployment sees no disk of yours, and what is sent is kept in its journal"
  },
  privateAddresses: {
    what: "Services on this machine or in a private network",
    local: "reached when you add them yourself",
    remote: "refused, unless whoever runs the deployment lists the exact origin in `EXECUTOR_ALLOW_ORIGINS`",
    why: "it is not your machine: whoever may use a deployment does not open its network"
  },
  stopping: {
    what: "Starting, stopping and logs: `executor pm`",
    local: "yes",
    remote: "refused; its operator has Convex's own tools",
    why: "a deployment serves many, and is stopped by none of them"
  },
  tokens: {
    what: "Tokens: made, listed, revoked one by one",
    local: "refused: there are two keys, in files that only you can read",
    remote: "yes: one for each owner and each machine's agents",
    why: "whoever can read the data folder of a daemon has its keys anyway"
  },
  sessions: {
    what: "Sessions of MCP clients of the generation before 2026-07-28",
    local: "yes",
    remote:
      "answered without a session; a stream of its own (GET) is refused, and cancelling a call leaves its run going",
    why: "nothing is kept between two requests; end such a run with `executor runs cancel ID`"
  },
  callsSoFar: {
    what: "How many calls a run has made, told while it is waited for",
    local: "yes",
    remote: "not told; `executor runs show ID` lists them",
    why: "who waits and who drives the run are two functions, which share nothing but the journal"
  },
  interrupted: {
    what: "A run that was cut off",
    local: "is `interrupted` as soon as the daemon is back",
    remote:
      "is `interrupted` when nobody has shown life for 30 s, at the next minute's sweep; it is `running` until then",
    why: "a deployment has no start at which it could look"
  },
  memory: {
    what: "Memory of a run",
    local: "64 MB, in a process of its own",
    remote: "32 MB",
    why: "Convex gives a function 64 MB, ours included"
  },
  callResult: {
    what: "The result of one call, as JSON text",
    local: "up to 16,777,216 characters",
    remote: "up to 2,097,152 characters; more is refused with advice",
    why: "it is in the run's memory several times while it is read"
  },
  intl: {
    what: "`Intl` in code",
    local: "yes",
    remote: "not there: write numbers and dates by code",
    why: "QuickJS, the engine that runs where there are no processes, has none"
  },
  column: {
    what: "Column of an error in code",
    local: "where the name begins that was called",
    remote: "where its parenthesis is; the line is the same, and so are positions of syntax errors",
    why: "each engine has it its own way"
  }
} as const satisfies Readonly<Record<string, Difference>>

const cell = (text: string): string => text.replaceAll("|", "\\|")

/** The document for users. */
export const hostsDocument = (): string => `# Two hosts, one behaviour

The daemon on your machine and a deployment on Convex run the same packages, and are held to the same suite:
[\`e2e/test/hosts\`](../e2e/test/hosts) registers, searches, executes, fails, resumes, cancels and restarts on both, over their public
surfaces, and compares the answers to the letter. These are the differences, all of them; each is shown by a test.

| | daemon (\`local\`) | deployment | why |
|---|---|---|---|
${Object.values<Difference>(differences)
  .map(({ local, remote, what, why }) => `| ${[what, local, remote, why].map(cell).join(" | ")} |`)
  .join("\n")}

This table is made from \`e2e/test/hosts/Differences.ts\`. After a change there, write it anew with
\`npm run pnpm -- vitest run --config vitest.workspace.ts e2e/test/hosts/hosts-differ -u\`.
`
