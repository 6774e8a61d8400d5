// The scripts that run on threads and in processes of their own. A bundle has them beside itself, under these names.

const bundled = !import.meta.url.endsWith(".ts")

const script = (name: string, source: string): URL =>
  new URL(bundled ? new URL(`./${name}.mjs`, import.meta.url) : import.meta.resolve(source))

export const compileWorker = (): URL => script("compile-worker", "@executor-v2/source-manager/compile/compileWorker")
export const compactionWorker = (): URL =>
  script("compaction-worker", "@executor-v2/persistence-local/CompactionWorker")
export const sandboxChild = (): URL => script("sandbox-child", "@executor-v2/engine/sandbox/child")
