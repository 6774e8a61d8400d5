// Tools and a prompt that ask the client: by request in the legacy era, by `input_required` in the modern one.
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  inputResponse,
  type ClientCapabilities,
  type InputRequests,
  type McpServer,
  type RequestStateCodec,
  type ServerContext
} from "@modelcontextprotocol/server"
import { z } from "zod"
import { described, text } from "./ContentFixtures.ts"

const nameForm = z.object({ name: z.string() })

const form = (message: string, requestedSchema: z.ZodObject) => inputRequired.elicit({ message, requestedSchema })
const askName = form("What is your name?", nameForm)
const ask = (question: string, maxTokens: number) =>
  inputRequired.createMessage({ messages: [{ role: "user", content: { type: "text", text: question } }], maxTokens })

/** What a request's client can do, by that request's own word. */
const abilities = ({ mcpReq }: ServerContext): ClientCapabilities =>
  (mcpReq.envelope as Record<string, ClientCapabilities> | undefined)?.[CLIENT_CAPABILITIES_META_KEY] ?? {}

/** Server-to-client requests of the legacy era. */
export const addLegacyAsking = (server: McpServer): void => {
  server.registerTool(
    "test_sampling",
    { ...described, inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, { mcpReq }) => {
      const messages = [{ role: "user" as const, content: { type: "text" as const, text: prompt } }]
      const { content } = await mcpReq.requestSampling({ messages, maxTokens: 100 })
      return text(`LLM response: ${"text" in content ? content.text : ""}`)
    }
  )
  server.registerTool(
    "test_elicitation",
    { ...described, inputSchema: z.object({ message: z.string() }) },
    async ({ message }, { mcpReq }) => {
      const string = { type: "string" as const }
      const answer = await mcpReq.elicitInput({
        message,
        requestedSchema: {
          type: "object",
          properties: { username: string, email: string },
          required: ["username", "email"]
        }
      })
      return text(`User response: ${JSON.stringify(answer)}`)
    }
  )
  server.registerTool("test_elicitation_sep1034_defaults", described, async ({ mcpReq }) => {
    const answer = await mcpReq.elicitInput({
      message: "Please review",
      requestedSchema: {
        type: "object",
        properties: {
          name: { type: "string", default: "John Doe" },
          age: { type: "integer", default: 30 },
          score: { type: "number", default: 95.5 },
          status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
          verified: { type: "boolean", default: true }
        }
      }
    })
    return text(`Elicitation completed: ${JSON.stringify(answer)}`)
  })
  server.registerTool("test_elicitation_sep1330_enums", described, async ({ mcpReq }) => {
    const options = ["option1", "option2", "option3"]
    const titled = ["value1", "value2", "value3"].map((value, index) => ({ const: value, title: `Title ${index + 1}` }))
    const answer = await mcpReq.elicitInput({
      message: "Please choose",
      requestedSchema: {
        type: "object",
        properties: {
          untitledSingle: { type: "string", enum: options },
          titledSingle: { type: "string", oneOf: titled },
          legacyEnum: { type: "string", enum: ["opt1", "opt2", "opt3"], enumNames: ["One", "Two", "Three"] },
          untitledMulti: { type: "array", items: { type: "string", enum: options } },
          titledMulti: { type: "array", items: { anyOf: titled } }
        }
      }
    })
    return text(`Elicitation completed: ${JSON.stringify(answer)}`)
  })
}

const roots = (context: ServerContext, key: string) => {
  const view = inputResponse(context.mcpReq.inputResponses, key)
  return view.kind === "roots" ? view.roots : undefined
}

const said = (context: ServerContext, key: string): string | undefined => {
  const view = inputResponse(context.mcpReq.inputResponses, key)
  if (view.kind !== "sampling") return undefined
  const { content } = view.result
  return !Array.isArray(content) && content.type === "text" ? content.text : ""
}

