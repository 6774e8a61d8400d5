// `executor tools`: find them, read them, call one.
import { jsonObject, sourceName } from "../Arguments.ts"
import { withExecutor, type Executor } from "../Connect.ts"
import { json, oneLine, out, plain, style } from "../Terminal.ts"
import { deliver, followOwn } from "./run.ts"

interface Hits {
  readonly hits: ReadonlyArray<{ readonly path: string; readonly summary: string; readonly signature: string }>
  readonly total: number
}

interface PageOptions {
  readonly limit?: number
  readonly offset?: number
  readonly source?: string
  readonly json?: true
}

const page = ({ limit, offset, source }: PageOptions) => ({
  ...(limit === undefined ? {} : { limit }),
  ...(offset === undefined ? {} : { offset }),
  ...(source === undefined ? {} : { source: sourceName(source) })
})

const nothingFound = "no tools found; see what is registered: executor sources list"

/** Which of these tools a rule denies. Without rules that deny, nothing has to be asked. */
const deniedOf = async (executor: Executor, { hits }: Hits): Promise<ReadonlySet<string>> => {
  const policies = hits.length === 0 ? [] : await executor.policies.list()
  if (!policies.some(({ effect }) => effect === "deny")) return new Set()
  const decisions = await Promise.all(
    hits.map(async ({ path }) => ({ path, ...(await executor.policies.test({ path })) }))
  )
  return new Set(decisions.filter(({ effect }) => effect === "deny").map(({ path }) => path))
}

const showHits = async (executor: Executor, found: Hits, options: PageOptions): Promise<void> => {
  const { hits, total } = found
  if (options.json === true) return json({ hits, total })
  const begin = options.offset ?? 0
  if (hits.length === 0) return out(total === 0 ? nothingFound : `no more: there are ${total}`)
  const denied = await deniedOf(executor, found)
  for (const { path, summary, signature } of hits) {
    const mark = denied.has(path) ? ` ${style("denied", "red")}` : ""
    out(`${style(path, "bold")}${mark}\n  ${oneLine(summary)}\n  ${style(oneLine(signature, 500), "dim")}`)
  }
  if (total > begin + hits.length)
    out(style(`${begin + 1} to ${begin + hits.length} of ${total}; more with --offset ${begin + hits.length}`, "dim"))
}

export const search = async (words: ReadonlyArray<string>, options: PageOptions): Promise<void> => {
  const query = { query: words.join(" "), ...page(options) }
  await withExecutor(async (executor) => showHits(executor, await executor.tools.search(query), options))
}

export const list = async (source: string | undefined, options: PageOptions): Promise<void> => {
  const query = page({ ...options, ...(source === undefined ? {} : { source }) })
  await withExecutor(async (executor) => showHits(executor, await executor.tools.list(query), options))
}

export const describe = (path: string, options: { readonly json?: true }): Promise<void> =>
  withExecutor(async (executor) => {
    const tool = await executor.tools.describe({ path })
    if (options.json === true) return json(tool)
    const { readOnly, destructive, idempotent } = tool.annotations
    const traits = [
      readOnly ? "read-only" : "has effects",
      ...(destructive ? ["destructive"] : []),
      ...(idempotent ? ["idempotent"] : [])
    ]
    out(
      `${style(tool.path, "bold")} ${style(`(${traits.join(", ")})`, "dim")}\n${plain(tool.description)}\n\n${plain(tool.typescript)}`
    )
  })

export const call = async (
  path: string,
  given: string | undefined,
  options: { readonly json?: true }
): Promise<void> => {
  const args = jsonObject(given, `executor tools call ${oneLine(path, 60)} '{"id": 1}'`)
  await withExecutor(async (executor) => {
    const start = (patienceMs: number) => executor.runs.call({ path, arguments: args as never, patienceMs })
    deliver(await followOwn(executor, start), options)
  })
}
