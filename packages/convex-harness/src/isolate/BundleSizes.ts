// How large a deploy's default-runtime code is, whole and by what one function's isolate has to load.
import { gzipSync } from "node:zlib"
import { posix } from "node:path"
import type { FunctionBundle } from "../FunctionBundle.ts"

/** One entry with all shared code that importing it loads. Bytes. */
export interface EntrySize {
  readonly entry: string
  readonly bytes: number
  readonly gzip: number
}

/** The whole, each file counted once, and every entry. Bytes. */
export interface BundleSizes {
  readonly bytes: number
  readonly gzip: number
  readonly files: number
  readonly entries: ReadonlyArray<EntrySize>
}

/** Measures a bundle. */
export function bundleSizes(bundle: FunctionBundle, entries: ReadonlyArray<string>): BundleSizes {
  const code = new Map(bundle.files.map((file) => [file.path, file.code]))
  const imports = new Map(
    Object.entries(bundle.metafile.outputs).map(([output, { imports: of }]) => [
      posix.relative("out", output),
      of.filter(({ kind }) => kind === "import-statement").map(({ path }) => posix.relative("out", path))
    ])
  )
  const measure = (paths: Iterable<string>) => {
    const text = [...paths].map((path) => code.get(path) ?? "").join("\n")
    return { bytes: Buffer.byteLength(text), gzip: gzipSync(text).length }
  }
  return {
    ...measure(code.keys()),
    files: code.size,
    entries: entries.map((entry) => ({ entry, ...measure(reach(entry, imports)) }))
  }
}

function reach(entry: string, imports: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlySet<string> {
  const seen = new Set([entry])
  for (const path of seen) for (const next of imports.get(path) ?? []) seen.add(next)
  return seen
}
