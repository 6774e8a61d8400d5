// Bundles a functions folder as `npx convex deploy` does (convex 1.48): the same esbuild options and the same plugins, so
// that what cannot be deployed fails here, with esbuild's own message.
import { readFile } from "node:fs/promises"
import { isAbsolute, join, relative } from "node:path"
import { build } from "esbuild"
import type { BuildOptions, Metafile, Plugin } from "esbuild"

/** One file that a deploy would send. */
export interface BundledFile {
  /** Relative to the functions folder: `http.js`, or `_deps/HASH.js` for shared code. */
  readonly path: string
  readonly code: string
}

/** The files of one runtime, and esbuild's account of what went into them. */
export interface FunctionBundle {
  readonly files: ReadonlyArray<BundledFile>
  readonly metafile: Metafile
}

/** What differs between a deploy's bundle and one that is made to be run here. */
export type BundleChanges = Pick<BuildOptions, "define" | "banner" | "minifyIdentifiers" | "minifySyntax" | "sourcemap">

/**
 * Bundles `entries` for one runtime.
 * @throws esbuild's BuildFailure, for example `Could not resolve "node:fs"` for the default runtime.
 */
export async function bundleFunctions(
  folder: string,
  entries: ReadonlyArray<string>,
  platform: "browser" | "node",
  changes: BundleChanges = {}
): Promise<FunctionBundle> {
  const result = await build({
    entryPoints: [...entries],
    bundle: true,
    platform,
    format: "esm",
    target: "esnext",
    jsx: "automatic",
    outdir: "out",
    outbase: folder,
    conditions: ["convex", "module"],
    plugins: [...(platform === "browser" ? [asyncHooks] : []), serverOnly, wasm],
    write: false,
    splitting: true,
    chunkNames: "_deps/[hash]",
    treeShaking: true,
    minifySyntax: true,
    minifyIdentifiers: true,
    keepNames: true,
    metafile: true,
    logLevel: "silent",
    ...changes,
    define: { "process.env.NODE_ENV": '"production"', ...changes.define }
  })
  const files = result.outputFiles.map((file) => ({ path: relative("out", file.path), code: file.text }))
  return { files: files.filter((file) => !file.path.endsWith(".map")), metafile: result.metafile }
}

/** The default runtime has these two classes as globals. */
const asyncHooks: Plugin = {
  name: "async-hooks",
  setup: (builder) => {
    builder.onResolve({ filter: /^(node:)?async_hooks$/ }, (args) => ({ path: args.path, namespace: "async-hooks" }))
    builder.onLoad({ filter: /.*/, namespace: "async-hooks" }, () => ({
      contents: `export const AsyncLocalStorage = globalThis.AsyncLocalStorage
        export const AsyncResource = globalThis.AsyncResource
        export default { AsyncLocalStorage, AsyncResource }`,
      loader: "js"
    }))
  }
}

/** `import "server-only"` is a marker without content. */
const serverOnly: Plugin = {
  name: "server-only",
  setup: (builder) => {
    builder.onResolve({ filter: /^server-only$/ }, (args) => ({ path: args.path, namespace: "server-only" }))
    builder.onLoad({ filter: /.*/, namespace: "server-only" }, () => ({ contents: "", loader: "js" }))
  }
}

/** A `.wasm` import becomes a compiled module. As in a deploy, its path is a file's: a package's name is not looked up. */
const wasm: Plugin = {
  name: "wasm",
  setup: (builder) => {
    builder.onResolve({ filter: /\.wasm$/ }, (args) => {
      if (args.namespace === "wasm-stub") return { path: args.path, namespace: "wasm-binary" }
      if (args.resolveDir === "") return undefined
      return { path: isAbsolute(args.path) ? args.path : join(args.resolveDir, args.path), namespace: "wasm-stub" }
    })
    builder.onLoad({ filter: /.*/, namespace: "wasm-stub" }, (args) => ({
      contents: `import bytes from ${JSON.stringify(args.path)}
        export default new WebAssembly.Module(bytes)`
    }))
    builder.onLoad({ filter: /.*/, namespace: "wasm-binary" }, async (args) => ({
      contents: await readFile(args.path),
      loader: "binary"
    }))
  }
}
