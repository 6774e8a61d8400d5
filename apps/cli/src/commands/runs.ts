// `executor runs`: what happened, call by call.
import type { RunStatus, TaskRun, ToolCall } from "@executor-v2/schema"
import { runId } from "../Arguments.ts"
import { withExecutor } from "../Connect.ts"
import { json, oneLine, out, plain, style, table } from "../Terminal.ts"
import { deliver, follow, patienceMs, show as showResult } from "./run.ts"

interface Options {
  readonly json?: true
}

const colour = (status: RunStatus): string =>
  style(
    status,
    status === "completed" ? "green" : status === "running" || status === "waiting_for_input" ? "cyan" : "red"
  )

const when = (time: number): string => new Date(time).toISOString().replace("T", " ").slice(0, 19)

const took = (from: number, to: number | undefined): string => (to === undefined ? "" : `${Math.max(0, to - from)} ms`)

/** The first line that says something. */
const gist = (code: string): string => oneLine(code.split("\n").find((line) => line.trim() !== "") ?? "", 60)

export const list = (options: Options & { readonly limit?: number; readonly status?: string }): Promise<void> =>
  withExecutor(async (executor) => {
    const runs = await executor.runs.list({
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      ...(options.status === undefined ? {} : { status: options.status as RunStatus })
    })
    if (options.json === true) return json(runs)
    if (runs.length === 0)
      return out(
        options.status === undefined
          ? "no runs yet; try: executor run -e 'return 1 + 1'"
          : `no runs are ${options.status}`
      )
    const rows = runs.map((run: TaskRun) => [
      run.id,
      colour(run.status),
      when(run.createdAt),
      took(run.createdAt, run.endedAt),
      String(run.callCount),
      gist(run.code)
    ])
    out(table(["run", "status", "started (UTC)", "took", "calls", "code"], rows))
  })

const outcomeOf = ({ outcome }: ToolCall): string => {
  if (outcome === undefined) return "open"
  if (outcome._tag === "Returned") return style("ok", "green")
  const said =
    outcome._tag === "Failed" ? `${outcome.failure.code}: ${outcome.failure.message}` : `unknown: ${outcome.reason}`
  return style(oneLine(said, 80), "red")
}

export const show = async (id: string, options: Options): Promise<void> => {
  const run = runId(id)
  await withExecutor(async (executor) => {
    const detail = await executor.runs.get({ run })
    if (options.json === true) return json(detail)
    const {
      calls,
      result,
      run: { actor, code, createdAt, endedAt, status }
    } = detail
    out(`${style(run, "bold")} ${colour(status)} ${when(createdAt)} UTC ${took(createdAt, endedAt)}`.trimEnd())
    out(style(`by ${actor.kind}${actor.client === undefined ? "" : ` (${oneLine(actor.client)})`}`, "dim"))
    out(`\n${plain(code).trimEnd()}\n`)
    const rows = calls.map((call) => [
      call.key.path,
      took(call.startedAt, call.endedAt),
      outcomeOf(call),
      oneLine(call.argumentsPreview, 100)
    ])
    if (rows.length > 0) out(`${table(["call", "took", "outcome", "arguments"], rows)}\n`)
    showResult(result)
  })
}

export const resume = async (id: string, options: Options): Promise<void> => {
  const run = runId(id)
  await withExecutor(async (executor) =>
    deliver(await follow(executor, executor.runs.resume({ run, patienceMs })), options)
  )
}

export const cancel = async (id: string, options: Options): Promise<void> => {
  const run = runId(id)
  await withExecutor(async (executor) => {
    const cancelled = await executor.runs.cancel({ run })
    if (options.json === true) json(cancelled)
    else out(`${run}: ${colour(cancelled.status)}`)
  })
}
