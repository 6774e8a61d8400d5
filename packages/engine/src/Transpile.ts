// The port that turns an agent's TypeScript into JavaScript for the sandbox: oxc in a sandbox process locally, sucrase on
// Convex. Agent code is hostile to parsers too (20 KB of brackets overflow a native one), so no host parses it itself.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { SandboxUnavailable } from "./sandbox/Sandbox.ts"

/** Longest program, in characters. */
export const maxCodeChars = 256 * 1024

export const tooLongCode = (length: number): string =>
  `the code is ${length} characters long, and at most ${maxCodeChars} are taken: ` +
  "keep data out of the code (fetch it with a tool), or split the work over several runs"

/**
 * Longest program as hosts write it down, JSON text in UTF-8, in bytes: a row of Convex's is 1 MiB, and a run's end goes
 * into the same row. Only control characters and halves of characters take more than three bytes each.
 */
const maxCodeBytes = 832 * 1024

/** Why code is not even looked at. */
export const codeProblem = (code: string): string | undefined => {
  if (code.length > maxCodeChars) return tooLongCode(code.length)
  if (code.length * 6 <= maxCodeBytes) return undefined
  const bytes = new TextEncoder().encode(JSON.stringify(code)).length
  return bytes <= maxCodeBytes
    ? undefined
    : `the code takes ${bytes} bytes when it is written down, and at most ${maxCodeBytes} are taken: ` +
        "leave control characters out, or write them as escapes"
}

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
