// How a command ends: exit codes that scripts rely on, and errors that say what to do.
import { CommanderError } from "commander"
import { json, note, plain, style } from "./Terminal.ts"

/** 0 done, 1 the work failed, 2 wrong usage, 3 waiting for a human, 4 no daemon or target reachable. */
export const exitCodes = { done: 0, failed: 1, usage: 2, waiting: 3, unreachable: 4 } as const

/** An error of the command line itself, with the code the process ends with and a word for scripts. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure"
  readonly exitCode: number
  readonly code: string
  constructor(message: string, exitCode: number = exitCodes.failed, code?: string) {
    super(message)
    this.exitCode = exitCode
    this.code =
      code ?? (exitCode === exitCodes.usage ? "usage" : exitCode === exitCodes.unreachable ? "unreachable" : "failed")
  }
}

/** The command was called wrongly. */
export const wrongUsage = (message: string): CommandFailure => new CommandFailure(message, exitCodes.usage)

interface Told {
  readonly code: string
  readonly message: string
  readonly exitCode: number
}

const snake = (tag: string): string => tag.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase()

/** Errors of the contract and the SDK by their tags, so that a command's failure costs no import. */
const told = (error: unknown): Told => {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof CommandFailure) return { code: error.code, message, exitCode: error.exitCode }
  if (error instanceof CommanderError) {
    return { code: "usage", message: message.replace(/^error: /, ""), exitCode: exitCodes.usage }
  }
  const { _tag, code, reason } = (error ?? {}) as { _tag?: string; code?: string; reason?: { _tag?: string } }
  switch (_tag) {
    case "ConnectError":
      return { code: snake(reason?._tag ?? "unreachable"), message, exitCode: exitCodes.unreachable }
    case "RpcClientError":
      return { code: "unreachable", message, exitCode: exitCodes.unreachable }
    case "Refused":
      return { code: code ?? "refused", message, exitCode: exitCodes.failed }
    default:
      return { code: _tag === undefined ? "failed" : snake(_tag), message, exitCode: exitCodes.failed }
  }
}

/**
 * Tells a person what went wrong, and a script when `asJson`, and settles the exit code. The parser of the command line has
 * told people already. Where the command was called wrongly, `usage` says where its usage is. Never a stack, unless somebody
 * debugs us.
 */
export const report = (error: unknown, asJson: boolean, usage?: string): void => {
  const { code, message, exitCode } = told(error)
  if (asJson) json({ error: { code, message } })
  if (!(error instanceof CommanderError)) note(`${style("error", ["red", "bold"], process.stderr)} ${plain(message)}`)
  if (!(error instanceof CommanderError) && exitCode === exitCodes.usage && usage !== undefined) note(usage)
  if (process.env["EXECUTOR_DEBUG"] !== undefined && error instanceof Error) note(error.stack ?? "")
  process.exitCode = exitCode
}
