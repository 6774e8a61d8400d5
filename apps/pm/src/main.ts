#!/usr/bin/env node
// Entry of the daemon: `node main.ts` from source, `pm.mjs` in the built product. Everything is in Daemon.ts; this file
// only has compiled code kept, and in the data folder, because a shared one could be prepared by somebody else.
import { enableCompileCache, flushCompileCache } from "node:module"
import * as os from "node:os"
import * as path from "node:path"
import { ownFolder } from "./OwnFolder.ts"

const home = path.resolve(process.env["EXECUTOR_HOME"] || path.join(os.homedir(), ".executor"))
if (ownFolder(home)) {
  enableCompileCache(path.join(home, "cache"))
  // By itself it is written at the end, and a daemon may never come to an orderly one.
  setTimeout(flushCompileCache, 3_000).unref()
}
if (process.argv[2] === "inspect") {
  // For `executor doctor`: one JSON document about a data folder that may be broken, or another daemon's.
  const { inspection } = await import("./Inspection.ts")
  process.stdout.write(JSON.stringify(inspection(process.argv[3] ?? home)))
} else {
  const { main } = await import("./Daemon.ts")
  await main()
}
