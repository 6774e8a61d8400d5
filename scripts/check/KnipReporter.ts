// A knip reporter that Tools.ts can read: one line of JSON, with the number of files looked at, which knip itself never
// tells.
import { writeSync } from "node:fs"
import type { ReporterOptions } from "knip"

export interface KnipResult {
  readonly processed: number
  readonly issues: ReadonlyArray<{
    readonly type: string
    readonly file: string
    readonly line?: number
    readonly symbol: string
  }>
}

export default ({ counters, issues }: ReporterOptions): void => {
  const found = Object.values(issues)
    .flatMap((records) => Object.values(records))
    .flatMap((record) => Object.values(record))
    .map(({ filePath, line, symbol, type }) => ({
      type,
      file: filePath,
      symbol,
      ...(line === undefined ? {} : { line })
    }))
  const result: KnipResult = { processed: counters.processed, issues: found }
  writeSync(1, `${JSON.stringify(result)}\n`)
}
