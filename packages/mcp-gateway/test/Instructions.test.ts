import { SourceName } from "@executor-v2/schema"
import { it } from "@effect/vitest"
import { Schema } from "effect"
import { countTokens } from "gpt-tokenizer/encoding/o200k_base"
import { assert, describe } from "vitest"
import { executeTool } from "../src/ExecuteTool.ts"
import { description, instructions, namedSources } from "../src/Instructions.ts"

/** All that a model is shown before its first call: the tool list as JSON, and the instructions. */
const tokens = (sources: ReadonlyArray<string>): number =>
  countTokens(JSON.stringify({ tools: [executeTool(sources)] })) + countTokens(instructions)

const named = (sources: ReadonlyArray<string>): ReadonlyArray<string> => {
  const line = description(sources).split("Sources: ")[1] ?? ""
  return line
    .replace(/ ?\+\d+ more$/, "")
    .split(" ")
    .filter((name) => sources.includes(name))
}

const wellKnown = [
  "github",
  "stripe",
  "linear",
  "slack",
  "notion",
  "figma",
  "sentry",
  "vercel",
  "cloudflare",
  "googleDrive",
  "googleCalendar",
  "gmail",
  "jira",
  "confluence",
  "asana",
  "hubspot",
  "salesforce",
  "zendesk",
  "shopify",
  "twilio",
  "sendgrid",
  "datadog",
  "pagerDuty",
  "supabase",
  "planetScale",
  "mongodbAtlas",
  "elasticSearch",
  "openWeather",
  "spotify",
  "youtubeData",
  "microsoftGraph",
  "dropbox",
  "airtable",
  "intercom",
  "petstore",
  "filesystem",
  "playwright",
  "postgres",
  "redis",
  "brave",
  "wikipedia",
  "arxiv",
  "memory",
  "everything"
]

describe("what a model reads before its first call", () => {
  it("costs at most 400 tokens without sources, and 4 more for each one named", () => {
    assert.isAtMost(tokens([]), 400)
    for (const count of [1, 5, 20, 40, wellKnown.length]) {
      const sources = wellKnown.slice(0, count)
      assert.isAtMost(tokens(sources), 400 + 4 * named(sources).length)
    }
  })

  it("names 40 ordinary sources and counts the others", () => {
    assert.strictEqual(named(wellKnown).length, namedSources)
    assert.match(description(wellKnown), /redis brave \+4 more$/)
  })

  it.prop("keeps the budget whatever the sources are called", [Schema.Array(SourceName)], ([sources]) => {
    assert.isAtMost(tokens(sources), 400 + 4 * named(sources).length)
  })

  it("counts names that would cost too much instead of naming them", () => {
    const odd = Array.from({ length: 50 }, (_, index) => `zq${index}XkJvQw${index}PzTgHbNm${index}RdFyKs`)
    assert.match(description(odd), /Sources: 50, found by search$/)
    const mixed = [...wellKnown.slice(0, 8), ...odd]
    assert.includeMembers([...named(mixed)], wellKnown.slice(0, 8))
    assert.match(description(mixed), new RegExp(` \\+${mixed.length - named(mixed).length} more$`))
  })

  it("shows each of the three moves with a line that can be copied", () => {
    const text = description(["github"])
    assert.match(text, /return await tools\.executor\.tools\.search\(\{ query: "[^"]+" \}\)/)
    assert.match(text, /return await tools\.executor\.tools\.describe\(\{ path: "github\.issues\.create" \}\)/)
    assert.match(
      text,
      /await tools\.github\.issues\.create\(\{ owner: "o", repo: "r", title: "t" \}\); return issue\.number/
    )
    assert.match(text, /execute\(\{ resume: waiting\.resume \}\)/)
  })
})
