// What the demo shows, step by step. Everything printed was measured or answered just now.
import type { RunId, Source, SourceLocation, SourceName } from "@executor-v2/schema"
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import { readFile } from "node:fs/promises"
import type { LocalExecutor as Executor } from "../Connect.ts"
import { jsonText, oneLine, out, plain, progress, style } from "../Terminal.ts"
import { version } from "../Version.ts"
import type { Parts } from "./Parts.ts"
import { program, question } from "./Program.ts"
import { description } from "./Shop.ts"

const title = (text: string) => out(`\n${style(text, ["bold", "cyan"])}`)
const indented = (text: string) =>
  text
    .split("\n")
    .map((line) => `  ${line}`.trimEnd())
    .join("\n")
const mark = (good: boolean) => style(good ? "✓" : "✗", good ? "green" : "red")

const register = async (executor: Executor, name: string, location: SourceLocation): Promise<void> => {
  const spinner = progress(`registering ${name}`)
  const started = performance.now()
  let last: Source | undefined
  try {
    for await (const source of executor.sources.add({ name: name as SourceName, location })) last = source
  } finally {
    spinner.done()
  }
  if (last?.state !== "connected")
    throw new Error(`${name} could not be registered: ${last?.failure?.message ?? last?.state ?? "no answer"}`)
  const took = `${Math.round(performance.now() - started)} ms`
  out(
    `  ${mark(true)} ${name.padEnd(12)}${String(last.kind).padEnd(9)}${String(last.toolCount).padStart(5)} ${last.toolCount === 1 ? "tool " : "tools"}${took.padStart(10)}`
  )
}

interface ExecuteAnswer {
  readonly status: string
  readonly runId: RunId
  readonly value?: unknown
  readonly logs?: ReadonlyArray<string>
  readonly error?: { readonly message: string }
}

/** The answer as an agent's client sees it. */
const execute = async (client: Client, code: string): Promise<ExecuteAnswer> => {
  const result = await client.callTool({ name: "execute", arguments: { code } })
  const [block] = result.content as ReadonlyArray<{ readonly text?: string }>
  const answer = (result.structuredContent ?? JSON.parse(block?.text ?? "{}")) as ExecuteAnswer
  if (answer.status !== "completed")
    throw new Error(`the demo's program ended as ${answer.status}: ${answer.error?.message ?? block?.text}`)
  return answer
}

const showSearch = async (executor: Executor): Promise<void> => {
  const started = performance.now()
  const { hits } = await executor.tools.search({ query: question, limit: 3 })
  const took = performance.now() - started
  out(style(`  "${question}"`, "italic"))
  for (const { path, summary } of hits) out(`  ${path.padEnd(40)} ${style(oneLine(summary, 60), "dim")}`)
  out(style(`  asked over all three services, ${took.toFixed(0)} ms with the way there and back`, "dim"))
}

const showCalls = async (executor: Executor, id: RunId): Promise<void> => {
  const { calls, run } = await executor.runs.get({ run: id })
  for (const { argumentsPreview, endedAt, key, outcome, startedAt } of calls) {
    const took = endedAt === undefined ? "" : `${endedAt - startedAt} ms`
    out(
      `  ${mark(outcome?._tag === "Returned")} ${key.path.padEnd(34)}${took.padStart(7)}  ${style(oneLine(argumentsPreview, 60), "dim")}`
    )
  }
  out(
    style(
      `  the whole run: ${(run.endedAt ?? run.createdAt) - run.createdAt} ms, ${calls.length} calls (${run.id})`,
      "dim"
    )
  )
}

/** What the MCP server would give to a client that is wired to it directly. */
const everythingTools = async (parts: Parts): Promise<ReadonlyArray<unknown>> => {
  const client = new Client({ name: "executor-demo", version })
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [parts.everything, "stdio"], stderr: "ignore" })
  )
  try {
    return (await client.listTools()).tools
  } finally {
    await client.close()
  }
}

/** The vocabulary of the counter is large, so it comes only now. */
const showTokens = async (executor: Executor, client: Client, parts: Parts): Promise<void> => {
  const spinner = progress("counting tokens")
  const { directTools, tokensOf } = await import("./Tokens.ts")
  const { tools } = await client.listTools()
  const ours = tokensOf({ tools, instructions: client.getInstructions() })
  const github = directTools(JSON.parse(await readFile(parts.github, "utf8")))
  const all = [...directTools(description), ...(await everythingTools(parts)), ...github]
  const direct = tokensOf(all)
  const found = tokensOf(await executor.tools.search({ query: question, limit: 5 }))
  spinner.done()
  const line = (what: string, count: number) => out(`  ${what.padEnd(58)}${count.toLocaleString("en").padStart(9)}`)
  line(`the definitions of all ${all.length} tools, wired by hand`, direct)
  line("Executor's one tool with its instructions", ours)
  line("the answer to a search, when the model makes one (5 hits)", found)
  out(
    style(`  tokens of the o200k vocabulary: ${Math.round(direct / (ours + found))} times less with one search`, "dim")
  )
}

/** Plays the demo against a daemon, with the address of the shop's description. */
export const perform = async (executor: Executor, parts: Parts, shop: string): Promise<void> => {
  title("1  Three services, registered once")
  await register(executor, "shop", { _tag: "Url", url: shop })
  await register(executor, "everything", {
    _tag: "Stdio",
    command: process.execPath,
    args: [parts.everything, "stdio"]
  })
  await register(executor, "github", { _tag: "File", path: parts.github })

  const key = (await readFile(executor.at.agentTokenFile, "utf8")).trim()
  const client = new Client({ name: "executor-demo", version }, { versionNegotiation: { mode: "auto" } })
  const requestInit = { headers: { authorization: `Bearer ${key}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(executor.at.mcpUrl), { requestInit }))
  try {
    title("2  An agent connects over MCP and sees one tool")
    const { tools } = await client.listTools()
    out(
      `  ${tools.map(({ name }) => name).join(", ")}  ${style(`at ${executor.at.mcpUrl}, protocol ${client.getNegotiatedProtocolVersion()}`, "dim")}`
    )
    title("3  It finds tools by saying what they are for")
    await showSearch(executor)
    title("4  It writes a program over two of the services")
    out(indented(program))
    const answer = await execute(client, program)
    title("5  The answer")
    for (const text of answer.logs ?? []) out(style(`  logged: ${plain(text)}`, "dim"))
    out(indented(jsonText(answer.value)))
    title("6  What it touched, as the journal has it")
    await showCalls(executor, answer.runId)
    title("7  What a model would have read")
    await showTokens(executor, client, parts)
  } finally {
    await client.close().catch(() => {})
  }
}
