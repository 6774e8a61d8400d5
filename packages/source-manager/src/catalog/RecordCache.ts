// The records of tools that were called lately, decoded: a loop of calls must not read and parse the same one again.
import type { ToolRecord } from "../Provider.ts"

/** At most this many records and this many bytes of their JSON text. */
const mostRecords = 512
const mostBytes = 4 * 1024 * 1024

/** Least recently used ones leave first. */
export class RecordCache {
  readonly #records = new Map<string, { readonly record: ToolRecord; readonly bytes: number }>()
  #bytes = 0

  get(key: string): ToolRecord | undefined {
    const found = this.#records.get(key)
    if (found === undefined) return undefined
    this.#records.delete(key)
    this.#records.set(key, found)
    return found.record
  }

  set(key: string, record: ToolRecord, bytes: number): void {
    if (this.#records.has(key) || bytes > mostBytes / 4) return
    this.#records.set(key, { record, bytes })
    this.#bytes += bytes
    for (const [oldest, { bytes: size }] of this.#records) {
      if (this.#records.size <= mostRecords && this.#bytes <= mostBytes) break
      this.#records.delete(oldest)
      this.#bytes -= size
    }
  }
}
