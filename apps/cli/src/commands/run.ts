// `executor run`: code from a file, an argument or a pipe, through the same door as an agent's.
import type { ExecuteResult, RunId } from "@executor-v2/schema"
import { readFile } from "node:fs/promises"
import { text } from "node:stream/consumers"
import { withExecutor, type Executor } from "../Connect.ts"
import { exitCodes, wrongUsage } from "../Failure.ts"
import { onInterrupt } from "../Interrupt.ts"
import { json, jsonText, note, oneLine, out, plain, progress, style, type Progress } from "../Terminal.ts"

export interface RunOptions {
  readonly eval?: string
  readonly json?: true
}

const readCode = async (file: string | undefined, options: RunOptions): Promise<string> => {
  if (options.eval !== undefined && file !== undefined) throw wrongUsage(`either -e CODE or a file, not both (${file})`)
  if (options.eval !== undefined) return options.eval
  if (file === "-") return await text(process.stdin)
  if (file === undefined) throw wrongUsage("nothing to run: name a file, or use -e CODE, or - for standard input")
  try {
    return await readFile(file, "utf8")
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw wrongUsage(
      code === "ENOENT"
        ? `there is no file ${file}. To run code itself: executor run -e 'CODE'`
        : `cannot read ${file}: ${message}`
    )
  }
}

/** The first question is short: it tells the run's id, by which Ctrl-C can end it. */
const firstPatienceMs = 250
/** A request that stays open for minutes dies on the way; asking again every minute does not. */
export const patienceMs = 50_000

const goesOn = (result: ExecuteResult): boolean => result.waiting !== undefined && result.status !== "waiting_for_input"

/** Tells how many calls a run has made, on a terminal. Only for the eye: its failures do not matter. */
const followCalls = async (executor: Executor, run: RunId, spinner: Progress): Promise<void> => {
  const calls = new Set<string>()
  try {
    for await (const update of executor.runs.watch({ run })) {
      if (update._tag !== "Call") continue
      calls.add(update.call.id)
      spinner.say(`running: ${calls.size} calls, now ${update.call.key.path}`)
    }
  } catch {
    // The result is asked for elsewhere.
  }
}

/** Follows a run from its first answer to its end, or to the point where it waits for a human, and settles the exit code. */
export const follow = async (
  executor: Executor,
  first: Promise<ExecuteResult>,
  opened?: (run: RunId) => void
): Promise<ExecuteResult> => {
  const spinner = progress("running")
  try {
    let result = await first
    const run = result.runId
    opened?.(run)
    if (goesOn(result) && process.stderr.isTTY) void followCalls(executor, run, spinner)
    while (goesOn(result)) result = await executor.runs.resume({ run, patienceMs })
    process.exitCode = exitCodeOf(result)
    return result
  } finally {
    spinner.done()
  }
}

/** The same for a run of this command's own: Ctrl-C cancels it, and the exit code says so. */
export const followOwn = async (
  executor: Executor,
  start: (patienceMs: number) => Promise<ExecuteResult>
): Promise<ExecuteResult> => {
  let id: RunId | undefined
  let wished: number | undefined
  const cancel = (): void => {
    // It may have ended by itself in the meantime: then its result says so.
    if (id !== undefined && wished !== undefined) executor.runs.cancel({ run: id }).catch(() => {})
  }
  const release = onInterrupt((exitCode) => {
    wished = exitCode
    cancel()
  })
  try {
    const result = await follow(executor, start(firstPatienceMs), (run) => {
      id = run
      cancel()
    })
    if (wished !== undefined) process.exitCode = wished
    return result
  } finally {
    release()
  }
}

const exitCodeOf = ({ status }: ExecuteResult): number =>
  status === "completed" ? exitCodes.done : status === "waiting_for_input" ? exitCodes.waiting : exitCodes.failed

const place = (error: NonNullable<ExecuteResult["error"]>): string =>
  error.line === undefined ? "" : ` (line ${error.line}${error.column === undefined ? "" : `, column ${error.column}`})`

/** A text is printed as it is into a pipe, which may want its exact bytes, and without control sequences on a terminal. */
const valueText = (value: unknown): string =>
  typeof value === "string" ? (process.stdout.isTTY ? plain(value) : value) : jsonText(value)

/** The value on standard output, everything about it on standard error. */
export const show = (result: ExecuteResult): void => {
  for (const line of result.logs ?? []) note(style(plain(line), "dim", process.stderr))
  if (result.value !== undefined) out(valueText(result.value))
  if (result.artifact !== undefined) {
    out(plain(result.artifact.sample))
    note(`… ${result.artifact.bytes} bytes in all, type ${oneLine(result.artifact.type)}`)
    note(`read on: executor run -e 'return await tools.executor.artifacts.read({ run: "${result.runId}" })'`)
  }
  if (result.error !== undefined) {
    const { code, message } = result.error
    const name = code === result.status ? "" : ` ${oneLine(code)}`
    note(`${style(result.status, ["red", "bold"], process.stderr)}${name}${place(result.error)}: ${plain(message)}`)
    if (result.status !== "cancelled")
      note(style(`call by call: executor runs show ${result.runId}`, "dim", process.stderr))
  }
  if (result.waiting !== undefined)
    note(`${result.status}: the run goes on. Fetch its result with: executor runs resume ${result.runId}`)
}

/** Shows a result the way it was asked for. */
export const deliver = (result: ExecuteResult, options: { readonly json?: true }): void => {
  if (options.json === true) json(result)
  else show(result)
}

export const run = async (file: string | undefined, options: RunOptions): Promise<void> => {
  const code = await readCode(file, options)
  await withExecutor(async (executor) => {
    deliver(await followOwn(executor, (patienceMs) => executor.runs.execute({ code, patienceMs })), options)
  })
}
