// Asks a server for all its tools, page by page, and writes down what compiling reads.
import * as Effect from "effect/Effect"
import { cut, oneLine } from "../../json-schema/Prose.ts"
import { sourceError, type SourceError } from "../../Provider.ts"
import type { Connection } from "./Connection.ts"
import { type AuthNeeded, connectFailure } from "./Failures.ts"
import type { ListedTool, McpMaterial } from "./Material.ts"
import { Patience } from "./Patience.ts"

/** What one server may list: more than any person or model could use. */
const limits = { tools: 10_000, pages: 1_000, bytes: 32 * 1024 * 1024, toolCharacters: 1_000_000 }
const longestInstructions = 4_000

interface Page {
  readonly tools: ReadonlyArray<ListedTool>
  readonly nextCursor?: string | undefined
}

const askPage = async (
  { client }: Connection,
  cursor: string | undefined,
  timeout: number,
  signal: AbortSignal
): Promise<Page> =>
  (await client.request(
    { method: "tools/list", params: cursor === undefined ? {} : { cursor } },
    { timeout, signal }
  )) as Page

/** One tool as JSON text, or nothing when no JSON can be made of it in reasonable length. */
const textOf = (tool: ListedTool): string | undefined => {
  try {
    const text = JSON.stringify(tool)
    return text.length > limits.toolCharacters ? undefined : text
  } catch {
    // Nested too deeply to be written down.
    return undefined
  }
}

const walk = async (connection: Connection, timeout: number, signal: AbortSignal) => {
  const texts: Array<string> = []
  const notes: Array<string> = []
  const start = connection.received()
  const cursors = new Set<string>()
  let cursor: string | undefined
  let unfit = 0
  for (let pages = 0; ; pages++) {
    const page = await askPage(connection, cursor, timeout, signal)
    for (const tool of page.tools) {
      const text = textOf(tool)
      if (text === undefined) unfit++
      else texts.push(text)
    }
    if (connection.received() - start > limits.bytes) {
      throw sourceError(
        "too_large",
        `${connection.where} describes its tools in more than ${limits.bytes / 1024 / 1024} MB; that is too much to use`
      )
    }
    cursor = page.nextCursor
    if (cursor === undefined) break
    if (texts.length >= limits.tools || pages >= limits.pages || cursors.has(cursor)) {
      notes.push(
        cursors.has(cursor)
          ? "the server's list of tools goes round in a circle"
          : `only the first ${texts.length} tools were taken`
      )
      break
    }
    cursors.add(cursor)
  }
  if (unfit > 0) notes.push(`${unfit} tools were left out because their description is too large`)
  if (texts.length > limits.tools) notes.push(`only the first ${limits.tools} tools were taken`)
  return { texts: texts.slice(0, limits.tools), notes }
}

const about = ({ client }: Connection): Omit<McpMaterial, "tools" | "notes"> => {
  const server = client.getServerVersion()
  const title = server?.title ?? server?.name
  const instructions = client.getInstructions()
  return {
    format: 1,
    protocolVersion: client.getNegotiatedProtocolVersion() ?? "unknown",
    server: {
      ...(server === undefined
        ? {}
        : { name: cut(oneLine(server.name), 100), version: cut(oneLine(server.version), 40) }),
      ...(title === undefined ? {} : { title: cut(oneLine(title), 100) })
    },
    ...(instructions === undefined ? {} : { instructions: instructions.slice(0, longestInstructions) })
  }
}

/** The material of a server, and its title for people. */
export const listTools = Effect.fn("Mcp.listTools")(function* (
  connection: Connection
): Effect.fn.Return<{ readonly material: string; readonly title?: string }, SourceError | AuthNeeded> {
  const { client, where } = connection
  if (client.getServerCapabilities()?.tools === undefined) {
    return yield* sourceError("no_tools", `${where} is an MCP server, but one without tools; there is nothing to call`)
  }
  const limits = yield* Patience
  const { texts, notes } = yield* Effect.tryPromise({
    try: (signal) => walk(connection, limits.answer, signal),
    catch: (cause) => connectFailure(cause, connection.circumstances(limits.answer / 1_000))
  }).pipe(
    Effect.timeoutOrElse({
      duration: limits.list,
      orElse: () =>
        Effect.fail(sourceError("timeout", `${where} did not finish listing its tools within ${limits.list / 1_000} s`))
    })
  )
  const head = about(connection)
  // Written by hand around the tools, which are text already.
  const material = `${JSON.stringify({ ...head, notes }).slice(0, -1)},"tools":[${texts.join(",")}]}`
  return { material, ...(head.server.title === undefined ? {} : { title: head.server.title }) }
})
