// The text that guest and host exchange, seen from the host: operations go in, records come out. Every engine uses it.
// Lengths stand before free text, so nothing that agent code writes can be taken for a record.
import type { CallReply, SandboxLimits, SandboxProgram } from "./Sandbox.ts"

/** One thing that the guest said during a turn. */
export type GuestRecord =
  | { readonly _tag: "Call"; readonly id: number; readonly path: string; readonly argsJson: string }
  | { readonly _tag: "Log"; readonly line: string }
  | { readonly _tag: "LogsCut" }
  /** `due` is on the guest's own clock, counted from its start. */
  | { readonly _tag: "TimerSet"; readonly id: number; readonly delayMs: number; readonly due: number }
  | { readonly _tag: "TimerCleared"; readonly id: number }
  | { readonly _tag: "Returned"; readonly json: string | undefined }
  | { readonly _tag: "Threw"; readonly json: string }
  | { readonly _tag: "ResultTooLarge"; readonly chars: number }
  | { readonly _tag: "CallCap" }

/** Why a turn did not end by itself. `too-much`: the guest said more in it than any program may. */
export type Fault = "none" | "timeout" | "memory" | "syntax" | "too-much" | "crash"

/** What an engine tells about the operations it has just carried out. */
export interface Turn {
  /** Operations carried out, the start being the first. */
  readonly done: number
  /** Microseconds of processor time used by the run so far. */
  readonly cpuUs: number
  readonly fault: Fault
  /** What the engine says of a syntax error, or, without a fault, of a rejected promise that nobody handles. */
  readonly detail: string
  /** What the guest said. */
  readonly text: string
}

/** The guest's text does not follow the protocol: its engine can no longer be trusted. */
export class ProtocolViolation extends Error {}

/** Characters that the arguments of all open calls may have together. */
export const openArgumentChars = (limits: SandboxLimits): number => 4 * limits.argumentChars

/** Most characters that one turn may say: all open arguments, their paths, the result, the logs, and the framing. */
export const maxTurnChars = (limits: SandboxLimits): number =>
  openArgumentChars(limits) +
  limits.resultChars +
  limits.logChars +
  1_040 * limits.calls +
  16 * limits.logLines +
  65_536

/** The operation that starts a program; the engine passes its main function beside it. */
export const startText = (program: SandboxProgram): string => {
  const { calls, argumentChars, resultChars, logLines, logChars } = program.limits
  const openChars = openArgumentChars(program.limits)
  return `s${JSON.stringify({
    seed: program.seed,
    startedAt: program.startedAt,
    limits: { calls, argumentChars, openChars, resultChars, logLines, logChars }
  })}`
}

/** The operation that settles call `id`. */
export const replyText = (id: number, reply: CallReply): string => `r${id},${reply.ok ? 1 : 0};${reply.json}`

/** The operation that fires timer `id`. */
export const timerText = (id: number): string => `t${id};`

const comma = 44
const zero = 48
/** Longest number of a record, in digits: all of them are exact. */
const maxDigits = 15

/** `count` numbers with commas between them. Digit by digit, because a flood brings thousands of records in one turn. */
const naturals = (text: string, from: number, to: number, count: number): ReadonlyArray<number> => {
  const numbers: Array<number> = []
  let number = 0
  let digits = 0
  for (let at = from; at <= to; at++) {
    const code = at === to ? comma : text.charCodeAt(at)
    const digit = code - zero
    if (code === comma && digits > 0) {
      numbers.push(number)
      number = digits = 0
    } else if (digit >= 0 && digit <= 9 && digits < maxDigits) {
      number = 10 * number + digit
      digits++
    } else {
      throw new ProtocolViolation("a record's field is not a number")
    }
  }
  if (numbers.length !== count) throw new ProtocolViolation("a record has the wrong number of fields")
  return numbers
}

/** The records in what the guest said. Throws `ProtocolViolation` when the text is anything else. */
export const parseTurn = (text: string): ReadonlyArray<GuestRecord> => {
  const records: Array<GuestRecord> = []
  let at = 0
  while (at < text.length) {
    const head = text.indexOf(";", at)
    if (head < 0 || head - at > 64) throw new ProtocolViolation("a record has no end")
    const numbers = (count: number) => naturals(text, at + 1, head, count)
    let next = head + 1
    const take = (chars: number) => {
      if (next + chars > text.length) throw new ProtocolViolation("a record is longer than the text")
      return text.slice(next, (next += chars))
    }
    switch (text[at]) {
      case "c": {
        const [id, pathChars, argsChars] = numbers(3) as [number, number, number]
        records.push({ _tag: "Call", id, path: take(pathChars), argsJson: take(argsChars) })
        break
      }
      case "l":
        records.push({ _tag: "Log", line: take(numbers(1)[0]!) })
        break
      case "k":
        records.push({ _tag: "LogsCut" })
        break
      case "t": {
        const [id, delayMs, due] = numbers(3) as [number, number, number]
        records.push({ _tag: "TimerSet", id, delayMs, due })
        break
      }
      case "x":
        records.push({ _tag: "TimerCleared", id: numbers(1)[0]! })
        break
      case "r":
        records.push({ _tag: "Returned", json: take(numbers(1)[0]!) })
        break
      case "u":
        records.push({ _tag: "Returned", json: undefined })
        break
      case "e":
        records.push({ _tag: "Threw", json: take(numbers(1)[0]!) })
        break
      case "z":
        records.push({ _tag: "ResultTooLarge", chars: numbers(1)[0]! })
        break
      case "m":
        records.push({ _tag: "CallCap" })
        break
      default:
        throw new ProtocolViolation("a record is of no known kind")
    }
    at = next
  }
  return records
}
