// Tools, prompts and resources whose names and values the conformance suite checks literally. Never shipped.
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/server"
import { z } from "zod"

/** One red pixel. */
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
/** A header and no samples. */
const wav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="

/** The suite wants a description of everything. */
export const described = { description: "A fixture of the conformance suite" }

export const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] })
const image = { type: "image" as const, data: png, mimeType: "image/png" }
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 50))

const addTools = (server: McpServer): void => {
  server.registerTool("test_simple_text", described, () => text("This is a simple text response for testing."))
  server.registerTool("test_image_content", described, () => ({ content: [image] }))
  server.registerTool("test_audio_content", described, () => ({
    content: [{ type: "audio", data: wav, mimeType: "audio/wav" }]
  }))
  server.registerTool("test_embedded_resource", described, () => ({
    content: [
      {
        type: "resource",
        resource: {
          uri: "test://embedded-resource",
          mimeType: "text/plain",
          text: "This is an embedded resource content."
        }
      }
    ]
  }))
  server.registerTool("test_multiple_content_types", described, () => ({
    content: [
      { type: "text", text: "Multiple content types test:" },
      image,
      {
        type: "resource",
        resource: {
          uri: "test://mixed-content-resource",
          mimeType: "application/json",
          text: JSON.stringify({ test: "data", value: 123 })
        }
      }
    ]
  }))
  server.registerTool("test_error_handling", described, () => {
    throw new Error("This tool intentionally returns an error for testing")
  })
  server.registerTool("test_tool_with_progress", described, async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) {
        await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 100 } })
      }
      await pause()
    }
    return text("done")
  })
  server.registerTool("test_tool_with_logging", described, async ({ mcpReq }) => {
    for (const line of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await mcpReq.log("info", line)
      await pause()
    }
    return text("done")
  })
  server.registerTool("test_logging_tool", described, async ({ mcpReq }) => {
    await mcpReq.log("info", "logged")
    return text("done")
  })
}

const addPrompts = (server: McpServer): void => {
  const said = (value: string) => ({ role: "user" as const, content: { type: "text" as const, text: value } })
  server.registerPrompt("test_simple_prompt", described, () => ({
    messages: [said("This is a simple prompt for testing.")]
  }))
  server.registerPrompt(
    "test_prompt_with_arguments",
    { ...described, argsSchema: z.object({ arg1: z.string(), arg2: z.string() }) },
    ({ arg1, arg2 }) => ({ messages: [said(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)] })
  )
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { ...described, argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) => ({
      messages: [
        {
          role: "user",
          content: {
            type: "resource",
            resource: { uri: resourceUri, mimeType: "text/plain", text: "Embedded resource content for testing." }
          }
        },
        said("Please process the embedded resource above.")
      ]
    })
  )
  server.registerPrompt("test_prompt_with_image", described, () => ({
    messages: [{ role: "user", content: image }, said("Please analyze the image above.")]
  }))
}

const addResources = (server: McpServer): void => {
  server.registerResource("static-text", "test://static-text", { mimeType: "text/plain" }, ({ href }) => ({
    contents: [{ uri: href, mimeType: "text/plain", text: "This is the content of the static text resource." }]
  }))
  server.registerResource("static-binary", "test://static-binary", { mimeType: "image/png" }, ({ href }) => ({
    contents: [{ uri: href, mimeType: "image/png", blob: png }]
  }))
  server.registerResource("watched", "test://watched-resource", { mimeType: "text/plain" }, ({ href }) => ({
    contents: [{ uri: href, mimeType: "text/plain", text: "watched" }]
  }))
  const template = new ResourceTemplate("test://template/{id}/data", { list: undefined })
  server.registerResource("template", template, { mimeType: "application/json" }, ({ href }, { id }) => ({
    contents: [
      {
        uri: href,
        mimeType: "application/json",
        text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${[id].flat().join()}` })
      }
    ]
  }))
}

export const addContent = (server: McpServer): void => {
  addTools(server)
  addPrompts(server)
  addResources(server)
}
