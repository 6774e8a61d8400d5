// What a tool call came back with → what code gets: a value, an error, or a question for a human.
import type { CallToolResult, ContentBlock, InputRequiredResult } from "@modelcontextprotocol/client"
import { ToolError } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { cut, oneLine } from "../../json-schema/Prose.ts"
import type { Invoked, Question } from "../../Provider.ts"

const longestMessage = 2_000
const longestDetails = 8_000

const textOf = (content: ReadonlyArray<ContentBlock>): string =>
  content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n")

const failed = (path: string, result: CallToolResult): ToolError => {
  const text = textOf(result.content).trim()
  const details = result.structuredContent as Schema.Json | undefined
  return new ToolError({
    code: "upstream_error",
    message: text === "" ? `${path} reported an error without saying which` : cut(text, longestMessage),
    retryable: false,
    ...(details !== undefined && JSON.stringify(details).length <= longestDetails ? { details } : {})
  })
}

/**
 * The value that code sees, as JSON text: structured content when there is any; else the text, when there is only text;
 * else the content blocks as they are. Nothing at all is null.
 */
const valueOf = ({ structuredContent, content }: CallToolResult): string =>
  structuredContent !== undefined
    ? JSON.stringify(structuredContent)
    : content.length === 0
      ? "null"
      : JSON.stringify(content.every((block) => block.type === "text") ? textOf(content) : content)

export const resultOf = (path: string, result: CallToolResult): Effect.Effect<Invoked, ToolError> =>
  Effect.suspend(() =>
    Effect.try({
      try: () => (result.isError === true ? failed(path, result) : valueOf(result)),
      // JSON that nests without end can be read, and not be written again.
      catch: () =>
        new ToolError({
          code: "upstream_error",
          message: `${path} answered with something that nests too deeply to be used`,
          retryable: false
        })
    })
  ).pipe(
    Effect.flatMap((outcome) =>
      typeof outcome === "string" ? Effect.succeed<Invoked>({ _tag: "Done", json: outcome }) : Effect.fail(outcome)
    )
  )

interface Asked {
  readonly method?: unknown
  readonly params?: { readonly message?: unknown; readonly requestedSchema?: unknown; readonly url?: unknown }
}

/** Several questions become one form with a part for each: a human is asked once. */
const formOf = (asked: ReadonlyArray<readonly [string, Asked]>): unknown =>
  asked.length === 1
    ? asked[0]![1].params?.requestedSchema
    : {
        type: "object",
        properties: Object.fromEntries(asked.map(([key, { params }]) => [key, params?.requestedSchema ?? {}])),
        required: asked.map(([key]) => key)
      }

/** The server's question (`input_required`, protocol 2026-07-28). It is a stranger's text and says whose. */
export const questionOf = (
  source: string,
  { inputRequests }: InputRequiredResult
): Effect.Effect<Question, ToolError> =>
  Effect.suspend(() => {
    const asked = Object.entries(inputRequests ?? {}) as ReadonlyArray<readonly [string, Asked]>
    const unknown = asked.find(([, { method }]) => method !== "elicitation/create")
    if (asked.length === 0 || asked.length > 10 || unknown !== undefined) {
      const wants = typeof unknown?.[1].method === "string" ? ` (${cut(oneLine(unknown[1].method), 60)})` : ""
      return Effect.fail(
        new ToolError({
          code: "unsupported",
          message: `${source} asks for something that this version cannot give${wants}`,
          retryable: false
        })
      )
    }
    const words = asked.map(([, { params }]) =>
      typeof params?.message === "string" ? cut(oneLine(params.message), 500) : "a question without words"
    )
    const form = formOf(asked)
    return Effect.succeed({
      kind: form === undefined ? "confirm" : "form",
      message: `${source} asks: ${words.join(" · ")}`,
      ...(form === undefined ? {} : { formJson: JSON.stringify(form) })
    } satisfies Question)
  })
