// Whether QuickJS can compile a program, asked of a guest that runs nothing: a parser that does not check everything
// (sucrase) is made whole by the one that has to take its output.
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { usualMb, type Handover } from "./Handover.ts"
import { headChars } from "./ProgramText.ts"
import { EngineOutOfMemory, type CompiledQuickJs } from "./QuickJs.ts"
import { QuickJsGuest } from "./QuickJsGuest.ts"

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

/** Rejects only when this host has no engine at all. A guest that took the program is left to run it. */
export const checkSyntax = async (
  compiled: CompiledQuickJs,
  javascript: string,
  handover?: Handover
): Promise<SyntaxVerdict> => {
  const guest = await QuickJsGuest.make(compiled, usualMb)
  let fine = false
  try {
    const error = guest.compile(javascript)
    fine = error === undefined
    return error === undefined ? "fine" : verdictOf(error, javascript)
  } catch (error) {
    // Out of memory, out of stack, or an abort of the engine: whatever it is, the program was too much for it.
    if (error instanceof EngineOutOfMemory || error instanceof Error) return "beyond"
    throw error
  } finally {
    if (fine && handover !== undefined) handover.leave(guest)
    else guest.release()
  }
}