/** Multi-round-trip asking of the modern era, without state. */
export const addModernAsking = (server: McpServer): void => {
  const named = "test_input_required_result"
  server.registerTool(`${named}_elicitation`, described, ({ mcpReq }) => {
    const answer = acceptedContent(mcpReq.inputResponses, "user_name", nameForm)
    return answer === undefined
      ? inputRequired({ inputRequests: { user_name: askName } })
      : text(`Hello, ${answer.name}!`)
  })
  server.registerTool(`${named}_sampling`, described, (context) => {
    const answer = said(context, "capital_question")
    const inputRequests = { capital_question: ask("What is the capital of France?", 100) }
    return answer === undefined ? inputRequired({ inputRequests }) : text(`Answer: ${answer}`)
  })
  server.registerTool(`${named}_list_roots`, described, (context) => {
    const answer = roots(context, "client_roots")
    const inputRequests = { client_roots: inputRequired.listRoots() }
    return answer === undefined ? inputRequired({ inputRequests }) : text(`Roots: ${JSON.stringify(answer)}`)
  })
  server.registerTool(`${named}_capabilities`, described, (context) => {
    const can = abilities(context)
    const inputRequests: InputRequests = {
      ...(can.elicitation === undefined ? {} : { user_name: askName }),
      ...(can.sampling === undefined ? {} : { capital_question: ask("What is the capital of France?", 100) }),
      ...(can.roots === undefined ? {} : { client_roots: inputRequired.listRoots() })
    }
    return Object.keys(inputRequests).length === 0 ? text("nothing to ask") : inputRequired({ inputRequests })
  })
  // Asking for what the client did not declare is refused by the SDK (-32021) before anything is asked.
  server.registerTool("test_missing_capability", described, (context) => {
    const answer = said(context, "capital_question")
    const inputRequests = { capital_question: ask("What is the capital of France?", 100) }
    return answer === undefined ? inputRequired({ inputRequests }) : text(`Answer: ${answer}`)
  })
  server.registerTool("test_streaming_elicitation", described, () =>
    inputRequired({ inputRequests: { user_name: askName } })
  )
  server.registerPrompt("test_input_required_result_prompt", described, ({ mcpReq }) => {
    const contextForm = z.object({ context: z.string() })
    const answer = acceptedContent(mcpReq.inputResponses, "user_context", contextForm)
    if (answer === undefined)
      return inputRequired({ inputRequests: { user_context: form("What is the context?", contextForm) } })
    return { messages: [{ role: "user", content: { type: "text", text: `Context: ${answer.context}` } }] }
  })
}

interface Step {
  readonly step: number
}

/** Asking that carries authenticated state from round to round. */
export const addStatefulAsking = (server: McpServer, codec: RequestStateCodec<Step>): void => {
  const named = "test_input_required_result"
  const state = (step: number, context: ServerContext) => codec.mint({ step }, context)
  for (const kind of ["request_state", "tampered_state"]) {
    server.registerTool(`${named}_${kind}`, described, async (context) => {
      if (context.mcpReq.requestState<Step>()?.step === 1) return text("state-ok")
      const inputRequests = { confirm: form("Go on?", z.object({ ok: z.boolean() })) }
      return inputRequired({ inputRequests, requestState: await state(1, context) })
    })
  }
  server.registerTool(`${named}_multiple_inputs`, described, async (context) => {
    const name = acceptedContent(context.mcpReq.inputResponses, "user_name", nameForm)
    const greeting = said(context, "greeting")
    const listed = roots(context, "client_roots")
    if (name !== undefined && greeting !== undefined && listed !== undefined)
      return text(`${greeting} ${name.name}, ${listed.length} roots`)
    const inputRequests = {
      user_name: askName,
      greeting: ask("Greet the user", 50),
      client_roots: inputRequired.listRoots()
    }
    return inputRequired({ inputRequests, requestState: await state(1, context) })
  })
  server.registerTool(`${named}_multi_round`, described, async (context) => {
    const step = context.mcpReq.requestState<Step>()?.step
    if (step === 2) return text("both steps done")
    const inputRequests: InputRequests =
      step === 1
        ? { step2: form("What is your favourite color?", z.object({ color: z.string() })) }
        : { step1: askName }
    return inputRequired({ inputRequests, requestState: await state((step ?? 0) + 1, context) })
  })
}
