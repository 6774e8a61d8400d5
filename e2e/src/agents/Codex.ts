// Codex against a scripted Responses interface.
import { events, json, textOf, type RealAgent } from "./RealAgent.ts"

interface Offered {
  readonly type: string
  readonly name?: string
  readonly tools?: ReadonlyArray<{ readonly name: string }>
}

interface Request {
  readonly tools?: ReadonlyArray<Offered>
  readonly input?: ReadonlyArray<{
    readonly type: string
    readonly output?: unknown
    readonly tools?: ReadonlyArray<Offered>
  }>
}

const namespace = "mcp__executor"

const usage = {
  input_tokens: 1,
  output_tokens: 1,
  total_tokens: 2,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens_details: { reasoning_tokens: 0 }
}

/** Tools come in a field of their own or as an item of the input, depending on the model. */
const toolsIn = ({ input = [], tools = [] }: Request): ReadonlyArray<Offered> => [
  ...tools,
  ...input.flatMap((item) => (item.type === "additional_tools" ? (item.tools ?? []) : []))
]

/** And alone or in a namespace, depending on the version. */
const inNamespace = (body: unknown): boolean =>
  toolsIn(body as Request).some(({ name, type }) => type === "namespace" && name === namespace)

export const codex: RealAgent = {
  name: "codex",
  pkg: "@openai/codex",
  version: "0.169.0",
  tool: `${namespace}__execute`,
  client: "codex",
  own: { ".codex/config.toml": "# mine\nhide_agent_reasoning = true\n" },
  headless: (url, prompt) => ({
    args: [
      // A model that it does not know gets its tools one by one; for its own it puts them behind a tool of its own.
      "exec",
      "--skip-git-repo-check",
      "-c",
      'model="scripted"',
      "-c",
      'model_provider="scripted"',
      "-c",
      `model_providers.scripted={name="scripted",base_url="${url}/v1",env_key="SCRIPTED_KEY",wire_api="responses"}`,
      prompt
    ],
    env: { SCRIPTED_KEY: "none" }
  }),
  read: (path, body) => {
    if (!path.startsWith("/v1/responses")) return undefined
    const { input = [] } = body as Request
    return {
      offered: toolsIn(body as Request).flatMap(({ name = "", tools: inner, type }) =>
        type === "namespace" ? (inner ?? []).map((each) => `${name}__${each.name}`) : [name]
      ),
      results: input.filter(({ type }) => type === "function_call_output").map(({ output }) => textOf(output))
    }
  },
  say: (wish, body) => {
    const name = inNamespace(body) ? { name: "execute", namespace } : { name: `${namespace}__execute` }
    const item =
      wish._tag === "Execute"
        ? {
            type: "function_call",
            id: "fc_1",
            call_id: "call_1",
            ...name,
            arguments: JSON.stringify({ code: wish.code })
          }
        : {
            type: "message",
            id: "msg_1",
            role: "assistant",
            content: [{ type: "output_text", text: wish.text, annotations: [] }]
          }
    return events([
      { type: "response.created", response: { id: "resp_1" } },
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: { id: "resp_1", usage } }
    ])
  },
  other: () => json({ data: [], models: [] })
}
