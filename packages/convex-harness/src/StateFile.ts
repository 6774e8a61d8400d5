// A deployment's data in one file, written on a clean stop and read at the next start. convex-test numbers its documents in
// order, so writing them again in that order, with gaps filled, gives every document its old id.
import { readFile, rename, writeFile } from "node:fs/promises"
import { convexToJson, jsonToConvex } from "convex/values"
import type { JSONValue, Value } from "convex/values"
import { makeFunctionReference } from "convex/server"
import type { Deployment } from "./Deployment.ts"

/** One document, or one stored file, or one function that still had to run. */
interface Row {
  readonly id: string
  readonly document: JSONValue
  /** The content of a stored file. */
  readonly base64?: string
}

interface Ctx {
  readonly db: {
    readonly insert: (table: string, fields: Value) => Promise<string>
    readonly delete: (id: string) => Promise<void>
    readonly query: (table: string) => { readonly collect: () => Promise<ReadonlyArray<Record<string, Value>>> }
    readonly system: Ctx["db"]
  }
  readonly storage: {
    readonly get: (id: string) => Promise<Blob | null>
    readonly store: (blob: Blob) => Promise<string>
  }
  readonly scheduler: { readonly runAt: (time: number, of: unknown, args: Value) => Promise<string> }
}

const firstNumber = 10_000
const rowsPerTransaction = 200

/** Writes every document, stored file and pending scheduled function of `deployment` to `file`, atomically. */
export async function saveState(deployment: Deployment, tables: ReadonlyArray<string>, file: string): Promise<void> {
  const rows: Array<Row> = []
  for (const table of [...tables, "_storage", "_scheduled_functions"]) {
    const documents = await deployment.test.run((ctx) => {
      const { db } = ctx as unknown as Ctx
      return (table.startsWith("_") ? db.system : db).query(table).collect()
    })
    for (const document of documents) {
      const base64 = table === "_storage" ? await contentOf(deployment, textOf(document, "_id")) : undefined
      rows.push({
        id: textOf(document, "_id"),
        document: convexToJson(document),
        ...(base64 === undefined ? {} : { base64 })
      })
    }
  }
  rows.sort((a, b) => numberOf(a.id) - numberOf(b.id))
  await writeFile(`${file}.new`, JSON.stringify(rows))
  await rename(`${file}.new`, file)
}

async function contentOf(deployment: Deployment, id: string): Promise<string> {
  const bytes = await deployment.test.run(async (ctx) => (await (ctx as unknown as Ctx).storage.get(id))?.arrayBuffer())
  return Buffer.from(bytes ?? new ArrayBuffer(0)).toString("base64")
}

/** Fills a fresh deployment from `file`; a file that does not exist is an empty state. Actions that ran are not resumed. */
export async function loadState(deployment: Deployment, file: string): Promise<void> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? "[]" : Promise.reject(error)
  )
  const rows = JSON.parse(text) as ReadonlyArray<Row>
  let next = firstNumber
  while (rows.length > 0) {
    const last = rows.at(-1)
    if (last === undefined || next > numberOf(last.id)) return
    const from = next
    const to = Math.min(from + rowsPerTransaction, numberOf(last.id) + 1)
    const slice = new Map(
      rows.filter(({ id }) => numberOf(id) >= from && numberOf(id) < to).map((row) => [numberOf(row.id), row])
    )
    await deployment.test.run(async (ctx) => {
      for (let number = from; number < to; number += 1)
        await restore(deployment, ctx as unknown as Ctx, slice.get(number))
      return null
    })
    next = to
  }
}

async function restore(deployment: Deployment, ctx: Ctx, row: Row | undefined): Promise<void> {
  const filler = async () => ctx.db.delete(await ctx.db.insert("filler", {}))
  if (row === undefined) return filler()
  const table = row.id.replace(/^\d+/, "")
  const { _id, _creationTime, ...fields } = jsonToConvex(row.document) as Record<string, Value>
  return at(Number(_creationTime), async () => {
    if (table === "_storage") await ctx.storage.store(new Blob([Buffer.from(row.base64 ?? "", "base64")]))
    else if (table !== "_scheduled_functions") await ctx.db.insert(table, fields)
    else if (!(await stillToRun(deployment, fields))) await filler()
    else {
      const args = (fields["args"] as ReadonlyArray<Value>)[0] ?? {}
      await ctx.scheduler.runAt(Number(fields["scheduledTime"]), makeFunctionReference(textOf(fields, "name")), args)
    }
  })
}

/** Mutations run exactly once, so one that was cut off runs again; actions run at most once. */
async function stillToRun(deployment: Deployment, job: Record<string, Value>): Promise<boolean> {
  const { kind } = job["state"] as { readonly kind?: string }
  return kind === "pending" || (kind === "inProgress" && (await deployment.kindOf(textOf(job, "name"))) === "mutation")
}

/** Runs `work` while the clock, for convex-test only, stands at `time`. */
async function at(time: number, work: () => Promise<void>): Promise<void> {
  const before = globalThis.Date
  // Inside a transaction convex-test gives globals to each call: no other code sees this one.
  globalThis.Date = class extends before {
    static override now(): number {
      return time
    }
  } as DateConstructor
  try {
    await work()
  } finally {
    globalThis.Date = before
  }
}

function numberOf(id: string): number {
  return Number(/^\d+/.exec(id)?.[0] ?? 0)
}

function textOf(document: Record<string, Value>, name: string): string {
  const value = document[name]
  return typeof value === "string" ? value : ""
}
