// Whether QuickJS can compile a program, asked of an engine that runs nothing and is thrown away: a parser that does not
// check everything (sucrase) is made whole by the one that has to take its output.
import { Option, Schema } from "effect"
import { asFunction, headChars } from "./ProgramText.ts"
import { EngineOutOfMemory, QuickJs, type CompiledQuickJs } from "./QuickJs.ts"

export interface SyntaxProblem {
  readonly message: string
  /** 1-based, in the program's own text. */
  readonly line: number
  readonly column: number
}

/** What the engine says of the program; `beyond` when it is more than the engine can read. */
export type SyntaxVerdict = "fine" | "beyond" | SyntaxProblem

const Dumped = Schema.fromJsonString(
  Schema.Struct({ name: Schema.String, message: Schema.String, stack: Schema.String })
)
const decode = Schema.decodeUnknownOption(Dumped)

const verdictOf = (dumped: string, javascript: string): SyntaxVerdict => {
  const error = decode(dumped)
  if (Option.isNone(error) || error.value.name !== "SyntaxError") return "beyond"
  const { message, stack } = error.value
  const place = /code\.js:(\d+):(\d+)/.exec(stack)
  const [line, column] = [Number(place?.[1] ?? 1), Number(place?.[2] ?? 1)]
  const lines = javascript.split("\n")
  // What misses something at the very end is noticed behind it, outside of the program.
  if (line > lines.length) return { message, line: lines.length, column: lines.at(-1)!.length + 1 }
  return { message, line, column: Math.max(1, line === 1 ? column - headChars : column) }
}

/** Memory of the engine, in MiB: the least it can be given. */
const memoryMb = 16

/** Rejects only when this host has no engine at all. */
export const checkSyntax = async (compiled: CompiledQuickJs, javascript: string): Promise<SyntaxVerdict> => {
  const engine = await QuickJs.make(compiled, memoryMb)
  try {
    const { threw, value } = engine.compile(asFunction(javascript), "code.js")
    return threw ? verdictOf(engine.dump(value), javascript) : "fine"
  } catch (error) {
    // Out of memory, out of stack, or an abort of the engine: whatever it is, the program was too much for it.
    if (error instanceof EngineOutOfMemory || error instanceof Error) return "beyond"
    throw error
  }
}
