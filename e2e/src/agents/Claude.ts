// Claude Code against a scripted Messages interface.
import { events, json, textOf, type RealAgent } from "./RealAgent.ts"

interface Request {
  readonly model?: string
  readonly stream?: boolean
  readonly tools?: ReadonlyArray<{ readonly name: string }>
  readonly messages?: ReadonlyArray<{
    readonly content: string | ReadonlyArray<{ readonly type: string; readonly content?: unknown }>
  }>
}

const usage = { input_tokens: 1, output_tokens: 1 }
const tool = "mcp__executor__execute"

export const claude: RealAgent = {
  name: "claude",
  pkg: "@anthropic-ai/claude-code",
  version: "2.1.330",
  tool,
  client: "claude-code",
  own: { ".claude/settings.json": '{ "theme": "dark" }\n' },
  headless: (url, prompt) => ({
    args: ["-p", prompt],
    env: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: "sk-ant-scripted-0000000000000000000000",
      DISABLE_AUTOUPDATER: "1",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1"
    }
  }),
  read: (path, body) => {
    const { messages = [], tools = [] } = body as Request
    if (!/^\/v1\/messages(\?|$)/.test(path)) return undefined
    const blocks = messages.flatMap(({ content }) => (typeof content === "string" ? [] : content))
    return {
      offered: tools.map(({ name }) => name),
      results: blocks.filter(({ type }) => type === "tool_result").map(({ content }) => textOf(content))
    }
  },
  say: (wish, body) => {
    const { model = "scripted", stream = false } = body as Request
    const call = wish._tag === "Execute"
    const block = call
      ? { type: "tool_use", id: "toolu_1", name: tool, input: { code: wish.code } }
      : { type: "text", text: wish.text }
    const stop = { stop_reason: call ? "tool_use" : "end_turn", stop_sequence: null }
    const message = { id: "msg_1", type: "message", role: "assistant", model, content: [block], ...stop, usage }
    if (!stream) return json(message)
    const delta = call
      ? { type: "input_json_delta", partial_json: JSON.stringify({ code: wish.code }) }
      : { type: "text_delta", text: wish.text }
    return events([
      { type: "message_start", message: { ...message, content: [], stop_reason: null } },
      {
        type: "content_block_start",
        index: 0,
        content_block: call ? { ...block, input: {} } : { type: "text", text: "" }
      },
      { type: "content_block_delta", index: 0, delta },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: stop, usage },
      { type: "message_stop" }
    ])
  },
  other: (path) => json(path.includes("count_tokens") ? { input_tokens: 10 } : {})
}
