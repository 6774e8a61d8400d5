// What every kind of source implements, whole: look at it, compile its tools, call one of them.
import type {
  CredentialNeed,
  Source,
  SourceFailure,
  SourceKind,
  SourceLocation,
  SourceName,
  ToolArtifact,
  ToolError,
  ToolTraits
} from "@executor-v2/schema"
import { SourceFailure as SourceFailureSchema } from "@executor-v2/schema"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** A source cannot be used. The failure is kept on the source and shown to people. */
export class SourceError extends Schema.TaggedError<SourceError>()("SourceError", { failure: SourceFailureSchema }) {
  override get message() {
    return this.failure.message
  }
}

/** Shorthand for the error every provider speaks. */
export const sourceError = (code: SourceFailure["code"], message: string, status?: number): SourceError =>
  new SourceError({ failure: { code, message, ...(status === undefined ? {} : { status }) } })

/** Where to look, and which non-public origins may be reached while looking. */
export interface ProbeRequest {
  readonly name: SourceName
  readonly location: SourceLocation
  readonly privateOrigins: ReadonlyArray<string>
}

/** The text that compiling reads, or its UTF-8: the description itself, or the listed tools as JSON. */
export type Material = string | Uint8Array

/** What looking at a source found. */
export type Probed =
  | { readonly _tag: "Material"; readonly material: Material; readonly title?: string }
  | { readonly _tag: "AuthRequired"; readonly needs: ReadonlyArray<CredentialNeed> }

/** One tool as compiled: everything that search, describe and invoke need, so that nothing is parsed again. */
export interface CompiledTool {
  /** Path below the source's name, such as `issues.create`; segments are identifiers, unique in the source. */
  readonly name: string
  readonly summary: string
  readonly description: string
  /** One line for search results: `(args: { owner: string; repo: string }) => Promise<Issue>`, cut to about 200 characters. */
  readonly signature: string
  /** Declarations for describe, within about 2 KB in the median. */
  readonly typescript: string
  readonly traits: ToolTraits
  /** Names of parameters and the like that search should find besides name and description. */
  readonly keywords: ReadonlyArray<string>
  /** JSON Schema (2020-12) of the single argument object; `$defs` self-contained, no remote `$ref`. */
  readonly input: unknown
  /** Whatever this provider's `invoke` needs. JSON data. */
  readonly binding: unknown
}

/** All tools of a source. */
export interface CompiledSource {
  readonly title?: string
  readonly tools: ReadonlyArray<CompiledTool>
  /** Things a person should know, such as operations that were left out and why. */
  readonly warnings: ReadonlyArray<string>
  /** Credentials that most of its tools need; not empty makes the source `auth_required`. */
  readonly needs: ReadonlyArray<CredentialNeed>
  /** Origins that calls will go to, where the description names them. */
  readonly servers?: ReadonlyArray<string>
}

/** What compiling reads besides the material. */
export interface CompileOptions {
  readonly source: SourceName
  /** Where the material came from: relative server addresses are resolved against it. */
  readonly origin?: string
  /** Overrides the servers that a description names. */
  readonly baseUrl?: string
}

/** The part of a compiled tool that invoking reads: its record in the pack. */
export type ToolRecord = Pick<CompiledTool, "name" | "description" | "typescript" | "traits" | "input" | "binding">

export interface Invocation {
  readonly source: Source
  readonly artifact: ToolArtifact
  readonly tool: ToolRecord
  /** Validated arguments. */
  readonly args: Readonly<Record<string, unknown>>
  /** Cancelled when the run ends. */
  readonly signal?: AbortSignal
}

/** A question that only a human can answer; the caller asks and enters again. */
export interface Question {
  readonly kind: "confirm" | "form" | "secret"
  readonly message: string
  readonly formJson?: string
}

export type Invoked =
  /** The value as JSON text, passed on as it is. */
  { readonly _tag: "Done"; readonly json: string } | { readonly _tag: "NeedsInput"; readonly question: Question }

export interface Provider {
  readonly kind: SourceKind
  readonly probe: (request: ProbeRequest) => Effect.Effect<Probed, SourceError>
  /** Pure computation over the material; may run on another thread. Throws nothing: bad material is a `SourceError`. */
  readonly compile: (material: string, options: CompileOptions) => Effect.Effect<CompiledSource, SourceError>
  readonly invoke: (call: Invocation) => Effect.Effect<Invoked, ToolError>
  /** Lets go of what is kept for a source that was removed, such as its process. */
  readonly forget?: (source: Pick<Source, "location" | "privateOrigins">) => Effect.Effect<void>
}
