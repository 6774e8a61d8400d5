import { describe, expect, it } from "vitest"
import type { CompiledTool } from "../src/Provider.ts"
import { stemOf } from "../src/search/Stems.ts"
import { parseTerms, termsOf, wordsOf } from "../src/search/Terms.ts"

const tool = (fields: Partial<CompiledTool>): CompiledTool => ({
  name: "issues.createComment",
  summary: "Create an issue comment",
  description: "",
  signature: "",
  typescript: "",
  traits: { readOnly: false, destructive: false, idempotent: false },
  keywords: [],
  input: {},
  binding: null,
  ...fields
})

const termOf = (line: string, stem: string) => parseTerms(line).terms.find((term) => term.stem === stem)

describe("the words of tools", () => {
  it("splits names at every customary seam", () => {
    expect(wordsOf("issues.createComment")).toEqual(["issues", "create", "comment"])
    expect(wordsOf("slack_post-message")).toEqual(["slack", "post", "message"])
    expect(wordsOf("getHTTPResponse2xx")).toEqual(["get", "http", "response2xx"])
  })

  it("keeps the plural of an abbreviation together", () => {
    expect(wordsOf("URLs of APIs, IDs")).toEqual(["urls", "of", "apis", "ids"])
  })

  it("reads British spellings as American ones", () => {
    expect(stemOf("organisations")).toBe(stemOf("organization"))
    expect(stemOf("colours")).toBe(stemOf("color"))
  })

  it("marks the thing that a name is about, and whose it is", () => {
    const described = tool({ name: "teams.listReposInOrg", summary: "List team repositories" })
    const { scopes, terms } = parseTerms(termsOf(described))
    expect(terms.filter(({ head }) => head).map(({ stem }) => stem)).toEqual([stemOf("repos")])
    expect(scopes).toBe("ORT")
  })

  it("finds a tool by what its arguments may be and by what it returns", () => {
    const input = { type: "object", properties: { state: { type: "string", enum: ["open", "closed"] } } }
    const line = termsOf(tool({ input, signature: "(args: { state?: string }) => Promise<Ticket[]>" }))
    expect(termOf(line, "close")).toBeDefined()
    expect(termOf(line, "ticket")).toBeDefined()
  })

  it("reads Chinese in pairs, so that parts of a sentence find each other", () => {
    expect(wordsOf("查询余票")).toEqual(["查询", "询余", "余票"])
  })

  it("leaves out hashes and bounds hostile text", () => {
    expect(wordsOf("a".repeat(100))).toEqual([])
    expect(wordsOf("word ".repeat(100_000)).length).toBeLessThanOrEqual(2_000)
  })

  it("brings forms of a word together", () => {
    expect(new Set(["comment", "comments", "commented", "commenting"].map(stemOf)).size).toBe(1)
  })

  it("weighs a name above a description, and marks what the tool is about", () => {
    const line = termsOf(tool({ description: "Sends notifications to subscribers.", keywords: ["owner"] }))
    const [name, prose] = [termOf(line, stemOf("comment"))!, termOf(line, stemOf("subscribers"))!]
    expect(name.weight).toBeGreaterThan(2 * prose.weight)
    expect([name.core, prose.core]).toEqual([true, false])
    expect(termOf(line, "owner")).toBeDefined()
  })

  it("says what a tool does, by its verb or else by its traits", () => {
    expect(parseTerms(termsOf(tool({}))).actions).toContain("c")
    expect(parseTerms(termsOf(tool({ name: "issues.removeLabel", summary: "Remove a label" }))).actions).toContain("d")
    const traits = { readOnly: true, destructive: false, idempotent: true }
    expect(parseTerms(termsOf(tool({ name: "weather", summary: "Weather", traits }))).actions).toBe("g")
  })

  it("survives tools without any text and with far too much", () => {
    expect(parseTerms(termsOf(tool({ name: "x", summary: "", description: "" }))).terms).toHaveLength(1)
    const many = Array.from({ length: 5_000 }, (_, index) => `word${index}`)
    expect(parseTerms(termsOf(tool({ description: many.join(" "), keywords: many }))).terms.length).toBeLessThanOrEqual(
      80
    )
  })
})
