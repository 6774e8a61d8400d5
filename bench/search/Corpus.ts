// The tools that the labelled queries are about: GitHub and ten MCP servers, compiled as in real life.
import { decodeIndex, decodeSearchTerms, encodeManifest } from "@executor-v2/source-manager/compile/Manifest"
import type { CompiledSource, CompiledTool } from "@executor-v2/source-manager/Provider"
import { compileMcp } from "@executor-v2/source-manager/providers/mcp/Compile"
import { compileOpenApi } from "@executor-v2/source-manager/providers/openapi/Compile"
import { makeSegment } from "@executor-v2/source-manager/search/Ranking"
import { Searcher } from "@executor-v2/source-manager/search/Search"
import type { SourceName } from "@executor-v2/schema"
import { Effect } from "effect"
import MiniSearch from "minisearch"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

/** A compiled source of the corpus. */
export interface CorpusSource {
  readonly name: SourceName
  readonly tools: ReadonlyArray<CompiledTool>
}

/** What `mcp-tools.json` holds of each server: its tool list as listed, schemas cut to their first level. */
interface ListedServer {
  readonly source: string
  readonly tools: ReadonlyArray<unknown>
}

const read = (file: URL | string): unknown => JSON.parse(readFileSync(file, "utf8"))

const compiled = (name: string, compile: Effect.Effect<CompiledSource, unknown>): CorpusSource => ({
  name: name as SourceName,
  tools: Effect.runSync(Effect.orDie(compile)).tools
})

const ofServer = ({ source, tools }: ListedServer): CorpusSource =>
  compiled(
    source,
    compileMcp(JSON.stringify({ format: 1, server: {}, protocolVersion: "2025-11-25", tools, notes: [] }), {
      source: source as SourceName
    })
  )

/** 1,223 operations of GitHub and 159 tools of MCP servers. */
export const loadCorpus = (): ReadonlyArray<CorpusSource> => {
  const github = createRequire(import.meta.url).resolve("@octokit/openapi/generated/api.github.com.json")
  const servers = read(new URL("mcp-tools.json", import.meta.url)) as ReadonlyArray<ListedServer>
  return [
    compiled("github", compileOpenApi(readFileSync(github, "utf8"), { source: "github" as SourceName })),
    ...servers.map(ofServer)
  ]
}

/**
 * Tools that no query is about, from a file in the form of the LiveMCPTool corpus:
 * `{ tools: [{ server, tool, description, inputSchema }] }`.
 */
export const loadDistractors = (file: string): ReadonlyArray<CorpusSource> => {
  const { tools } = read(file) as { readonly tools: ReadonlyArray<{ readonly server: string; readonly tool: string }> }
  const servers = Map.groupBy(tools, ({ server }) => `x${server.replace(/[^A-Za-z0-9]/g, "").slice(0, 30)}`)
  return [...servers].map(([source, listed]) =>
    ofServer({ source, tools: listed.map((tool) => ({ ...tool, name: tool.tool })) })
  )
}

/** Answers a query with paths, best first. */
export type Ranker = (query: string) => ReadonlyArray<string>

const encoded = ({ name, tools }: CorpusSource) => encodeManifest(name, { tools, warnings: [], needs: [] })

/** Our search over the corpus, by way of the stored form. */
export const ourRanker = (corpus: ReadonlyArray<CorpusSource>): Ranker => {
  const paths = new Map<SourceName, ReadonlyArray<string>>()
  const searcher = new Searcher(
    corpus.map((source) => {
      const manifest = encoded(source)
      paths.set(
        source.name,
        decodeIndex(manifest.index).tools.map(({ name }) => `${source.name}.${name}`)
      )
      return { source: source.name, segment: makeSegment(decodeSearchTerms(manifest.search).terms) }
    })
  )
  return (query) => searcher.search(query).map(({ source, tool }) => paths.get(source)![tool]!)
}

/** Plain BM25 over the same fields: minisearch as it comes. */
export const plainRanker = (corpus: ReadonlyArray<CorpusSource>): Ranker => {
  const paths = corpus.flatMap(({ name, tools }) => tools.map((tool) => `${name}.${tool.name}`))
  const index = new MiniSearch({ fields: ["name", "summary", "description", "keywords"] })
  index.addAll(
    corpus
      .flatMap(({ name, tools }) => tools.map((tool) => ({ ...tool, source: name })))
      .map((tool, id) => ({
        id,
        name: `${tool.source} ${tool.name}`.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/[._-]/g, " "),
        summary: tool.summary,
        description: tool.description,
        keywords: tool.keywords.join(" ")
      }))
  )
  return (query) => index.search(query).map(({ id }) => paths[id as number]!)
}
