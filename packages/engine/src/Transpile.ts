// The port that turns an agent's TypeScript into JavaScript for the sandbox: oxc in a sandbox process locally, sucrase on
// Convex. Agent code is hostile to parsers too (20 KB of brackets overflow a native one), so no host parses it itself.
import { Context, Schema, type Effect, type Option } from "effect"
import type { SandboxUnavailable } from "./sandbox/Sandbox.ts"

/** Longest program, in characters. */
export const maxCodeChars = 256 * 1024

export const tooLongCode = (length: number): string =>
  `the code is ${length} characters long, and at most ${maxCodeChars} are taken: ` +
  "keep data out of the code (fetch it with a tool), or split the work over several runs"

/** A 1-based position in the agent's own code; columns count UTF-16 units. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** The code is not a program. The message is for whoever wrote it: what is wrong, where, and the line itself. */
export class TranspileError extends Schema.TaggedError<TranspileError>()("TranspileError", {
  /** What is wrong, in one sentence. */
  reason: Schema.String,
  line: Schema.Int,
  column: Schema.Int,
  /** The line with a mark under the column; empty where the whole program is meant. */
  excerpt: Schema.String
}) {
  override get message() {
    return this.excerpt === ""
      ? this.reason
      : `${this.reason} (line ${this.line}, column ${this.column})\n${this.excerpt}`
  }
}

export class Transpile extends Context.Service<
  Transpile,
  {
    /**
     * JavaScript for `code`, which is the TypeScript body of an async function: top-level `return` and `await` are fine,
     * JSX, `import` and `export` are not. Decorators have TypeScript's own (`experimentalDecorators`) meaning.
     */
    readonly transpile: (code: string) => Effect.Effect<string, TranspileError | SandboxUnavailable>
    /** Where in `code` a position of its JavaScript comes from, if that is known. Asked only after an error. */
    readonly locate: (code: string, place: Place) => Effect.Effect<Option.Option<Place>, SandboxUnavailable>
  }
>()("@executor-v2/engine/Transpile") {}
