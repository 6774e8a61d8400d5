// The stored form of a compiled source: an index, the search terms, and a pack of records of which a call reads one.
import type { CredentialNeed, SourceName, ToolTraits } from "@executor-v2/schema"
import type { CompiledSource, ToolRecord } from "../Provider.ts"
import { termsOf } from "../search/Terms.ts"

/** A tool in the index: `[offset, length]` locate its record in the pack, in bytes. */
export interface IndexEntry {
  readonly name: string
  readonly summary: string
  readonly signature: string
  readonly traits: ToolTraits
  readonly record: readonly [offset: number, length: number]
}

/** What resolving paths and listing needs of a source. */
export interface SourceIndex {
  readonly format: 1
  readonly source: SourceName
  readonly tools: ReadonlyArray<IndexEntry>
}

/** Search terms of each tool, in the order of the index. */
export interface SearchTerms {
  readonly format: 1
  readonly terms: ReadonlyArray<string>
}

/** A compiled source as bytes for the artifact store, with what registration tells people. */
export interface EncodedManifest {
  readonly title?: string
  readonly toolCount: number
  readonly warnings: ReadonlyArray<string>
  readonly needs: ReadonlyArray<CredentialNeed>
  readonly servers: ReadonlyArray<string>
  readonly index: Uint8Array
  readonly search: Uint8Array
  readonly records: Uint8Array
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Packs a compiled source. Runs where compiling runs, off the host's main thread where there is one. */
export const encodeManifest = (source: SourceName, compiled: CompiledSource): EncodedManifest => {
  const chunks: Array<Uint8Array> = []
  let offset = 0
  const tools = compiled.tools.map((tool): IndexEntry => {
    const { name, description, typescript, traits, input, binding } = tool
    const bytes = encoder.encode(
      JSON.stringify({ name, description, typescript, traits, input, binding } satisfies ToolRecord)
    )
    chunks.push(bytes)
    const entry: IndexEntry = {
      name,
      summary: tool.summary,
      signature: tool.signature,
      traits,
      record: [offset, bytes.length]
    }
    offset += bytes.length
    return entry
  })
  const records = new Uint8Array(offset)
  let at = 0
  for (const chunk of chunks) {
    records.set(chunk, at)
    at += chunk.length
  }
  const index: SourceIndex = { format: 1, source, tools }
  const search: SearchTerms = { format: 1, terms: compiled.tools.map(termsOf) }
  return {
    ...(compiled.title === undefined ? {} : { title: compiled.title }),
    toolCount: tools.length,
    warnings: compiled.warnings,
    needs: compiled.needs,
    servers: compiled.servers ?? [],
    index: encoder.encode(JSON.stringify(index)),
    search: encoder.encode(JSON.stringify(search)),
    records
  }
}

export const decodeIndex = (bytes: Uint8Array): SourceIndex => JSON.parse(decoder.decode(bytes)) as SourceIndex
export const decodeSearchTerms = (bytes: Uint8Array): SearchTerms => JSON.parse(decoder.decode(bytes)) as SearchTerms
export const decodeRecord = (bytes: Uint8Array): ToolRecord => JSON.parse(decoder.decode(bytes)) as ToolRecord
