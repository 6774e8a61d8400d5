// Builds everything that the package ships: the command line, the daemon, and the programs that these start.
import { readFileSync } from "node:fs"
import { defineConfig } from "rolldown"
import { engine } from "./build/Engine.ts"
import { licences } from "./build/Licences.ts"
import { lightHttp } from "./build/LightHttp.ts"

const toolchain = JSON.parse(readFileSync(new URL("../../scripts/toolchain.json", import.meta.url), "utf8")) as {
  readonly node: { readonly accept: ReadonlyArray<{ readonly major: number; readonly minor: number }> }
}

export default defineConfig({
  input: {
    executor: "src/executor.ts",
    runtime: "../../scripts/bootstrap/Runtime.mjs",
    pm: "../pm/src/main.ts",
    "sandbox-child": "../../packages/engine/src/sandbox/child.ts",
    "compile-worker": "../../packages/source-manager/src/compile/compileWorker.ts",
    "compaction-worker": "../../packages/persistence-local/src/CompactionWorker.ts"
  },
  platform: "node",
  external: ["isolated-vm", "oxc-transform"],
  plugins: [lightHttp(), engine(), licences()],
  transform: { define: { ACCEPTED_NODES: JSON.stringify(toolchain.node.accept) } },
  output: {
    dir: "bundle",
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name]-[hash].mjs",
    minify: true,
    cleanDir: true
  }
})
